"""What a client is shown is checked for adding up."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ledger import accounts
from tests.simulator import reading
from tests.support.cloud import AP, EU, Cloud


@pytest.fixture
def cloud() -> Cloud:
    cloud = Cloud((AP, EU))
    cloud.create("cloud", 100)
    cloud.deliver()
    return cloud


def test_an_account_adds_up(cloud: Cloud) -> None:
    assert reading.account("cloud", cloud.ledgers[AP]) == ("account", "")
    assert reading.accounts_page(cloud.ledgers[EU]) == ("accounts", "")


@pytest.mark.parametrize("change", [{"in_transit": Decimal(-1)}, {"here": Decimal(99)}, {"by_region": {}}])
def test_an_account_that_does_not_add_up_is_seen(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    shown = accounts.read(cloud.ledgers[AP], "cloud")
    torn = replace(shown, holdings=replace(shown.holdings, **change))
    monkeypatch.setattr(accounts, "read", lambda *_: torn)
    assert reading.account("cloud", cloud.ledgers[AP]).wrong
