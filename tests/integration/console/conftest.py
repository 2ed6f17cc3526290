"""Fixtures of the admin's tests: two regions of moto's DynamoDB, and somebody who has logged in to each."""

import pytest
from django.contrib.auth.hashers import ScryptPasswordHasher

from tests.integration.api.cloud import AWAY, HOME, Cloud
from tests.integration.api.conftest import cloud, connected
from tests.integration.console.browsing import Somebody, create

__all__ = ["cloud", "connected"]


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash that takes as little as a test has time for: its parameters stand in each hash."""
    monkeypatch.setattr(ScryptPasswordHasher, "work_factor", 2)


@pytest.fixture
def ann(cloud: Cloud) -> Somebody:
    """A supervisor who has logged in at home."""
    create(cloud)
    return logged_in(cloud, HOME)


@pytest.fixture
def ann_away(cloud: Cloud, ann: Somebody) -> Somebody:
    """The same at the other region: with the cookies of the first."""
    return Somebody(cloud.apps[AWAY], ann.client)


def logged_in(cloud: Cloud, region: str, name: str = "ann") -> Somebody:
    """Somebody who has logged in to the admin of ``region``."""
    somebody = Somebody(cloud.apps[region])
    assert somebody.log_in(name).status_code == 302
    cloud.calls.clear()
    return somebody
