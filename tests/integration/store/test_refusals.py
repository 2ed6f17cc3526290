"""Writes that are refused: nothing is written, and each action says why, with the row as it stood."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest

from ledger.requests import Store, Write
from ledger.shares import Counter
from ledger.writes import (
    ABSENT,
    change_share,
    entry_stands,
    has_entry,
    no_entry,
    no_share,
    out_of_use,
    put_entry,
    put_share,
    replace_share,
    shift_share,
    status_unchanged,
)
from tests.integration.store.rows import (
    FINE,
    HERE,
    LATER,
    NOW,
    OTHER,
    amount,
    credit,
    debit,
    entry,
    failed,
    name,
    put,
    refused,
    row,
    share,
    token,
    transfer_entry,
)


class Case(NamedTuple):
    """A write that is made from the key, and how the row differs from a sound share so that it is refused."""

    write: Callable[[str], Write]
    changes: dict[str, Any]


def _accept(key: str, seen: int = 0) -> Write:
    accepts = {OTHER: Counter(seen=amount(seen), new=amount(9))}
    return change_share(key, HERE, op="paid", now=LATER, delta=amount(9 - seen), accepts=accepts)


def _grant(key: str, seen: int = 0) -> Write:
    grants = {OTHER: Counter(seen=amount(seen), new=amount(9))}
    delta = amount(seen - 9)
    return change_share(key, HERE, op="paid", now=LATER, delta=delta, floor=-delta, grants=grants)


def _freeze(key: str) -> Write:
    return change_share(key, HERE, op="paid", now=LATER, status=("frozen", 3, 2))


def _shift(key: str, rebuilt: Any = ABSENT, found: Any = ABSENT) -> Write:
    return shift_share(
        key,
        HERE,
        op="paid",
        now=LATER,
        delta=amount(-1),
        counters={("granted", OTHER): amount(1)},
        resets={"colour": (found, "red")},
        rebuilt=rebuilt,
    )


def _retire(key: str) -> Write:
    return out_of_use(key, share(key), op="paid", now=LATER, event_id="e")


def _replace(key: str, **seen: Any) -> Write:
    return replace_share(share(key, 1), share(key, **seen))


def _seen(granted: Any) -> Callable[[str], Write]:
    return lambda key: _replace(key, granted=granted)


GUARDED: dict[str, Callable[[str], Write]] = {
    "debit": debit,
    "credit": credit,
    "accept": _accept,
    "grant": _grant,
    "shift": _shift,
}
UNGUARDED: dict[str, Callable[[str], Write]] = {"freeze": _freeze, "retire": _retire, "replace": _replace}
UNSOUND: dict[str, dict[str, Any]] = {
    "copied from another share": {"share": "another"},
    "that does not say whose it is": {"share": None},
    "of another region": {"region": OTHER},
    "of no region": {"region": None},
    "balance by a hand": {"balance": amount(1_000_000)},
    "by a fraction of a cent": {"balance": amount("100." + "0" * 30 + "1")},
    "balance of another type": {"balance": "100"},
    "without ledger_balance": {"ledger_balance": None},
    "without both": {"balance": None, "ledger_balance": None},
    "out of use": {"condemned": "e"},
}
COUNTED = {OTHER: amount(5)}
MAPS: dict[str, tuple[Any, Any]] = {
    "one more": ({OTHER: amount(5)}, {OTHER: amount(5), "x": amount(0)}),
    "one less": ({OTHER: amount(5), "x": amount(0)}, {OTHER: amount(5)}),
    "other number": ({OTHER: amount(5)}, {OTHER: amount(6)}),
    "number and text": ({OTHER: amount(5)}, {OTHER: "5"}),
    "empty and not": ({}, {OTHER: amount(0)}),
    "map and list": ({}, []),
    "deep down": ({"a": {"b": [amount(1), {"c": "d"}]}}, {"a": {"b": [amount(1), {"c": "D"}]}}),
    "order of a list": ({"a": [amount(1), amount(2)]}, {"a": [amount(2), amount(1)]}),
}
CASES: dict[str, Case] = {
    **{f"{how}: {why}": Case(write, changes) for how, write in GUARDED.items() for why, changes in UNSOUND.items()},
    "funds": Case(lambda key: debit(key, "100.01"), {}),
    "funds, below zero": Case(debit, {"balance": amount(-5), "ledger_balance": amount(-5)}),
    "currency": Case(lambda key: debit(key, currency="KRW"), {}),
    "currency of another type": Case(debit, {"currency": amount(1)}),
    "frozen payer": Case(debit, {"status": "frozen"}),
    "frozen payee": Case(credit, {"status": "frozen"}),
    "no status": Case(credit, {"status": None}),
    "accepted already": Case(_accept, {"accepted": COUNTED}),
    "accepted less than seen": Case(lambda key: _accept(key, 7), {"accepted": COUNTED}),
    "accepted nothing": Case(lambda key: _accept(key, 7), {}),
    "accepted no map": Case(lambda key: _accept(key, 7), {"accepted": None}),
    "granted already": Case(_grant, {"granted": COUNTED}),
    "granted more than seen": Case(lambda key: _grant(key, 3), {"granted": COUNTED}),
    "granted text": Case(lambda key: _grant(key, 5), {"granted": {OTHER: "5"}}),
    "a grant of too much": Case(_grant, {"balance": amount(8), "ledger_balance": amount(8)}),
    "status changed since": Case(_freeze, {"status_version": amount(3)}),
    "no status version": Case(_freeze, {"status_version": None}),
    "rebuilt since": Case(_shift, {"rebuilt": amount(1)}),
    "rebuilt again": Case(lambda key: _shift(key, rebuilt=amount(1)), {"rebuilt": amount(2)}),
    "reset since": Case(_shift, {"colour": "blue"}),
    "reset to another": Case(lambda key: _shift(key, found="blue"), {"colour": "green"}),
    "without a version since it was seen": Case(_retire, {"last": None}),
    "there by now": Case(no_share, {}),
    "share is there": Case(lambda key: put_share(share(key)), {}),
    "status to copy has changed": Case(lambda key: status_unchanged(key, "active", 1), {"status": "frozen"}),
    "its version has changed": Case(lambda key: status_unchanged(key, "active", 1), {"status_version": amount(2)}),
    "row where none was": Case(lambda key: out_of_use(key, None, op="o", now=NOW, event_id="e"), {}),
    "replaced: attribute more": Case(_replace, {"rebuilt": amount(1)}),
    "replaced: attribute less": Case(_replace, {"currency": None}),
    "replaced: NULL instead of none": Case(_seen(None), {"granted": {"x": None}}),
    **{f"replaced: map, {how}": Case(_seen(seen), {"granted": found}) for how, (seen, found) in MAPS.items()},
}


@pytest.mark.parametrize("case", CASES)
def test_a_lone_write_whose_condition_does_not_hold_gives_the_row(store: Store, case: str) -> None:
    key = name()
    there = share(key, **CASES[case].changes)
    put(store, there)
    assert refused(lambda: store.write([CASES[case].write(key)], token())) == (failed(there),)
    assert row(store, key) == there


@pytest.mark.parametrize("case", CASES)
def test_in_a_transaction_it_gives_the_row_in_its_place(store: Store, case: str) -> None:
    key, before, after, transfer = name(), name(), name(), name("t")
    there = share(key, **CASES[case].changes)
    put(store, there)
    put(store, share(before))
    writes = [credit(before), CASES[case].write(key), put_share(share(after)), put_entry(transfer_entry(transfer))]
    assert refused(lambda: store.write(writes, token())) == (FINE, failed(there), FINE, FINE)
    assert (row(store, before), row(store, key)) == (share(before), there)
    assert (row(store, after), entry(store, transfer)) == (None, None)


@pytest.mark.parametrize("how", [*GUARDED, *UNGUARDED])
@pytest.mark.parametrize("alone", [True, False])
def test_a_row_that_is_not_there_is_refused_without_a_row(store: Store, how: str, alone: bool) -> None:
    key = name()
    write = {**GUARDED, **UNGUARDED}[how](key)
    others = [] if alone else [no_entry(name("t"), HERE)]
    assert refused(lambda: store.write([write, *others], token())) == (failed(None), *(FINE for _ in others))
    assert row(store, key) is None


def test_an_entry_that_is_there_is_refused_in_its_own_and_in_another_region(store: Store) -> None:
    payer, payee, transfer = name(), name(), name("t")
    here, there = transfer_entry(transfer, amount=amount(3)), transfer_entry(transfer, OTHER, reference="x")
    for item in (share(payer), share(payee)):
        put(store, item)
    for item in (here, there):
        put(store, item, "journal-table")
    writes = [debit(payer), credit(payee), put_entry(transfer_entry(transfer)), no_entry(transfer, OTHER)]
    assert refused(lambda: store.write(writes, token())) == (FINE, FINE, failed(here), failed(there))
    assert entry(store, transfer) == here
    assert refused(lambda: store.write([put_entry(transfer_entry(transfer))], token())) == (failed(here),)


@pytest.mark.parametrize("standing", [{"seal": "of another one"}, {}, None], ids=["another seal", "no seal", "nothing"])
def test_an_entry_that_is_not_the_one_that_was_read_refuses_the_write(
    store: Store, standing: dict[str, Any] | None
) -> None:
    account, transfer = name(), name("t")
    found = None if standing is None else transfer_entry(transfer, **standing)
    if found is not None:
        put(store, found, "journal-table")
    writes = [put_share(share(account)), entry_stands(transfer_entry(transfer, seal="as it was read"))]
    assert refused(lambda: store.write(writes, token())) == (FINE, failed(found))
    assert row(store, account) is None


def test_an_entry_that_is_not_there_refuses_the_write(store: Store) -> None:
    account, transfer = name(), name("t")
    writes = [put_share(share(account)), has_entry({"entry_id": transfer, "region": HERE})]
    assert refused(lambda: store.write(writes, token())) == (FINE, failed(None))
    put(store, transfer_entry(transfer), "journal-table")
    store.write(writes, token())
    assert row(store, account) == share(account)


FAILING: list[Sequence[int]] = [[0, 1], [0, 2], [1, 3], [0, 1, 2, 3], [3]]


@pytest.mark.parametrize("positions", FAILING, ids=str)
def test_several_failures_are_all_told(store: Store, positions: Sequence[int]) -> None:
    payer, payee, transfer = name(), name(), name("t")
    rows = [
        share(payer, 9 if 0 in positions else 10),
        share(payee, status="frozen" if 1 in positions else "active"),
        transfer_entry(transfer) if 2 in positions else None,
        transfer_entry(transfer, OTHER) if 3 in positions else None,
    ]
    for item, table in zip(rows, ["account-table"] * 2 + ["journal-table"] * 2, strict=True):
        if item is not None:
            put(store, item, table)
    writes = [debit(payer), credit(payee), put_entry(transfer_entry(transfer)), no_entry(transfer, OTHER)]
    expected = tuple(failed(item) if n in positions else FINE for n, item in enumerate(rows))
    assert refused(lambda: store.write(writes, token())) == expected
    assert (row(store, payer), row(store, payee)) == (rows[0], rows[1])
