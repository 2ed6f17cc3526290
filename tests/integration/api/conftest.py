"""Fixtures of the API tests."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from api import books
from ledger import breaker
from tests.integration.api.cloud import AWAY, HOME, App, Cloud


@pytest.fixture(scope="module")
def connected() -> Iterator[Cloud]:
    """Connections to two regions."""
    with mock_aws():
        made = Cloud()
        made.build()
        yield made
    books.use(None)
    boto3.DEFAULT_SESSION = None


@pytest.fixture
def cloud(connected: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Two empty regions."""
    monkeypatch.setattr(breaker, "PAUSE", 0.0)  # a region that was away is asked again at once
    connected.empty()
    return connected


@pytest.fixture
def home(cloud: Cloud) -> App:
    """The application of the home region."""
    return cloud.apps[HOME]


@pytest.fixture
def away(cloud: Cloud) -> App:
    """The application of the other region."""
    return cloud.apps[AWAY]
