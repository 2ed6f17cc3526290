"""One transfer id executed in several regions."""

import itertools
from decimal import Decimal

import pytest

from ledger import voiding
from ledger.entries import writer
from ledger.errors import Busy
from tests.support.cloud import AP, EU, US, Cloud


def ready(cloud: Cloud) -> Cloud:
    """``cloud`` with 100 in every region, ``it`` and ``shop`` open everywhere."""
    for name in ("cloud", "it", "shop"):
        cloud.create(name)
    for region in cloud.names:
        cloud.create(f"from-{region}", 102, region=region)
        cloud.settle()
        cloud.pay(region, f"from-{region}", "cloud", 100)
        cloud.pay(region, f"from-{region}", "it", 1)
        cloud.pay(region, f"from-{region}", "shop", 1)
        cloud.settle()
    return cloud


@pytest.mark.parametrize("by", ["events", "sweep"])
@pytest.mark.parametrize(
    "order", list(itertools.permutations([AP, EU, US])), ids=lambda order: order[0][:2] + order[1][:2]
)
def test_only_the_first_execution_stands_whatever_the_order(three: Cloud, order: tuple[str, ...], by: str) -> None:
    ready(three)
    done = [three.pay(region, "cloud", "it", 10, key="k") for region in order]
    assert not any(outcome.replayed for outcome in done)
    three.settle(events=by == "events", sweeps=by == "sweep")
    three.audit()
    assert sum(three.balances("it")) == 13
    assert {entry["stands_in"] for entry in three.entries("void")} <= set(order)
    assert sorted(writer(entry["region"]) for entry in three.entries("void")) == sorted(order[1:])
    assert three.incidents() == []
    for region in three.names:
        assert three.pay(region, "cloud", "it", 10, key="k").transfer == done[0].transfer


@pytest.mark.parametrize(
    "links", list(itertools.permutations([(AP, EU), (EU, AP)])), ids=["from home first", "to home first"]
)
def test_the_entries_may_arrive_in_any_order(cloud: Cloud, links: tuple[tuple[str, str], ...]) -> None:
    ready(cloud)
    cloud.pay(AP, "cloud", "it", 10, key="k")
    cloud.pay(EU, "cloud", "it", 10, key="k")
    for source, target in links:
        cloud.deliver(source, target)
        cloud.handle(target)
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("it")) == 12


def test_a_void_delivered_again_does_nothing(cloud: Cloud) -> None:
    ready(cloud)
    cloud.pay(AP, "cloud", "it", 10, key="k")
    made = cloud.pay(EU, "cloud", "it", 10, key="k").transfer
    cloud.deliver()
    records = cloud.records(EU)
    for _ in range(3):
        cloud.handle(EU, records)
    assert not voiding.void_own(cloud.ledgers[EU], made.transfer_id)
    assert cloud.balance("it", EU) == 1
    cloud.settle()
    cloud.audit()


def test_an_execution_that_is_the_only_one_costs_one_read_of_its_id_in_each_region(cloud: Cloud) -> None:
    ready(cloud)
    made = cloud.pay(EU, "cloud", "it", 10).transfer
    cloud.deliver()
    with cloud.counted() as calls:
        assert not voiding.void_own(cloud.ledgers[AP], made.transfer_id)
    assert [[key["region"] for _, key in call.arguments[0]] for call in calls] == [[AP, EU]]


def test_equal_times_are_decided_by_the_region(cloud: Cloud) -> None:
    ready(cloud)
    moment = cloud.clock.seconds
    cloud.pay(EU, "cloud", "it", 10, key="k")
    cloud.clock.seconds = moment
    cloud.pay(AP, "cloud", "it", 10, key="k")
    cloud.settle()
    assert [writer(entry["region"]) for entry in cloud.entries("void")] == [EU]
    cloud.audit()


@pytest.mark.parametrize("spent_in", [AP, EU])
def test_a_recipient_that_has_spent_the_money_pays_from_other_shares(cloud: Cloud, spent_in: str) -> None:
    ready(cloud)
    cloud.pay(AP, "cloud", "it", 10, key="k")
    cloud.pay(EU, "cloud", "it", 10, key="k")
    cloud.pay(spent_in, "it", "shop", 11)
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("it")) == 1
    assert min(cloud.balances("it")) >= 0


def test_a_recipient_that_has_spent_all_of_it_is_below_zero_with_an_incident(cloud: Cloud) -> None:
    ready(cloud)
    for region in cloud.names:
        cloud.pay(region, "cloud", "it", 10, key="k")
        cloud.pay(region, "it", "shop", 11)
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("it")) == -10
    assert cloud.incidents() == ["overdrawn"]


def test_frozen_accounts_are_no_obstacle(cloud: Cloud) -> None:
    ready(cloud)
    for region in cloud.names:
        cloud.pay(region, "cloud", "it", 10, key="k")
    cloud.freeze("cloud")
    cloud.freeze("it")
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("it")) == 12


def test_one_key_for_two_bodies_is_an_incident(cloud: Cloud) -> None:
    ready(cloud)
    cloud.pay(AP, "cloud", "it", 10, key="k")
    cloud.pay(EU, "cloud", "shop", 20, key="k")
    cloud.settle()
    cloud.audit()
    assert cloud.incidents() == ["different-transfers"]
    assert (sum(cloud.balances("it")), sum(cloud.balances("shop"))) == (12, 2)


def test_a_damaged_row_is_mended_before_the_void(cloud: Cloud) -> None:
    ready(cloud)
    cloud.pay(AP, "cloud", "it", 10, key="k")
    made = cloud.pay(EU, "cloud", "it", 10, key="k").transfer
    cloud.hand(EU, f"it@{EU}", balance=Decimal(5))
    cloud.deliver()
    with pytest.raises(Busy):
        voiding.void_own(cloud.ledgers[EU], made.transfer_id)
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("it")) == 12


def test_a_payment_with_granted_money_is_undone_without_undoing_the_grant(cloud: Cloud) -> None:
    ready(cloud)
    cloud.pay(AP, "cloud", "it", 60, key="k")
    cloud.pay(EU, "cloud", "it", 60, key="k")
    cloud.pay(EU, "cloud", "it", 60, key="other")
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("cloud")) == 80
