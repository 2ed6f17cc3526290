"""Shares whose rows cannot be mended from an event."""

from decimal import Decimal
from typing import cast

import pytest

from ledger import entries, rebuilding
from ledger.entries import JOURNAL
from ledger.rebuilding import Books
from tests.simulator.endpoint import Call
from tests.simulator.region import ITEM_SIZE
from tests.support.cloud import AP, EU, US, Cloud

D = Decimal


def ready(cloud: Cloud) -> Cloud:
    """Money that has moved in every way: granted, accepted, paid, undone; and all events are lost."""
    cloud.create("cloud", 300)
    cloud.create("it", 30, region=cloud.names[-1])
    cloud.settle()
    for region in cloud.names:
        cloud.pay(region, "cloud", "it", 10)
        cloud.settle()
        cloud.pay(region, "it", "cloud", 2)
        cloud.settle()
    for region in cloud.names:
        cloud.pay(region, "cloud", "it", 1, key="k")
    cloud.settle()
    cloud.trim()
    return cloud


def shares(cloud: Cloud) -> list[list[Decimal]]:
    """Balances of both accounts."""
    return [cloud.balances("cloud"), cloud.balances("it")]


@pytest.mark.parametrize("how", ["damaged", "missing", "another item", "of an unknown type"])
@pytest.mark.parametrize("region", [AP, EU, US])
def test_a_share_is_computed_again_from_the_books(three: Cloud, region: str, how: str) -> None:
    ready(three)
    before, key = shares(three), three.key("cloud", region)
    if how == "damaged":
        three.hand(region, key, balance=D(10**6))
    elif how == "missing":
        three.hand_delete(region, key)
    elif how == "another item":
        three.hand_put(region, key, account="somebody else's")
    else:
        three.hand(region, key, granted=[D(5)], status=b"x")
    three.settle(events=False)
    assert shares(three) == before
    assert three.incidents() == ["rebuilt"]
    three.audit()
    for name in three.names:
        three.pay(name, "cloud", "it", 1)


def test_one_region_alone_can_rebuild(one: Cloud) -> None:
    ready(one)
    before = shares(one)
    one.hand_delete(AP, "cloud")
    one.hand(AP, "it", balance=None)
    one.settle(events=False)
    assert shares(one) == before
    one.audit()


@pytest.mark.parametrize("missing", [True, False])
def test_all_shares_damaged_at_once_still_add_up(three: Cloud, missing: bool) -> None:
    ready(three)
    before = [sum(balances) for balances in shares(three)]
    for region in three.names:
        for account in ("cloud", "it"):
            key = three.key(account, region)
            three.hand_delete(region, key) if missing else three.hand(region, key, balance=D(1))
    three.settle(events=False)
    assert [sum(balances) for balances in shares(three)] == before
    three.audit()


def test_nothing_is_guessed_while_another_region_is_away(cloud: Cloud) -> None:
    ready(cloud)
    before = shares(cloud)
    cloud.hand(AP, "cloud", balance=D(1))
    cloud.world.cut(AP, EU)
    cloud.sweep(AP)
    row = cloud.row("cloud")
    assert row is not None
    assert row["balance"] == 1
    cloud.world.heal()
    cloud.settle(events=False)
    assert shares(cloud) == before
    cloud.audit()


def test_a_grant_on_its_way_is_not_lost_with_the_row(cloud: Cloud) -> None:
    ready(cloud)
    everything = sum(cloud.balances("cloud"))

    def cut_off(call: Call, done: bool) -> None:
        if done and call.method == "write" and call.target == AP:
            cloud.world.cut(AP, EU)

    cloud.fault = cut_off
    with pytest.raises(Exception, match="Out of reach"):
        cloud.pay(EU, "cloud", "it", cloud.balance("cloud", EU) + 1)
    cloud.fault = None
    assert sum(cloud.balances("cloud")) < everything
    cloud.hand_delete(AP, "cloud")
    cloud.world.heal()
    cloud.settle(events=False)
    cloud.audit()
    assert sum(cloud.balances("cloud")) == everything


