"""Payments that need the money of other regions."""

from decimal import Decimal

import pytest

from ledger.errors import AccountFrozen, Busy, InsufficientFunds, RegionUnreachable
from ledger.requests import Unreachable
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, US, Cloud


def spread(cloud: Cloud, *amounts: int) -> Cloud:
    """``cloud`` (the account) with ``amounts`` in the regions, and ``it``, both open everywhere."""
    cloud.create("cloud", amounts[0])
    cloud.create("it")
    for region, value in zip(cloud.names[1:], amounts[1:], strict=True):
        cloud.create(f"from-{region}", value + 1, region=region)
        cloud.settle()
        cloud.pay(region, f"from-{region}", "cloud", value or 1)
        cloud.pay(region, f"from-{region}", "it", 1) if value else cloud.pay(region, "cloud", "it", 1)
        cloud.settle()
    assert cloud.balances("cloud") == list(amounts)
    return cloud


def writes(calls: list[Call]) -> list[str]:
    """Where was written, in order."""
    return [call.target for call in calls if call.method == "write"]


def test_half_of_the_other_share_comes_with_a_small_payment(cloud: Cloud) -> None:
    spread(cloud, 100, 0)
    with cloud.counted() as calls:
        done = cloud.pay(EU, "cloud", "it", 10)
    assert cloud.balances("cloud") == [50, 40]
    assert done.transfer.accepted == {AP: 50}
    assert writes(calls) == [EU, AP, EU], "refused, granted, accepted and paid"
    cloud.settle()
    cloud.audit()


def test_more_than_half_comes_if_the_payment_needs_it(cloud: Cloud) -> None:
    spread(cloud, 100, 5)
    cloud.pay(EU, "cloud", "it", 90)
    assert cloud.balances("cloud") == [15, 0]


def test_acceptance_and_debit_are_one_update(cloud: Cloud) -> None:
    spread(cloud, 100, 0)
    with cloud.counted() as calls:
        cloud.pay(EU, "cloud", "it", 10)
    debit = calls[-1].arguments[0][0]
    assert debit.values[":delta"] == 40
    assert debit.values[":floor"] == -40


def answers_are_lost(call: Call, done: bool) -> None:
    """What is written at home is done, but nobody hears of it."""
    if done and call.method == "write" and call.target == AP:
        raise Unreachable


def test_a_grant_whose_answer_was_lost_is_found_by_the_next_attempt(cloud: Cloud) -> None:
    spread(cloud, 100, 0)
    cloud.fault = answers_are_lost
    with pytest.raises(RegionUnreachable):
        cloud.pay(EU, "cloud", "it", 10, key="k")
    assert cloud.balances("cloud") == [50, 0]
    cloud.fault = None
    with cloud.counted() as calls:
        cloud.pay(EU, "cloud", "it", 10, key="k")
    assert writes(calls) == [EU, EU], "nothing is asked for twice"
    assert cloud.balances("cloud") == [50, 40]
    cloud.settle()
    cloud.audit()


def test_a_grant_that_has_arrived_is_used_while_the_giver_is_away(cloud: Cloud) -> None:
    spread(cloud, 100, 0)
    cloud.fault = answers_are_lost
    with pytest.raises(RegionUnreachable):
        cloud.pay(EU, "cloud", "it", 10)
    cloud.fault = None
    cloud.deliver()
    cloud.world.cut(AP, EU)
    cloud.world.cut(EU, AP)
    cloud.pay(EU, "cloud", "it", 45)
    assert cloud.balances("cloud") == [50, 5]


def test_the_richest_region_is_asked_first_and_no_other_if_it_suffices(three: Cloud) -> None:
    spread(three, 60, 80, 0)
    with three.counted() as calls:
        three.pay(US, "cloud", "it", 10)
    assert writes(calls) == [US, EU, US]
    assert three.balances("cloud") == [60, 40, 30]
    three.settle()
    three.audit()


def test_every_region_gives_if_one_is_not_enough(three: Cloud) -> None:
    spread(three, 60, 80, 5)
    with three.counted() as calls:
        three.pay(US, "cloud", "it", 145)
    assert writes(calls) == [US, EU, AP, US]
    assert three.balances("cloud") == [0, 0, 0]
    three.settle()
    three.audit()


def test_a_region_away_does_not_matter_if_the_others_have_enough(three: Cloud) -> None:
    spread(three, 60, 80, 0)
    three.world.cut(US, AP)
    three.pay(US, "cloud", "it", 80)
    assert three.balances("cloud") == [60, 0, 0]


