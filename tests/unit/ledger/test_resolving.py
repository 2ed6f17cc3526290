from decimal import Decimal

import pytest

from ledger.resolving import account_changed, journal_changed
from ledger.restoring import Change
from tests.support.cloud import AP, EU, US, Cloud

D = Decimal


@pytest.fixture
def busy(three: Cloud) -> Cloud:
    """Two accounts that every region has used."""
    three.create("cloud", 300)
    three.create("it")
    three.settle()
    for region in three.names:
        three.pay(region, "cloud", "it", 10)
        three.settle()
    return three


def test_a_payment_from_local_money_asks_nothing_of_any_resolver(busy: Cloud) -> None:
    busy.pay(AP, "cloud", "it", 1)
    busy.deliver()
    with busy.counted() as calls:
        for region in busy.names:
            busy.handle(region)
    assert [call.method for call in calls if call.method == "write"] == []
    assert len(calls) <= 2, "other regions look whether they have executed the same id"


def test_a_share_of_another_region_that_grants_here_is_settled(busy: Cloud) -> None:
    row = busy.row("cloud")
    assert row is not None
    change = Change("event", row, {**row, "granted": {EU: D(10**6)}})
    assert account_changed(busy.ledgers[EU], change) == 0, "the newest copy decides, not the event"


def test_a_new_account_concerns_only_regions_that_were_granted_something(busy: Cloud) -> None:
    busy.trim()
    busy.create("new", 5)
    busy.deliver()
    for region in busy.names:
        busy.handle(region)
    assert busy.row(f"new@{EU}") is None
    assert busy.row(f"new@{US}") is None


@pytest.mark.parametrize("key", [f"cloud@{AP}", "cloud@mars", "@", f"@{EU}", "~"])
@pytest.mark.parametrize("region", [AP, EU])
def test_a_row_of_no_region_is_reported_at_home_only(cloud: Cloud, key: str, region: str) -> None:
    cloud.create("cloud", 5)
    change = Change("event", None, {"account_id": key, "balance": D(5), "region": None})
    assert account_changed(cloud.ledgers[region], change) == (1 if region == AP else 0)
    assert account_changed(cloud.ledgers[region], change) == 0
    assert account_changed(cloud.ledgers[region], Change("event", change.new, None)) == 0


def test_only_an_entry_of_another_regions_transfer_matters(busy: Cloud) -> None:
    entry = busy.entries("transfer")[0]
    with busy.counted() as calls:
        assert journal_changed(busy.ledgers[entry["region"]], Change("event", None, entry)) == 0
        assert journal_changed(busy.ledgers[EU], Change("event", entry, None)) == 0
        for other in ("opening", "share", "void", "incident", D(4), None):
            assert journal_changed(busy.ledgers[EU], Change("event", None, {**entry, "kind": other})) == 0
    assert not calls


def test_a_share_that_is_deleted_and_was_none_is_nothing(cloud: Cloud) -> None:
    row = {"account_id": "new", "balance": D(-5)}
    assert account_changed(cloud.ledgers[AP], Change("event", row, None)) == 0
    assert not cloud.incidents()


def test_events_from_before_an_adoption_do_nothing_however_often_they_come(cloud: Cloud) -> None:
    for balance in (10, 20, 30):
        cloud.hand(AP, "new", balance=D(balance))
    records = cloud.records(AP)
    for _ in range(3):
        cloud.handle(AP, records)
        cloud.handle(AP, records[::-1])
    assert cloud.balance("new", AP) == 30
    assert not cloud.incidents()
    cloud.create("it")
    cloud.pay(AP, "new", "it", 5)
    cloud.handle(AP, records)
    cloud.settle()
    cloud.audit()
    assert not cloud.incidents()


def test_hands_on_an_adopted_row_are_taken_back_as_on_any_other(cloud: Cloud) -> None:
    cloud.hand_put(AP, "new", balance=D(10))
    cloud.settle()
    cloud.hand_put(AP, "new", balance=D(20))
    cloud.hand_put(AP, "new", balance=D(30))
    cloud.settle()
    cloud.audit()
    assert cloud.balance("new", AP) == 10
    assert cloud.incidents().count("foreign-write") == 2
