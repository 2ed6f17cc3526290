"""Writes that are carried out: what the ledger sends changes the rows as it means to."""

from decimal import Decimal
from typing import Any

import pytest

from ledger.requests import Cancelled, Store, Write
from ledger.shares import Counter
from ledger.writes import (
    ABSENT,
    ACCOUNTS,
    change_share,
    entry_stands,
    no_entry,
    out_of_use,
    put_entry,
    put_share,
    replace_entry,
    replace_share,
    shift_share,
    status_unchanged,
)
from tests.integration.store.rows import (
    HERE,
    LATER,
    OTHER,
    amount,
    credit,
    debit,
    entry,
    name,
    put,
    row,
    share,
    token,
    transfer_entry,
)

COUNTERS = {OTHER: amount(5)}


CHANGED: dict[str, Any] = {"last": "paid", "prev": "opened", "last_updated": LATER}


def test_a_transfer_of_three_actions_changes_three_rows(store: Store) -> None:
    payer, payee, transfer = name(), name(), name("t")
    put(store, share(payer))
    put(store, share(payee))
    store.write([debit(payer), credit(payee), put_entry(transfer_entry(transfer))], token())
    assert row(store, payer) == share(payer, 90, **CHANGED)
    assert row(store, payee) == share(payee, 110, **CHANGED)
    assert entry(store, transfer) == transfer_entry(transfer)


def test_a_transfer_of_four_actions_checks_a_row_that_is_not_there(store: Store) -> None:
    payer, payee, transfer = name(), name(), name("t")
    put(store, share(payer))
    put(store, share(payee))
    actions = [debit(payer), credit(payee), put_entry(transfer_entry(transfer)), no_entry(transfer, OTHER)]
    store.write(actions, token())
    assert row(store, payer) == share(payer, 90, **CHANGED)
    assert row(store, payee) == share(payee, 110, **CHANGED)
    assert entry(store, transfer) == transfer_entry(transfer)
    assert entry(store, transfer, OTHER) is None


def test_a_debit_may_take_the_last_cent(store: Store) -> None:
    payer = name()
    put(store, share(payer, "10.01"))
    store.write([debit(payer, "10.01")], token())
    assert row(store, payer) == share(payer, 0, **CHANGED)


def test_a_lone_put_and_a_lone_update(store: Store) -> None:
    account = name()
    store.write([put_share(share(account))], token())
    assert row(store, account) == share(account)
    store.write([credit(account, "0.5")], token())
    assert row(store, account) == share(account, "100.5", **CHANGED)


def test_a_lone_check_is_carried_out(store: Store) -> None:
    store.write([no_entry(name("t"), HERE)], token())


def test_a_put_replaces_the_whole_row(store: Store) -> None:
    transfer = name("t")
    changed = transfer_entry(transfer, reference="x", seal="another")
    put(store, changed, "journal-table")
    store.write([replace_entry(transfer_entry(transfer), changed)], token())
    assert entry(store, transfer) == transfer_entry(transfer)
    store.write([replace_entry(transfer_entry(transfer, OTHER), None)], token())
    assert entry(store, transfer, OTHER) == transfer_entry(transfer, OTHER)


@pytest.mark.parametrize("seen", [{"seal": "of another one"}, {}, None], ids=["another seal", "no seal", "nothing"])
def test_an_entry_is_not_replaced_if_it_is_not_as_it_was_seen(store: Store, seen: dict[str, str] | None) -> None:
    transfer = name("t")
    standing = transfer_entry(transfer, reference="x", seal="as it stands")
    put(store, standing, "journal-table")
    with pytest.raises(Cancelled):
        store.write([replace_entry(transfer_entry(transfer), seen)], token())
    assert entry(store, transfer) == standing


def test_a_grant_raises_its_counter_and_lowers_the_balance(store: Store) -> None:
    giver = name()
    put(store, share(giver))
    for seen, new, left in ((0, 30, 70), (30, 45, 55)):
        delta = amount(seen - new)
        grants = {OTHER: Counter(seen=amount(seen), new=amount(new))}
        grant = change_share(giver, HERE, op=f"to {new}", now=LATER, delta=delta, floor=-delta, grants=grants)
        store.write([grant, no_entry(name("t"), HERE)], token())
        found = row(store, giver)
        assert found is not None
        assert (found["granted"], found["balance"], found["ledger_balance"]) == ({OTHER: new}, left, left)


@pytest.mark.parametrize("accepted", [{}, {OTHER: amount(0)}, {"us-east-1": amount(7)}], ids=str)
def test_a_counter_that_is_not_there_yet_counts_as_zero(store: Store, accepted: dict[str, Decimal]) -> None:
    taker = name()
    put(store, share(taker, accepted=accepted))
    store.write([_accept(taker, seen=0, new=5)], token())
    assert row(store, taker) == share(taker, 105, accepted=accepted | COUNTERS, **CHANGED)


def test_a_counter_goes_on_from_what_was_seen(store: Store) -> None:
    taker = name()
    put(store, share(taker, accepted=COUNTERS))
    store.write([_accept(taker, seen=5, new=8), no_entry(name("t"), OTHER)], token())
    assert row(store, taker) == share(taker, 103, accepted={OTHER: amount(8)}, **CHANGED)


