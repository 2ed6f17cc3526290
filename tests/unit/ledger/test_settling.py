from decimal import Decimal

import pytest

from ledger import settling
from ledger.errors import RegionUnreachable
from ledger.requests import Unreachable
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, US, Cloud

D = Decimal


def granted(cloud: Cloud, value: int = 100) -> Cloud:
    """Home has granted ``value`` of account ``cloud`` to EU, which does not know it; EU has opened its share."""
    cloud.create("cloud", 2 * value)
    cloud.create("it")
    cloud.deliver()
    cloud.pay(EU, "cloud", "it", 1)
    cloud.settle()
    cloud.pay(EU, "it", "cloud", 1)
    cloud.settle()
    taken = cloud.balance("cloud", EU)

    def lost(call: Call, done: bool) -> None:
        if done and call.method == "write" and call.target == AP:
            raise Unreachable

    cloud.fault = lost
    with pytest.raises(RegionUnreachable):
        cloud.pay(EU, "cloud", "it", taken + D(value))
    cloud.fault = None
    assert cloud.balances("cloud")[:2] == [0, taken]
    return cloud


@pytest.mark.parametrize("by", ["events", "sweep"])
def test_what_has_arrived_is_accepted(cloud: Cloud, by: str) -> None:
    granted(cloud)
    cloud.settle(events=by == "events", sweeps=by == "sweep")
    assert cloud.balances("cloud") == [0, 200]
    cloud.audit()


def test_settling_again_does_nothing(cloud: Cloud) -> None:
    granted(cloud)
    cloud.deliver()
    assert settling.settle(cloud.ledgers[EU], "cloud") == 1
    with cloud.counted() as calls:
        assert settling.settle(cloud.ledgers[EU], "cloud") == 0
    assert [call.method for call in calls] == ["get"]


def test_an_old_event_decides_nothing(cloud: Cloud) -> None:
    granted(cloud)
    cloud.deliver()
    old = cloud.records(EU)
    for _ in range(3):
        cloud.handle(EU, old)
    cloud.handle(EU, old[::-1])
    assert cloud.balance("cloud", EU) == 200


def test_two_programs_that_accept_at_once_accept_once(cloud: Cloud) -> None:
    granted(cloud)
    cloud.deliver()

    def rival(call: Call, done: bool) -> None:
        if call.method == "write" and not done:
            cloud.fault = None
            settling.settle(cloud.program(EU), "cloud")

    cloud.fault = rival
    assert settling.settle(cloud.ledgers[EU], "cloud") == 0
    assert cloud.balance("cloud", EU) == 200


def test_an_image_that_is_not_its_regions_work_is_not_believed(cloud: Cloud) -> None:
    granted(cloud)
    cloud.hand(AP, "cloud", balance=D(5), granted={EU: D(10**6)})
    cloud.deliver()
    assert settling.settle(cloud.ledgers[EU], "cloud") == 0
    cloud.settle()
    cloud.audit()
    assert cloud.balances("cloud") == [0, 200]


@pytest.mark.parametrize("by", ["events", "sweep"])
def test_the_status_follows_the_home_share_and_only_forwards(three: Cloud, by: str) -> None:
    granted(three)
    three.settle()
    three.freeze("cloud")
    three.settle(events=by == "events", sweeps=by == "sweep")
    assert (three.share("cloud", EU).status, three.share("cloud", EU).status_version) == ("frozen", 2)
    three.freeze("cloud", "active")
    assert settling.settle(three.ledgers[EU], "cloud") == 0, "not arrived"
    three.settle(events=by == "events", sweeps=by == "sweep")
    assert (three.share("cloud", EU).status, three.share("cloud", EU).status_version) == ("active", 3)
    three.audit()


def overdrawn(cloud: Cloud, elsewhere: int, currency: str = "USD") -> None:
    """An account ``it`` 50 below zero in EU and with ``elsewhere`` at home, as a void leaves it."""
    cloud.create("cloud", 200, currency=currency)
    cloud.create("it", elsewhere, currency=currency)
    cloud.create("shop", currency=currency)
    cloud.settle()
    cloud.pay(EU, "cloud", "shop", 1)
    cloud.settle()
    cloud.pay(AP, "cloud", "it", 50, key="k")
    cloud.pay(EU, "cloud", "it", 50, key="k")
    cloud.pay(EU, "it", "shop", 50)
    cloud.pay(AP, "it", "shop", 50)
    cloud.deliver()


def test_a_share_below_zero_is_covered_from_the_others(cloud: Cloud) -> None:
    overdrawn(cloud, 80)
    cloud.settle()
    assert sum(cloud.balances("it")) == 30
    assert min(cloud.balances("it")) >= 0
    assert cloud.incidents() == []
    cloud.audit()


