"""Requests as the ledger builds them, tried on a table: what passes, what is refused, what is changed."""

from decimal import Decimal
from typing import Any

import pytest

from ledger.requests import Cancelled, Reason, Write
from ledger.shares import Counter
from ledger.writes import (
    ABSENT,
    ACCOUNTS,
    change_share,
    listed,
    new_share,
    replace_share,
    shift_share,
    status_unchanged,
)
from tests.support.cloud import AP, EU, Cloud

NOW = "2026-01-01T00:00:00.000000Z"
D = Decimal


@pytest.fixture
def cloud() -> Cloud:
    """Two regions, and an account with a granted counter."""
    made = Cloud((AP, EU))
    made.create("cloud", 100)
    return made


def change(**changes: Any) -> Write:
    """A change of the account's home share."""
    return change_share("cloud", AP, op="op-x", now=NOW, **changes)


def send(cloud: Cloud, write: Write) -> bool:
    """Whether ``write`` passed."""
    try:
        cloud.ledgers[AP].local.write([write], "token")
    except Cancelled as cancelled:
        return cancelled.reasons != (Reason("ConditionalCheckFailed", cloud.row("cloud")),)  # with the row, always
    return True


def test_a_change_moves_both_balances_and_adds_a_link_to_the_chain(cloud: Cloud) -> None:
    before = cloud.share("cloud", AP)
    assert send(cloud, change(delta=D(-30), floor=D(30), currency="USD", active=True))
    row = cloud.row("cloud")
    assert row is not None
    assert (row["balance"], row["ledger_balance"]) == (70, 70)
    assert (row["prev"], row["last"], row["last_updated"]) == (before.last, "op-x", NOW)


@pytest.mark.parametrize(
    ("conditions", "passes"),
    [
        ({"floor": D(100)}, True),
        ({"floor": D("100.01")}, False),
        ({"currency": "USD"}, True),
        ({"currency": "EUR"}, False),
        ({"active": True}, True),
        ({"grants": {EU: Counter(D(0), D(5))}, "delta": D(-5)}, True),
        ({"grants": {EU: Counter(D(1), D(5))}, "delta": D(-5)}, False),
        ({"accepts": {EU: Counter(D(0), D(5))}, "delta": D(5)}, True),
        ({"accepts": {EU: Counter(D(2), D(5))}, "delta": D(5)}, False),
        ({"status": ("frozen", 2, 1)}, True),
        ({"status": ("frozen", 3, 2)}, False),
    ],
    ids=str,
)
def test_every_condition_of_a_change_is_checked(cloud: Cloud, conditions: dict[str, Any], passes: bool) -> None:
    assert send(cloud, change(**conditions)) is passes


def test_a_counter_that_is_there_must_be_the_one_seen(cloud: Cloud) -> None:
    grant = {"grants": {EU: Counter(D(0), D(5))}, "delta": D(-5)}
    assert send(cloud, change(**grant))
    assert not send(cloud, change(**grant)), "asked twice, granted twice"
    assert cloud.share("cloud", AP).granted == {EU: 5}


@pytest.mark.parametrize(
    "by_hand", [{"balance": D(99)}, {"region": EU}, {"ledger_balance": "100"}, {"share": "it"}], ids=str
)
def test_the_guard_refuses_a_row_that_a_hand_has_changed(cloud: Cloud, by_hand: dict[str, Any]) -> None:
    cloud.hand(AP, "cloud", **by_hand)
    assert not send(cloud, change(delta=D(1)))


def test_a_change_sent_under_another_regions_name_is_refused(cloud: Cloud) -> None:
    assert not send(cloud, change_share("cloud", EU, op="op-x", now=NOW, delta=D(1)))


def test_a_shift_is_relative_and_keeps_later_writes(cloud: Cloud) -> None:
    send(cloud, change(delta=D(-10)))
    shift = shift_share(
        "cloud",
        AP,
        op="op-y",
        now=NOW,
        delta=D(7),
        counters={("granted", EU): D(3), ("accepted", EU): D(4)},
        resets={"status": ("active", "frozen"), "bucket": ("account", ABSENT), "note": (ABSENT, "x")},
        rebuilt=ABSENT,
    )
    assert send(cloud, shift)
    share = cloud.share("cloud", AP)
    assert [share.balance, share.granted, share.accepted, share.status] == [97, {EU: 3}, {EU: 4}, "frozen"]
    row = cloud.row("cloud")
    assert row is not None
    assert "bucket" not in row
    assert not send(cloud, shift), "the attributes to put back are not as they were any more"


def test_a_shift_older_than_a_rebuild_is_refused(cloud: Cloud) -> None:
    cloud.hand(AP, "cloud", rebuilt="op-r")
    shift: dict[str, Any] = {"op": "y", "now": NOW, "delta": D(7), "counters": {}, "resets": {}}
    assert not send(cloud, shift_share("cloud", AP, rebuilt=ABSENT, **shift))
    assert not send(cloud, shift_share("cloud", AP, rebuilt="op-q", **shift))
    assert send(cloud, shift_share("cloud", AP, rebuilt="op-r", **shift))


def test_a_row_is_replaced_only_as_it_was_seen(cloud: Cloud) -> None:
    seen = cloud.row("cloud")
    row = listed(new_share("cloud", AP, "USD", op="new", now=NOW))
    assert send(cloud, replace_share(row, seen))
    assert not send(cloud, replace_share(row, seen))
    assert not send(cloud, replace_share(row, None))


def test_a_status_check_passes_if_the_home_share_is_unknown_or_as_copied(cloud: Cloud) -> None:
    def passes(key: str, version: int) -> bool:
        try:
            cloud.ledgers[AP].local.write([status_unchanged(key, "active", version)], f"{key}-{version}")
        except Cancelled:
            return False
        return True

    assert passes("nobody", 7)
    assert passes("cloud", 1)
    assert not passes("cloud", 2)


def test_the_hot_path_touches_no_attribute_of_an_index() -> None:
    update = change(delta=D(1), floor=D(1), currency="USD", active=True).update
    assert "#currency =" not in update
    assert "#status =" not in update
    assert ACCOUNTS == "account-table"
