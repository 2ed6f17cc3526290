"""Rows of shares that a hand or another region's program has written: put back from the event."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from ledger.errors import LedgerError
from ledger.requests import Write
from ledger.restoring import Change, is_own_work
from ledger.writes import ACCOUNTS
from tests.support.cloud import AP, EU, Cloud

D = Decimal


def whole(key: str, region: str) -> dict[str, Any]:
    """A row of the ledger's own form that it has not written."""
    return {
        "region": region,
        "balance": D(5000),
        "ledger_balance": D(5000),
        "currency": "USD",
        "granted": {},
        "accepted": {},
        "status": "active",
        "status_version": D(1),
        "share": key,
        "last": "by hand",
        "created_at": "today",
    }


def ready(cloud: Cloud) -> Cloud:
    """``cloud`` with money and counters in all regions, and ``it``."""
    cloud.create("cloud", 300)
    cloud.create("it", 30)
    cloud.settle()
    for region in cloud.names[1:]:
        cloud.pay(region, "cloud", "it", 10)
        cloud.settle()
    return cloud


def events(cloud: Cloud) -> None:
    """Deliver and handle events until nothing moves, without any sweep."""
    cloud.settle(sweeps=False)


def by_hand(**changes: Any) -> Callable[[Cloud, str, str], None]:
    """``update-item``: set ``changes``, remove what is ``...``."""

    def write(cloud: Cloud, region: str, key: str) -> None:
        removed = [name for name, value in changes.items() if value is ...]
        cloud.hand(region, key, *removed, **{name: value for name, value in changes.items() if value is not ...})

    return write


HANDS = {
    "balance": by_hand(balance=D(999)),
    "balance and the ledger's": by_hand(balance=D(999), ledger_balance=D(999)),
    "no number": by_hand(balance="much"),
    "no balance": by_hand(balance=...),
    "fewer cents": by_hand(balance=D("0.001")),
    "38 digits": by_hand(balance=D("9" * 38), ledger_balance=D("9" * 38)),
    "126 digits": by_hand(status_version=D("9.9E125"), balance=D("9.9E125"), ledger_balance=D("9.9E125")),
    "currency": by_hand(currency="EUR"),
    "status": by_hand(status="frozen"),
    "odd status": by_hand(status=D(5)),
    "status version": by_hand(status_version=D(99)),
    "half a version": by_hand(status_version=D("1.5")),
    "a list of grants": by_hand(granted=[D(1)]),
    "no counters": by_hand(granted=..., accepted=...),
    "negative counters": by_hand(granted={AP: D(-5), EU: D(-5)}),
    "fine counters": by_hand(granted={AP: D("0.0001"), EU: D("0.0001")}),
    "other regions": by_hand(accepted={"mars": D(7)}),
    "300 regions": by_hand(granted={f"region-{n}": D(n) for n in range(300)}),
    "no region": by_hand(region=...),
    "other region": by_hand(region="mars"),
    "a number as last": by_hand(last=D(7)),
    "no last": by_hand(last=...),
    "prev": by_hand(prev="x"),
    "created at": by_hand(created_at=None),
    "rebuilt": by_hand(rebuilt=True),
    "out of use": by_hand(ledger_balance=..., condemned="x"),
    "put": lambda cloud, region, key: cloud.hand_put(region, key, balance=D(7), currency="USD"),
    "whole put": lambda cloud, region, key: cloud.hand_put(region, key, **whole(key, str(cloud.topology.owner(key)))),
    "empty put": lambda cloud, region, key: cloud.hand_put(region, key),
    "binary put": lambda cloud, region, key: cloud.hand_put(region, key, balance=b"\x00", note={b"\x01"}),
    "delete": lambda cloud, region, key: cloud.hand_delete(region, key),
}
HANDS_ON_ROWS = pytest.mark.parametrize("hand", HANDS.values(), ids=list(HANDS))
SHARES = pytest.mark.parametrize("key", ["cloud", f"cloud@{EU}"], ids=["home", "other"])


@HANDS_ON_ROWS
@SHARES
def test_what_a_hand_did_at_the_rows_own_endpoint_is_taken_back(
    cloud: Cloud, hand: Callable[[Cloud, str, str], None], key: str
) -> None:
    ready(cloud)
    owner = cloud.topology.owner(key)
    assert owner is not None
    before, balances = dict(cloud.row(key) or {}), cloud.balances("cloud")
    hand(cloud, owner, key)
    events(cloud)
    assert not cloud.failures
    assert cloud.incidents().count("foreign-write") + cloud.incidents().count("deleted-by-hand") == 1
    cloud.settle()
    cloud.audit()
    row, changing = cloud.row(key), {"last", "prev", "last_updated", "status_version"}
    assert row is not None
    assert {name: row[name] for name in row if name not in changing} == {
        name: value for name, value in before.items() if name not in changing
    }
    assert sum(cloud.balances("cloud")) == sum(balances)


