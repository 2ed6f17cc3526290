"""What is decided from shares of several regions: they are read one after another, and money moves meanwhile."""

from decimal import Decimal

import pytest

from ledger import accounts, entries, settling, transfers, voiding
from ledger.entries import JOURNAL
from ledger.errors import Busy, InsufficientFunds
from ledger.requests import Unreachable
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, CALLER, EU, US, Cloud

D = Decimal


def test_money_that_came_here_and_went_there_between_two_reads_is_no_lack_of_it(cloud: Cloud) -> None:
    """The account holds 60, 80 and 70: never less than what it is to pay."""
    cloud.create("it", 50)
    cloud.create("here", 100)
    cloud.create("there", 100, region=EU)
    cloud.settle()
    cloud.pay(EU, "there", "it", 10)
    cloud.pay(EU, "there", "here", 1)
    cloud.settle()

    def between(call: Call, done: bool) -> None:
        if call.method == "get" and (call.caller, call.target) == (AP, EU) and not done:
            cloud.fault = None
            cloud.pay(AP, "here", "it", 20)
            cloud.pay(EU, "it", "here", 10)

    cloud.fault = between
    assert cloud.pay(AP, "it", "here", 60, key="once").transfer.amount == 60
    cloud.settle()
    cloud.audit()


def test_nor_if_it_came_and_went_in_two_other_regions(three: Cloud) -> None:
    three.create("it", 10)
    three.create("shop")
    for region, value in ((EU, 10), (US, 50)):
        three.create(f"from {region}".replace(" ", "-"), 100, region=region)
        three.settle()
        three.pay(region, f"from-{region}", "it", value)
        three.pay(region, f"from-{region}", "shop", 1)
    three.settle()

    def between(call: Call, done: bool) -> None:
        if call.method == "get" and (call.caller, call.target) == (AP, US) and not done:
            three.fault = None
            three.pay(EU, f"from-{EU}", "it", 40)
            three.pay(US, "it", "shop", 30)

    three.fault = between
    assert three.pay(AP, "it", "shop", 70, key="once").transfer.amount == 70
    three.settle()
    three.audit()


def below_zero_here(cloud: Cloud) -> None:
    """Account ``it`` has 100 at home and -99 in EU, as a void leaves it, and ``payer`` money in EU."""
    cloud.create("cloud", 400)
    for name in ("it", "shop"):
        cloud.create(name)
    cloud.create("payer", 300, region=EU)
    cloud.settle()
    for payer, payee in (("cloud", "shop"), ("payer", "it")):
        cloud.pay(EU, payer, payee, 1)
    cloud.settle()
    cloud.pay(AP, "cloud", "it", 100, key="k")
    cloud.pay(EU, "cloud", "it", 100, key="k")
    cloud.pay(EU, "it", "shop", 100)
    cloud.deliver()

    def away(call: Call, done: bool) -> None:
        if (call.caller, call.target) == (EU, AP):
            raise Unreachable

    cloud.fault = away  # so that the share is not covered at once
    voiding.void_own(cloud.ledgers[EU], entries.transfer_id(CALLER, "k"))
    cloud.fault = None
    assert cloud.balances("it") == [100, -99]


def test_an_account_is_not_below_zero_because_its_money_moved_between_two_reads(cloud: Cloud) -> None:
    below_zero_here(cloud)

    def between(call: Call, done: bool) -> None:
        if call.method == "get" and (call.caller, call.target) == (EU, AP) and not done:
            cloud.fault = None
            cloud.pay(EU, "payer", "it", 60)
            cloud.pay(AP, "it", "shop", 60)

    cloud.fault = between
    settling.settle(cloud.ledgers[EU], "it")
    assert cloud.fault is None, "asked"
    assert cloud.incidents() == []
    cloud.settle()
    assert cloud.incidents() == []
    assert sum(cloud.balances("it")) == 1
    cloud.audit()


def test_a_share_that_a_hand_has_deleted_is_no_account_below_zero(cloud: Cloud) -> None:
    below_zero_here(cloud)
    cloud.hand_delete(AP, "it")
    cloud.deliver()
    cloud.sweep(EU)
    assert cloud.incidents() == []
    cloud.settle()
    assert cloud.incidents() == ["deleted-by-hand"]
    cloud.audit()


def test_a_share_that_a_hand_has_deleted_is_no_lack_of_money(cloud: Cloud) -> None:
    cloud.create("it")
    cloud.create("shop")
    cloud.create("payer", 500, region=EU)
    cloud.settle()
    cloud.pay(EU, "payer", "it", 500)
    cloud.settle()
    cloud.hand_delete(EU, f"it@{EU}")
    cloud.deliver()
    with pytest.raises(Busy):
        cloud.pay(AP, "it", "shop", 10, key="k")
    cloud.settle()
    assert not cloud.pay(AP, "it", "shop", 10, key="k").replayed
    cloud.settle()
    cloud.audit()


def test_what_the_whole_account_lacks_is_refused_for_good(cloud: Cloud) -> None:
    below_zero_here(cloud)
    with pytest.raises(InsufficientFunds):
        cloud.pay(AP, "it", "shop", 101)


@pytest.mark.parametrize("why", ["no money left", "frozen"])
def test_a_repeat_is_not_refused_while_a_hand_hides_what_was_executed(cloud: Cloud, why: str) -> None:
    cloud.create("it", 100)
    cloud.create("shop")
    cloud.create("payer", 5, region=EU)
    for payee in ("it", "shop"):
        cloud.pay(EU, "payer", payee, 1)
    cloud.settle()
    paid = cloud.pay(AP, "it", "shop", 100, key="k").transfer
    cloud.settle()
    if why == "frozen":
        cloud.freeze("it")
        cloud.settle()
    cloud.world.update(AP, JOURNAL, {"entry_id": paid.transfer_id, "region": AP}, {"reference": "a note"}, ())
    for arrived in (False, True):
        if arrived:
            cloud.deliver()
        with pytest.raises(Busy):
            cloud.pay(AP, "it", "shop", 100, key="k")
    with pytest.raises(Busy):
        cloud.pay(EU, "it", "shop", 100, key="k")
    for region in (AP, EU):
        with pytest.raises(Busy):
            transfers.read(cloud.ledgers[region], paid.transfer_id)
    cloud.settle()
    assert cloud.pay(EU, "it", "shop", 100, key="k").replayed
    cloud.audit()


def test_the_home_share_that_is_asked_for_does_not_stand_for_a_damaged_one(cloud: Cloud) -> None:
    cloud.create("it", 100, region=EU)  # home's row has not arrived here
    cloud.hand(EU, f"it@{EU}", balance=D(1))
    with pytest.raises(Busy):
        accounts.read(cloud.ledgers[EU], "it")