def test_a_payment_that_still_reaches_a_damaged_row_is_not_lost(cloud: Cloud) -> None:
    """A text in place of ``granted`` passes the guard: who is paid needs no counter."""
    ready(cloud)
    cloud.hand(AP, "cloud", granted="text")
    before = sum(cloud.balances("it"))
    paid: list[Decimal] = []

    def pay(call: Call, done: bool) -> None:
        if call.method == "scan" and call.arguments == ("journal-table",) and done:
            cloud.fault = None
            cloud.pay(AP, "it", "cloud", 1)
            paid.append(D(1))

    cloud.fault = pay
    cloud.sweep(AP)
    cloud.fault = None
    assert paid
    cloud.settle(events=False)
    cloud.audit()
    assert sum(cloud.balances("it")) == before - 1


def test_a_payment_between_the_books_and_the_row_is_not_lost(cloud: Cloud) -> None:
    ready(cloud)
    cloud.hand(AP, "cloud", granted="text")
    books = rebuilding.read_books(cloud.ledgers[AP], {"cloud"})
    cloud.pay(AP, "it", "cloud", 1)
    assert not rebuilding.rebuild(cloud.ledgers[AP], "cloud", books["cloud"])
    cloud.settle(events=False)
    cloud.audit()


def test_a_sound_row_is_left_as_it_is(cloud: Cloud) -> None:
    ready(cloud)
    assert not rebuilding.rebuild(cloud.ledgers[AP], "cloud", Books(cloud.row("cloud")))


def test_a_share_that_nobody_knows_anything_of_is_not_made_up(cloud: Cloud) -> None:
    books = rebuilding.read_books(cloud.ledgers[AP], {"ghost"})
    assert not rebuilding.rebuild(cloud.ledgers[AP], "ghost", books["ghost"])
    assert rebuilding.read_books(cloud.ledgers[AP], ()) == {}


def test_events_older_than_the_rebuild_do_nothing(cloud: Cloud) -> None:
    ready(cloud)
    cloud.hand(AP, "cloud", balance=D(7))
    cloud.hand(AP, "cloud", balance=D(8), ledger_balance=D(8))
    cloud.hand(AP, "cloud", balance="x")
    old = cloud.records(AP)
    cloud.sweep(AP)
    cloud.pay(AP, "cloud", "it", 1)
    balances = shares(cloud)
    for _ in range(2):
        cloud.handle(AP, old)
        cloud.handle(AP, old[::-1])
    cloud.settle()
    assert [sum(balances) for balances in shares(cloud)] == [sum(before) for before in balances]
    cloud.audit()


def test_a_frozen_account_is_still_frozen_after_it(cloud: Cloud) -> None:
    ready(cloud)
    cloud.freeze("cloud")
    cloud.settle()
    cloud.trim()
    for region in cloud.names:
        cloud.hand_delete(region, cloud.key("cloud", region))
        cloud.settle(events=False)
        assert cloud.share("cloud", region).status == "frozen"
    cloud.audit()


def test_entries_that_a_hand_has_put_do_not_count_or_stop_anything(cloud: Cloud) -> None:
    ready(cloud)
    before = shares(cloud)
    for number, entry in enumerate(GARBAGE):
        cloud.world.put(AP, "journal-table", {"entry_id": f"x{number}", "region": AP, **entry})
        cloud.world.put(AP, "journal-table", {"entry_id": f"x{number}", "region": f"{AP}~void", **entry})
    cloud.hand(AP, "cloud", balance=D(1))
    cloud.hand_delete(EU, f"it@{EU}")
    cloud.settle()
    assert not cloud.failures
    assert shares(cloud) == before
    cloud.audit()