@HANDS_ON_ROWS
@SHARES
def test_what_a_hand_did_at_the_other_endpoint_is_taken_back(
    cloud: Cloud, hand: Callable[[Cloud, str, str], None], key: str
) -> None:
    ready(cloud)
    before = sum(cloud.balances("cloud"))
    hand(cloud, EU if cloud.topology.owner(key) == AP else AP, key)
    cloud.settle()
    assert not cloud.failures
    cloud.audit()
    assert sum(cloud.balances("cloud")) == before
    for region in cloud.names:
        assert not cloud.pay(region, "cloud", "it", 1).replayed


@HANDS_ON_ROWS
@SHARES
def test_payments_after_the_hand_are_kept(cloud: Cloud, hand: Callable[[Cloud, str, str], None], key: str) -> None:
    ready(cloud)
    owner = cloud.topology.owner(key)
    assert owner is not None
    hand(cloud, owner, key)
    paid = 0
    for region in cloud.names:
        for payer, payee in (("it", "cloud"), ("cloud", "it")):
            with suppress(LedgerError):  # whether it is refused depends on what the hand did
                cloud.pay(region, payer, payee, 3)
                paid += 3 if payer == "it" else -3
    cloud.settle()
    assert not cloud.failures
    cloud.audit()
    assert sum(cloud.balances("cloud")) == 290 + paid


def test_a_put_back_balance_takes_one_write_and_one_incident(cloud: Cloud) -> None:
    ready(cloud)
    cloud.trim()
    cloud.hand(AP, "cloud", balance=D(7))
    with cloud.counted() as calls:
        cloud.handle(AP)
    assert [len(call.arguments[0]) for call in calls if call.method == "write"] == [3]
    assert cloud.incidents() == ["foreign-write"]


def test_the_event_delivered_again_does_nothing(cloud: Cloud) -> None:
    ready(cloud)
    cloud.trim()
    cloud.hand(AP, "cloud", balance=D(7), ledger_balance=D(7))
    cloud.pay(AP, "it", "cloud", 3)
    records = cloud.records(AP)
    cloud.handle(AP, records)
    balance = cloud.balance("cloud", AP)
    for _ in range(3):
        cloud.handle(AP, records)
        cloud.handle(AP, records[::-1])
    assert cloud.balance("cloud", AP) == balance == 153
    cloud.settle()
    cloud.audit()


def test_the_ledgers_own_restorations_are_recognised(cloud: Cloud) -> None:
    ready(cloud)
    for hand in HANDS.values():
        hand(cloud, AP, "cloud")
        events(cloud)
        count = len(cloud.world.regions[AP].tables[ACCOUNTS].records)
        events(cloud)
        assert len(cloud.world.regions[AP].tables[ACCOUNTS].records) == count, "a loop"
        cloud.settle()
        cloud.audit()


def test_a_foreign_programs_sound_write_is_taken_out_of_what_came_later(cloud: Cloud) -> None:
    ready(cloud)
    foreign = Write(
        "Update",
        ACCOUNTS,
        {"account_id": "cloud"},
        "",
        "SET #b = #b - :n, #l = #l - :n, #g.#e = #g.#e + :n, #v = :last",
        {"#b": "balance", "#l": "ledger_balance", "#g": "granted", "#e": EU, "#v": "last"},
        {":n": D(40), ":last": "another program"},
    )
    cloud.world.regions[AP].write([foreign], "")
    cloud.pay(AP, "cloud", "it", 5)
    cloud.pay(AP, "it", "cloud", 2)
    events(cloud)
    assert cloud.incidents()[0] == "foreign-write"
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("cloud")) == 287


def test_a_hand_after_a_hand_is_left_to_the_sweep(cloud: Cloud) -> None:
    ready(cloud)
    cloud.hand(AP, "cloud", balance=D(7))
    cloud.hand(AP, "cloud", balance="seven")
    events(cloud)
    assert cloud.incidents() == ["foreign-write", "foreign-write"]
    cloud.sweep(AP)
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("cloud")) == 290