def test_a_status_is_mirrored(store: Store) -> None:
    account = name()
    put(store, share(account))
    store.write([change_share(account, HERE, op="paid", now=LATER, status=("frozen", 2, 1))], token())
    assert row(store, account) == share(account, **CHANGED, status="frozen", status_version=amount(2))


@pytest.mark.parametrize("there", [True, False])
def test_a_status_to_copy_is_unchanged_or_has_not_arrived(store: Store, there: bool) -> None:
    account = name()
    if there:
        put(store, share(account))
    mine = f"{account}@{OTHER}"
    store.write([put_share(share(mine, 0)), status_unchanged(account, "active", 1)], token())
    assert row(store, mine) == share(mine, 0)


def test_a_foreign_write_is_taken_out_of_all_counters(store: Store) -> None:
    account = name()
    put(store, share(account, granted=COUNTERS, colour="red", rebuilt=amount(1)))
    changes: dict[str, Any] = {"counters": {("granted", OTHER): amount(-2), ("accepted", OTHER): amount(3)}}
    resets = {"colour": ("red", ABSENT), "shape": (ABSENT, "round")}
    store.write(
        [
            shift_share(
                account, HERE, op="paid", now=LATER, delta=amount(-40), **changes, resets=resets, rebuilt=amount(1)
            )
        ],
        token(),
    )
    expected = share(account, 60, granted={OTHER: amount(3)}, accepted={OTHER: amount(3)}, **CHANGED)
    assert row(store, account) == expected | {"shape": "round", "rebuilt": amount(1)}


@pytest.mark.parametrize("changes", [{}, {"ledger_balance": None}, {"balance": "ruined"}], ids=str)
def test_any_row_is_taken_out_of_use(store: Store, changes: dict[str, Any]) -> None:
    account = name()
    put(store, share(account, **changes))
    write = out_of_use(account, row(store, account), op="paid", now=LATER, event_id="e")
    store.write([write, no_entry(name("t"), HERE)], token())
    expected = changes | CHANGED | {"ledger_balance": None, "condemned": "e"}
    assert row(store, account) == share(account, **expected)


def test_a_row_without_a_chain_is_taken_out_of_use(store: Store) -> None:
    account = name()
    put(store, share(account, last=None, prev="x"))
    write = out_of_use(account, row(store, account), op="paid", now=LATER, event_id="e")
    store.write([write], token())
    expected = CHANGED | {"prev": None, "ledger_balance": None, "condemned": "e"}
    assert row(store, account) == share(account, **expected)


def test_a_missing_row_is_taken_out_of_use_with_one_that_has_no_money(store: Store) -> None:
    account = name()
    store.write([out_of_use(account, None, op="paid", now=LATER, event_id="e"), no_entry(name("t"), HERE)], token())
    expected = {"account_id": account, "v": amount(1), "last": "paid", "last_updated": LATER, "condemned": "e"}
    assert row(store, account) == expected


def test_an_entry_that_stands_is_checked_to_be_the_one_that_was_read(store: Store) -> None:
    transfer = name("t")
    standing = transfer_entry(transfer, seal="as it stands")
    put(store, standing, "journal-table")
    store.write([entry_stands(standing), no_entry(name("t"), HERE)], token())


ODD: dict[str, Any] = {
    "sound": {},
    "counters": {"granted": {OTHER: amount("1.50"), "us-east-1": amount(2)}, "accepted": {}},
    "null": {"ledger_balance": None, "granted": {"x": None}},
    "types": {"granted": [amount(1), True, "x", {"deep": {}}], "accepted": {"a", "b"}, "currency": b"\x00\xff"},
    "numbers": {"granted": {amount(1), amount(2)}, "status_version": amount("1E+3")},
    "empty": {"currency": "", "granted": [], "accepted": {"x": {}, "y": []}},
}


@pytest.mark.parametrize("odd", ODD)
def test_a_row_that_still_is_what_was_read_is_replaced(store: Store, odd: str) -> None:
    account = name()
    put(store, share(account, **ODD[odd]))
    store.write([replace_share(share(account, 7), row(store, account)), no_entry(name("t"), HERE)], token())
    assert row(store, account) == share(account, 7)


def test_a_row_that_is_not_there_is_put(store: Store) -> None:
    account = name()
    store.write([replace_share(share(account, 7), None)], token())
    assert row(store, account) == share(account, 7)


def test_an_update_creates_a_row_that_is_not_there(store: Store) -> None:
    # No write of the ledger does: all are guarded. The tests' hands do.
    account = name()
    update = Write(
        "Update",
        ACCOUNTS,
        {"account_id": account},
        "attribute_not_exists(#balance)",
        "SET #balance = :balance",
        {"#balance": "balance"},
        {":balance": amount(1)},
    )
    store.write([update], token())
    assert row(store, account) == {"account_id": account, "balance": amount(1)}


def _accept(taker: str, seen: int, new: int) -> Write:
    accepts = {OTHER: Counter(seen=amount(seen), new=amount(new))}
    return change_share(taker, HERE, op="paid", now=LATER, delta=amount(new - seen), accepts=accepts)
