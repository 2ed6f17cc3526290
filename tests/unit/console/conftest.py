"""Fixtures of the admin's and the commands' unit tests."""

from collections.abc import Iterator

import pytest

from api import books
from tests.support.cloud import AP, EU, Cloud


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """Two regions; the commands run on a host in Seoul."""
    cloud = Cloud((AP, EU))
    books.use(cloud.ledgers[AP])
    yield cloud
    books.use(None)