def test_a_sound_row_after_one_of_unknown_contents_is_taken_out_of_use_until_the_sweep(cloud: Cloud) -> None:
    ready(cloud)
    cloud.hand_put(AP, "cloud", balance=D(7))
    cloud.hand_put(AP, "cloud", **whole("cloud", AP))
    cloud.handle(AP)
    row = cloud.row("cloud")
    assert row is not None
    assert "ledger_balance" not in row
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("cloud")) == 290


def test_an_older_version_that_a_hand_made_sound_again_is_not_believed_though_its_own_event_is_lost(
    cloud: Cloud,
) -> None:
    ready(cloud)
    before = cloud.balance("cloud", AP)
    cloud.pay(AP, "cloud", "it", 1)
    cloud.hand(EU, "cloud", balance=D(121))  # of the version before that payment, and later than it
    cloud.deliver()
    cloud.trim()
    cloud.hand(AP, "cloud", balance=before)
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 310 - 10 * len(cloud.names) - 1
    cloud.audit()


def test_a_deleted_and_put_row_is_not_taken_for_a_new_account(cloud: Cloud) -> None:
    ready(cloud)
    cloud.hand_delete(AP, "cloud")
    cloud.hand_put(AP, "cloud", balance=D(10**6), currency="USD")
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("cloud")) == 290


def test_a_deletion_older_than_a_rebuild_puts_nothing_back(cloud: Cloud) -> None:
    ready(cloud)
    cloud.trim()
    cloud.hand_delete(AP, "cloud")
    old = cloud.records(AP)
    cloud.sweep(AP)
    cloud.pay(AP, "cloud", "it", 50)
    cloud.hand_delete(AP, "cloud")
    cloud.handle(AP, old)
    row = cloud.row("cloud")
    assert row is not None
    assert "condemned" in row
    assert "balance" not in row
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("cloud")) == 240


@pytest.mark.parametrize("change", [{"currency": "KRW"}, {"balance": D(900), "ledger_balance": D(900)}], ids=str)
@pytest.mark.parametrize(("first", "heard"), [("adopted", True), ("rebuilt", True), ("rebuilt", False)])
def test_what_a_hand_makes_of_the_first_version_elsewhere_is_found_though_the_row_was_deleted(
    cloud: Cloud, first: str, heard: bool, change: dict[str, Any]
) -> None:
    if first == "adopted":
        cloud.hand_put(AP, "cloud", balance=D(100))
        cloud.sweep(AP)
        cloud.deliver()
    else:
        cloud.create("cloud", 100)
        cloud.settle()
        cloud.hand_delete(AP, "cloud")
        cloud.trim()
        cloud.settle()
    cloud.hand_delete(AP, "cloud")
    if heard:
        cloud.handle(AP)
    else:
        cloud.trim()
    cloud.hand(EU, "cloud", **change)
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 100
    row = cloud.row("cloud")
    assert row is not None
    assert row["currency"] == "USD"
    cloud.audit()


VERSION = {"last": "op-0"}


@pytest.mark.parametrize(
    ("old", "new", "own"),
    [
        (None, {}, True),
        (VERSION, {"prev": "op-0"}, True),
        (VERSION, {"prev": "op-9"}, False),
        (VERSION, {}, False),
        (VERSION, {"prev": "op-0", "share": "it"}, False),
        (None, {"share": "it"}, False),
        (None, {"share": "it", "condemned": "event"}, True),
        (VERSION, {"prev": "op-0", "balance": D(4)}, False),
        (VERSION, {"prev": "op-0", "balance": D(4), "condemned": "event"}, True),
        (VERSION | {"condemned": "event"}, {"prev": "op-0", "balance": D(4), "condemned": "event"}, False),
        (VERSION, None, False),
    ],
    ids=str,
)
def test_a_version_is_own_work_if_it_is_sound_and_follows_the_one_before(
    cloud: Cloud, old: dict[str, Any] | None, new: dict[str, Any] | None, own: bool
) -> None:
    row = whole("cloud", AP) | {"account_id": "cloud"}
    change = Change("event", None if old is None else row | old, None if new is None else row | new)
    assert is_own_work(change, cloud.topology) is own


def test_a_change_is_about_the_row_it_has() -> None:
    assert Change("event", {"a": 1}, {"a": 2}).row == {"a": 2}
    assert Change("event", {"a": 1}, None).row == {"a": 1}
    with pytest.raises(ValueError, match="without images"):
        _ = Change("event", None, None).row
