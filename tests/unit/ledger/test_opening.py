from decimal import Decimal

import pytest

from ledger import entries, opening
from ledger.errors import AccountFrozen, Busy, CurrencyMismatch, RegionUnreachable, UnknownAccount
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, US, Cloud


def test_a_share_comes_into_being_with_the_first_payment(three: Cloud) -> None:
    three.create("cloud", 100, region=EU)
    three.create("it")
    three.deliver()
    assert three.row(f"it@{EU}") is None
    three.pay(EU, "cloud", "it", 40)
    assert three.balances("it") == [0, 40, 0]
    (entry,) = [item for item in three.entries("share", EU) if item["share"] == f"it@{EU}"]
    assert entry["region"] == EU
    three.settle()
    three.audit()


def test_a_share_is_born_with_what_is_granted_already(cloud: Cloud) -> None:
    def cut_the_answer(call: Call, done: bool) -> None:
        if done and call.method == "write" and call.target == AP:
            cloud.world.cut(AP, EU)

    cloud.fault = cut_the_answer
    with pytest.raises(RegionUnreachable):
        cloud.create("cloud", 100, region=EU)
    cloud.fault = None
    cloud.world.heal()
    cloud.create("it")
    cloud.deliver()
    assert cloud.row(f"cloud@{EU}") is None
    cloud.pay(EU, "cloud", "it", 70)
    share = cloud.share("cloud", EU)
    assert [share.balance, share.accepted] == [30, {AP: 100}]
    cloud.settle()
    cloud.audit()


def test_a_currency_is_not_learnt_from_a_row_that_a_hand_has_changed(cloud: Cloud) -> None:
    cloud.create("cloud", 100, region=EU)
    cloud.world.cut(AP, EU)  # before the opening has arrived
    cloud.hand(EU, f"cloud@{EU}", currency="KRW")
    assert opening.currencies(cloud.program(EU), "cloud") == ["USD"]
    cloud.world.delete(EU, "journal-table", dict(entries.share_entry_key(f"cloud@{EU}", EU)))
    with pytest.raises(RegionUnreachable):
        opening.currencies(cloud.program(EU), "cloud")


def test_a_share_of_a_frozen_account_is_born_frozen(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.create("it")
    cloud.freeze("it")
    cloud.deliver()
    with pytest.raises(AccountFrozen):
        cloud.pay(EU, "cloud", "it", 10)
    share = cloud.share("it", EU)
    assert (share.status, share.status_version) == ("frozen", 2)


def test_a_share_is_not_opened_active_while_the_news_of_a_freeze_arrives(cloud: Cloud) -> None:
    cloud.create("it")
    cloud.deliver()

    def freezes(call: Call, done: bool) -> None:
        if call.method == "write" and call.caller == EU and not done:
            cloud.fault = None
            cloud.freeze("it")
            cloud.deliver()

    cloud.fault = freezes
    opening.open_share(cloud.ledgers[EU], "it")
    assert cloud.row(f"it@{EU}") is None, "its status was read before the freeze"
    opening.open_share(cloud.ledgers[EU], "it")
    assert cloud.share("it", EU).status == "frozen"


def test_a_payment_that_meets_the_freeze_while_opening_is_refused(cloud: Cloud) -> None:
    cloud.create("cloud", 100, region=EU)
    cloud.create("it")
    cloud.deliver()

    def freezes(call: Call, done: bool) -> None:
        if call.method == "write" and call.caller == EU and not done and len(call.arguments[0]) == 3:
            (put, *_) = call.arguments[0]
            if put.action == "Put" and put.key["account_id"] == f"it@{EU}":
                cloud.fault = None
                cloud.freeze("it")
                cloud.deliver()

    cloud.fault = freezes
    with pytest.raises(AccountFrozen):
        cloud.pay(EU, "cloud", "it", 10)
    assert cloud.balances("cloud") == [0, 100]


def test_a_share_deleted_by_hand_is_not_opened_again_to_take_all_grants_anew(cloud: Cloud) -> None:
    cloud.create("cloud", 100, region=EU)
    cloud.create("it")
    cloud.settle()
    cloud.pay(EU, "cloud", "it", 30)
    cloud.hand_delete(EU, f"cloud@{EU}")
    with pytest.raises(Busy):
        cloud.pay(EU, "cloud", "it", 10)
    assert cloud.row(f"cloud@{EU}") is None
    cloud.settle()
    assert cloud.balances("cloud") == [0, 70]
    cloud.audit()


def test_opening_twice_at_once_is_opening_once(cloud: Cloud) -> None:
    cloud.create("it")
    cloud.deliver()

    def rival(call: Call, done: bool) -> None:
        if call.method == "write" and not done:
            cloud.fault = None
            opening.open_share(cloud.ledgers[EU], "it")

    cloud.fault = rival
    opening.open_share(cloud.ledgers[EU], "it")
    assert cloud.balance("it", EU) == 0
    assert len([item for item in cloud.entries("share", EU) if item["region"] == EU]) == 1


@pytest.mark.parametrize("region", [AP, EU, US])
def test_what_is_no_account_is_not_opened(three: Cloud, region: str) -> None:
    with pytest.raises(UnknownAccount):
        opening.open_share(three.ledgers[region], "nobody")


def test_a_row_put_by_hand_is_no_account_before_it_is_adopted(cloud: Cloud) -> None:
    cloud.hand_put(AP, "new", balance=Decimal(5))
    for region in cloud.names:
        with pytest.raises(UnknownAccount):
            opening.currencies(cloud.ledgers[region], "new")
    cloud.settle()
    assert opening.currencies(cloud.ledgers[EU], "new") == ["USD"]


def test_a_deleted_home_share_is_busy_not_unknown(cloud: Cloud) -> None:
    cloud.create("cloud", 5)
    cloud.create("it")
    cloud.hand_delete(AP, "cloud")
    for region in cloud.names:
        cloud.ledgers[region] = cloud.program(region)
        with pytest.raises(Busy):
            cloud.pay(region, "cloud", "it", 1)


def test_a_currency_set_by_a_hand_at_first_sight_is_not_believed(cloud: Cloud) -> None:
    cloud.create("won", 1000, currency="KRW")
    cloud.create("dollars", 5)
    cloud.settle()
    cloud.hand(AP, "won", currency="USD")
    for region in cloud.names:
        cloud.ledgers[region] = cloud.program(region)
        with pytest.raises(CurrencyMismatch):
            cloud.pay(region, "dollars", "won", 1)


def test_a_row_put_by_hand_where_a_share_will_be_does_not_block_the_account(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.create("it")
    cloud.hand_put(EU, f"it@{EU}", balance=Decimal(10**6), currency="USD")
    cloud.settle()
    cloud.pay(EU, "cloud", "it", 10)
    assert cloud.balances("it") == [0, 10]
    cloud.settle()
    cloud.audit()