def test_too_little_is_said_only_when_every_region_has_answered(three: Cloud) -> None:
    spread(three, 60, 80, 0)
    three.world.cut(US, AP)
    with pytest.raises(RegionUnreachable) as refused:
        three.pay(US, "cloud", "it", 1000)
    assert refused.value.regions == (AP,)
    seen = refused.value.visible
    assert seen is not None
    assert [seen.currency, seen.here, seen.elsewhere, seen.in_transit] == ["USD", 0, 140, 0]
    three.world.heal()
    with pytest.raises(InsufficientFunds):
        three.pay(US, "cloud", "it", 1000)
    assert three.balances("cloud") == [60, 80, 0], "nothing has moved"


def test_money_on_its_way_to_a_third_region_is_busy_not_insufficient(three: Cloud) -> None:
    spread(three, 60, 80, 0)
    three.fault = answers_are_lost
    with pytest.raises(RegionUnreachable):
        three.pay(EU, "cloud", "it", 100)
    three.fault = None
    assert sum(three.balances("cloud")) < 140
    with pytest.raises(Busy):
        three.pay(US, "cloud", "it", 140, key="k")
    three.settle()
    assert not three.pay(US, "cloud", "it", 140, key="k").replayed
    three.settle()
    three.audit()


def test_two_programs_that_ask_at_once_get_one_grant(cloud: Cloud) -> None:
    spread(cloud, 100, 0)
    rival: list[str] = ["waiting"]

    def meanwhile(call: Call, done: bool) -> None:
        if call.method == "write" and call.target == AP and call.caller == EU and not done and rival:
            rival.clear()
            cloud.pay(EU, "cloud", "it", 10, key="rival")

    cloud.fault = meanwhile
    cloud.pay(EU, "cloud", "it", 10, key="own")
    cloud.fault = None
    assert cloud.balances("cloud") == [50, 30], "one grant of 50 for both"
    cloud.settle()
    cloud.audit()


def test_a_giver_that_has_spent_meanwhile_is_asked_for_what_it_has_left(cloud: Cloud) -> None:
    spread(cloud, 100, 0)
    spent: list[str] = []

    def meanwhile(call: Call, done: bool) -> None:
        if call.method == "write" and call.target == AP and call.caller == EU and not done and not spent:
            spent.append("yes")
            cloud.pay(AP, "cloud", "it", 60)

    cloud.fault = meanwhile
    with pytest.raises(InsufficientFunds):
        cloud.pay(EU, "cloud", "it", 50)
    spent.clear()
    cloud.pay(AP, "it", "cloud", 60)
    cloud.pay(EU, "cloud", "it", 40)
    cloud.fault = None
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("cloud")) == 0


def test_a_giver_that_has_executed_the_payment_grants_nothing_for_it(cloud: Cloud) -> None:
    spread(cloud, 100, 0)
    executed: list[str] = []

    def meanwhile(call: Call, done: bool) -> None:
        if call.method == "write" and call.target == AP and call.caller == EU and not done and not executed:
            executed.append("yes")
            cloud.pay(AP, "cloud", "it", 10, key="k")

    cloud.fault = meanwhile
    again = cloud.pay(EU, "cloud", "it", 10, key="k")
    assert again.replayed
    assert again.transfer.region == AP
    assert cloud.balances("cloud") == [90, 0]


def test_a_frozen_account_grants_nothing_before_the_news_has_arrived(cloud: Cloud) -> None:
    spread(cloud, 100, 5)
    cloud.freeze("cloud")
    with pytest.raises(AccountFrozen):
        cloud.pay(EU, "cloud", "it", 50)
    assert cloud.balances("cloud") == [100, 5]


def test_a_frozen_account_accepts(cloud: Cloud) -> None:
    spread(cloud, 100, 0)
    cloud.fault = answers_are_lost
    with pytest.raises(RegionUnreachable):
        cloud.pay(EU, "cloud", "it", 10)
    cloud.fault = None
    cloud.freeze("cloud")
    cloud.settle()
    assert cloud.balances("cloud") == [50, 50]
    assert cloud.share("cloud", EU).status == "frozen"
    cloud.audit()


def test_a_givers_row_that_a_hand_has_changed_is_not_asked(cloud: Cloud) -> None:
    spread(cloud, 100, 0)
    cloud.hand(AP, "cloud", balance=Decimal(10**6))
    with pytest.raises(Busy):
        cloud.pay(EU, "cloud", "it", 500)
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("cloud")) == 100
