"""Clouds of one, two and three regions."""

import pytest
from hypothesis import settings

from tests.support.cloud import AP, EU, US, Cloud

settings.register_profile("unit", max_examples=60, deadline=None)
settings.load_profile("unit")


@pytest.fixture
def one() -> Cloud:
    """A ledger of one region."""
    return Cloud((AP,))


@pytest.fixture
def cloud() -> Cloud:
    """The ledger as it is deployed: two regions, the first is home."""
    return Cloud((AP, EU))


@pytest.fixture
def three() -> Cloud:
    """A ledger of three regions."""
    return Cloud((AP, EU, US))


@pytest.fixture(params=[(AP,), (AP, EU), (AP, EU, US)], ids=["one region", "two regions", "three regions"])
def any_cloud(request: pytest.FixtureRequest) -> Cloud:
    """A ledger of any number of regions."""
    names: tuple[str, ...] = request.param
    return Cloud(names)