GARBAGE: list[dict[str, object]] = [
    {},
    {"kind": D(5)},
    {"kind": "transfer"},
    {"kind": "transfer", "from_account": "cloud", "amount": D(5)},
    {"kind": "transfer", "from_account": "cloud", "to_account": "it", "amount": "5", "currency": "USD"},
    {"kind": "transfer", "from_account": "cloud", "to_account": "cloud", "amount": D(5), "currency": "USD"},
    {"kind": "opening", "account_id": "cloud", "amount": D(5), "currency": "USD"},
    {"kind": "opening", "account_id": ["cloud"], "amount": D(5), "currency": {"USD"}},
    {"kind": "void", "amount": None, "currency": "USD"},
    {"kind": "share"},
    {"kind": "share", "share": D(5)},
    {"kind": "share", "share": "ghost"},
    {"kind": "share", "share": f"cloud@{EU}"},
    {"kind": "share", "share": ""},
    {"kind": "share", "share": "@"},
    {"kind": "incident"},
    {"kind": {"a": b"b"}},
]


@pytest.mark.parametrize("arrives", [True, False])
def test_a_freeze_that_has_left_home_survives_the_loss_of_the_home_row(cloud: Cloud, arrives: bool) -> None:
    """The other region has a frozen copy of the home row, or gets it late; its own share has not followed yet."""
    ready(cloud)
    cloud.freeze("cloud")
    if arrives:
        cloud.deliver(AP, EU)
    cloud.hand_delete(AP, "cloud")
    cloud.trim()
    cloud.sweep(AP)
    cloud.settle(events=False)
    found = [cloud.share("cloud", region) for region in (AP, EU)]
    assert found[0].status == found[1].status
    if arrives:
        assert found[0].status == "frozen"


def test_the_currency_is_that_of_the_shares_own_entry_though_home_knows_none_just_now(cloud: Cloud) -> None:
    cloud.create("cloud", 100, region=cloud.names[-1])
    cloud.settle()
    region, key = cloud.names[-1], cloud.key("cloud", cloud.names[-1])
    opening = dict(entries.opening_key("cloud", AP))
    hidden = dict(cloud.world.item(AP, JOURNAL, opening) or {})
    cloud.hand_delete(AP, "cloud")
    cloud.world.delete(AP, JOURNAL, opening)
    cloud.hand(region, key, balance=D(1), currency="BHD")
    cloud.deliver()
    cloud.trim()
    cloud.sweep(region)
    assert cloud.share("cloud", region).currency == "USD"
    cloud.world.put(AP, JOURNAL, hidden)
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 100
    cloud.audit()


def test_an_entry_of_odd_types_stops_nothing_though_it_has_a_seal(cloud: Cloud) -> None:
    cloud.create("cloud", 100, region=cloud.names[-1])
    cloud.settle()
    region, amount = cloud.names[-1], cast(Decimal, "5")
    odd = entries.opening("cloud", region, amount, "USD", "now", source="created", granted_to=region)
    cloud.world.put(region, JOURNAL, odd | ({"entry_id": "x"} if region == AP else {}))
    cloud.hand(region, cloud.key("cloud", region), balance=D(1))
    cloud.trim()
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 100


@pytest.mark.parametrize("name", ["created_at", "last", "prev"])
@pytest.mark.parametrize("events", [True, False])
@pytest.mark.parametrize("before", ["never rebuilt", "rebuilt before"])
def test_a_text_of_a_hand_that_leaves_no_room_stops_nothing(cloud: Cloud, name: str, events: bool, before: str) -> None:
    ready(cloud)
    expected = shares(cloud)
    if before == "rebuilt before":
        cloud.hand(AP, "cloud", balance=D(7))
        cloud.settle(events=False)
        cloud.trim()
    cloud.hand_put(AP, "cloud", **{name: "x" * (ITEM_SIZE - 60)})
    cloud.settle(events=events)
    assert sum(shares(cloud)[0]) == sum(expected[0])
    cloud.audit()
    cloud.pay(AP, "cloud", "it", 1)


@pytest.mark.parametrize("events", [True, False])
def test_a_name_that_leaves_no_room_for_the_next_one_stops_nothing(cloud: Cloud, events: bool) -> None:
    ready(cloud)
    expected = shares(cloud)
    cloud.hand(AP, "cloud", last="x" * (ITEM_SIZE - 1000))
    cloud.settle(events=events)
    assert sum(shares(cloud)[0]) == sum(expected[0])
    cloud.audit()
    cloud.pay(AP, "cloud", "it", 1)
