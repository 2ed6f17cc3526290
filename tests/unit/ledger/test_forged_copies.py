"""What a hand has written into a region's copy of a row of another region is not believed for long."""

from decimal import Decimal

import pytest

from ledger.errors import Busy, CurrencyMismatch, InsufficientFunds
from ledger.freezing import set_status
from ledger.shares import ACTIVE, LAST_VERSION
from tests.support.cloud import AP, EU, Cloud

REFUSED = (Busy, CurrencyMismatch, InsufficientFunds)


def _three_accounts(cloud: Cloud) -> None:
    cloud.create("usd", 1000)
    cloud.create("other", 0)
    cloud.create("eur", 0, currency="EUR")
    cloud.settle()


def test_no_money_changes_its_currency(cloud: Cloud) -> None:
    _three_accounts(cloud)
    cloud.hand(EU, "usd", currency="EUR")
    with pytest.raises(REFUSED):
        cloud.pay(EU, "usd", "eur", 500)
    cloud.settle()
    assert cloud.money() == cloud.openings()
    cloud.pay(AP, "usd", "other", 1)  # home's next write wins over the hand's
    cloud.settle()
    cloud.pay(EU, "usd", "other", 1)
    cloud.settle()
    assert {cloud.share("usd", region).currency for region in (AP, EU)} == {"USD"}
    cloud.audit()


def test_a_status_that_only_a_copy_had_is_taken_back(cloud: Cloud) -> None:
    _three_accounts(cloud)
    cloud.pay(EU, "usd", "other", 1)
    cloud.settle()
    cloud.hand(EU, "usd", status="frozen", status_version=Decimal(50))
    cloud.handle(EU)  # its share follows
    assert cloud.share("usd", EU).status == "frozen"
    cloud.pay(AP, "usd", "other", 1)
    cloud.settle()
    assert [cloud.share("usd", region).status for region in (AP, EU)] == [ACTIVE, ACTIVE]
    cloud.pay(EU, "usd", "other", 1)


def test_the_last_version_of_a_status_is_no_end(cloud: Cloud) -> None:
    _three_accounts(cloud)
    cloud.hand(AP, "usd", status="frozen", status_version=Decimal(LAST_VERSION))
    cloud.settle()
    set_status(cloud.ledgers[AP], "usd", "frozen")
    cloud.settle()
    set_status(cloud.ledgers[AP], "usd", ACTIVE)
    cloud.settle()
    assert [cloud.share("usd", AP).status, cloud.pay(AP, "usd", "other", 1).replayed] == [ACTIVE, False]


def test_payments_over_a_damaged_row_are_no_foreign_writes(cloud: Cloud) -> None:
    _three_accounts(cloud)
    cloud.hand(AP, "usd", granted=["x"])
    for _ in range(10):
        cloud.pay(AP, "usd", "other", 1)
    cloud.settle()
    assert cloud.incidents().count("foreign-write") <= 1
    assert cloud.balance("usd", AP) == 990
    cloud.audit()
