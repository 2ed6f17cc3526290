from decimal import Decimal

import pytest

from ledger.errors import AccountFrozen, InvalidField, RegionUnreachable, UnknownAccount
from ledger.freezing import set_status
from ledger.shares import ACTIVE, FROZEN, LAST_VERSION
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud


@pytest.mark.parametrize("region", [AP, EU])
def test_a_status_is_set_at_home_and_followed_everywhere(cloud: Cloud, region: str) -> None:
    cloud.create("cloud", 100, region=EU)
    cloud.create("it")
    cloud.settle()
    set_status(cloud.ledgers[region], "cloud", FROZEN)
    assert cloud.share("cloud", AP).status == FROZEN
    cloud.settle()
    with pytest.raises(AccountFrozen):
        cloud.pay(EU, "cloud", "it", 1)
    set_status(cloud.ledgers[region], "cloud", ACTIVE)
    cloud.settle()
    cloud.pay(EU, "cloud", "it", 1)
    cloud.settle()
    cloud.audit()


def test_the_status_it_has_already_is_not_written_again(cloud: Cloud) -> None:
    cloud.create("cloud")
    with cloud.counted() as calls:
        assert set_status(cloud.ledgers[AP], "cloud", ACTIVE).status == ACTIVE
    assert [call.method for call in calls] == ["get"]


def test_a_payment_in_between_is_no_obstacle(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.create("it")

    def pays(call: Call, done: bool) -> None:
        if call.method == "write" and not done:
            cloud.fault = None
            cloud.pay(AP, "cloud", "it", 1)

    cloud.fault = pays
    set_status(cloud.ledgers[AP], "cloud", FROZEN)
    assert cloud.share("cloud", AP).status == FROZEN
    assert cloud.balance("cloud", AP) == 99


def test_it_is_refused_where_home_or_the_account_is_missing(cloud: Cloud) -> None:
    with pytest.raises(InvalidField):
        set_status(cloud.ledgers[AP], "a@b", FROZEN)
    with pytest.raises(UnknownAccount):
        set_status(cloud.ledgers[EU], "nobody", FROZEN)
    cloud.create("cloud")
    cloud.world.cut(EU, AP)
    with pytest.raises(RegionUnreachable):
        set_status(cloud.ledgers[EU], "cloud", FROZEN)


def test_a_freeze_that_the_network_repeats_is_carried_out_once_also_under_the_last_version_of_all(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.settle()
    cloud.hand(AP, "cloud", status_version=Decimal(LAST_VERSION))
    cloud.settle()
    sent: list[Call] = []

    def keep(call: Call, done: bool) -> None:
        if done and call.method == "write":
            sent.append(call)

    cloud.fault = keep
    set_status(cloud.ledgers[AP], "cloud", FROZEN)
    cloud.fault = None
    (freeze,) = sent
    cloud.world.regions[AP].write(*freeze.arguments)
    row = cloud.row("cloud") or {}
    assert row["prev"] != row["last"]
    set_status(cloud.ledgers[AP], "cloud", ACTIVE)
    cloud.world.regions[AP].write(*freeze.arguments)
    assert cloud.share("cloud", AP).status == ACTIVE