def test_nothing_is_asked_for_in_a_currency_that_a_hand_has_set(cloud: Cloud) -> None:
    overdrawn(cloud, 201, "KRW")
    cloud.handle(EU)
    cloud.hand(AP, "it", currency="USD")
    assert cloud.balances("it") == [201, -50]
    assert settling.settle(cloud.ledgers[EU], "it") == 0
    assert cloud.share("it", AP).granted == {}
    assert cloud.incidents() == [], "the account is not below zero"
    cloud.settle()
    assert sum(cloud.balances("it")) == 151
    assert min(cloud.balances("it")) >= 0
    assert cloud.incidents() == ["foreign-write"]
    cloud.audit()


def test_money_that_moved_in_a_currency_that_hands_have_set_is_counted_again(cloud: Cloud) -> None:
    """Half a won of a share of 201: no share of won can have that, so it cannot be taken back by its difference."""
    overdrawn(cloud, 201, "KRW")
    cloud.handle(EU)
    cloud.hand(AP, "it", currency="USD")
    cloud.hand(EU, "it@eu-central-1", currency="USD")
    assert settling.settle(cloud.ledgers[EU], "it") == 1
    assert cloud.balances("it") == [D("100.5"), D("50.5")]
    for _ in range(3):
        cloud.handle(AP)
        cloud.handle(EU)
    cloud.settle()
    assert [cloud.share("it", region).currency for region in (AP, EU)] == ["KRW", "KRW"]
    assert sum(cloud.balances("it")) == 151
    cloud.audit()


def test_the_sweep_covers_a_share_below_zero(cloud: Cloud) -> None:
    overdrawn(cloud, 80)
    cloud.settle(events=False)
    assert min(cloud.balances("it")) >= 0
    cloud.audit()


def test_an_account_below_zero_is_an_incident_once_and_is_covered_later(cloud: Cloud) -> None:
    overdrawn(cloud, 20)
    cloud.settle()
    assert sum(cloud.balances("it")) == -30
    assert cloud.incidents() == ["overdrawn"]
    cloud.audit()
    cloud.pay(AP, "shop", "it", 40)
    cloud.settle()
    assert sum(cloud.balances("it")) == 10
    assert min(cloud.balances("it")) >= 0
    assert cloud.incidents() == ["overdrawn"]
    cloud.audit()


def test_a_deficit_waits_for_a_region_that_is_away(cloud: Cloud) -> None:
    overdrawn(cloud, 80)
    cloud.world.cut(AP, EU)
    cloud.handle(EU)
    assert cloud.balance("it", EU) == -50
    assert cloud.incidents(EU) == []
    cloud.world.heal()
    cloud.settle()
    assert min(cloud.balances("it")) >= 0
    cloud.audit()


def test_a_deficit_is_covered_by_several_regions(three: Cloud) -> None:
    overdrawn(three, 30)
    three.create("gift", 30, region=US)
    three.settle(events=False, sweeps=False)
    three.pay(US, "gift", "it", 30)
    three.settle()
    assert sum(three.balances("it")) == 10
    assert min(three.balances("it")) >= 0
    three.audit()


@pytest.mark.parametrize("by", ["events", "sweep"])
def test_what_was_accepted_from_an_image_that_lost_is_given_back(cloud: Cloud, by: str) -> None:
    """A hand raised the counter; EU believed it before home took it back."""
    granted(cloud)
    cloud.settle()
    before = cloud.balances("cloud")
    cloud.hand(AP, "cloud", granted={EU: D(1000)})
    cloud.deliver()
    cloud.handle(EU)
    assert cloud.balance("cloud", EU) > 800
    cloud.settle()
    assert cloud.balances("cloud") == before
    assert cloud.incidents() == ["foreign-write", "given-back"]
    cloud.audit()


def test_money_given_back_that_is_spent_already_leaves_the_account_below_zero(cloud: Cloud) -> None:
    granted(cloud)
    cloud.settle()
    cloud.hand(AP, "cloud", granted={EU: D(1000)})
    cloud.deliver()
    cloud.handle(EU)
    cloud.pay(EU, "cloud", "it", 800)
    cloud.settle()
    assert sum(cloud.balances("cloud")) == -600
    assert "overdrawn" in cloud.incidents()
    cloud.audit()


def test_a_grant_that_the_replica_does_not_show_yet_is_not_given_back(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.create("it")
    cloud.deliver()
    cloud.pay(EU, "cloud", "it", 10)
    assert settling.give_back(cloud.ledgers[EU], "cloud") == 0
    cloud.sweep(EU)
    assert cloud.balances("cloud") == [50, 40]
    cloud.world.cut(AP, EU)
    assert settling.give_back(cloud.ledgers[EU], "cloud") == 0
