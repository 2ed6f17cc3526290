"""Writes that do not fit the row as a hand has left it, or no row at all: nothing is written, and it is told apart."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.requests import Malformed, Store, Write
from ledger.shares import Counter
from ledger.writes import ACCOUNTS, change_share, no_entry, put_entry, put_share, shift_share
from tests.integration.store.rows import (
    HERE,
    LATER,
    OTHER,
    WRONG,
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


def _accept(key: str) -> Write:
    accepts = {OTHER: Counter(seen=amount(0), new=amount(9))}
    return change_share(key, HERE, op="paid", now=LATER, delta=amount(9), accepts=accepts)


def _shift(key: str) -> Write:
    counters = {("granted", OTHER): amount(1)}
    return shift_share(
        key, HERE, op="paid", now=LATER, delta=amount(0), counters=counters, resets={}, rebuilt=amount(1)
    )


TEXT = {"balance": "100", "ledger_balance": "100"}
MISFITS: dict[str, tuple[Callable[[str], Write], dict[str, Any]]] = {
    "a counter below no map": (_accept, {"accepted": None}),
    "a counter below a number": (_accept, {"accepted": amount(3)}),
    "a counter below a list": (_accept, {"accepted": []}),
    "a counter that is a text": (_shift, {"granted": {OTHER: "3"}, "rebuilt": amount(1)}),
    "counters shifted below no map": (_shift, {"granted": None, "rebuilt": amount(1)}),
    "a balance that is a text": (credit, TEXT),
    "no operation before": (credit, {"last": None}),
    "more digits than 38": (lambda key: credit(key, "0.01"), dict.fromkeys(TEXT, amount("9" * 38))),
    "more than the largest": (
        lambda key: credit(key, "9.9E+125"), dict.fromkeys(TEXT, amount("9.9E+125")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("misfit", MISFITS)
@pytest.mark.parametrize("alone", [True, False])
def test_an_update_that_does_not_fit_the_row_is_malformed(store: Store, misfit: str, alone: bool) -> None:
    write, changes = MISFITS[misfit]
    key, transfer = name(), name("t")
    put(store, share(key, **changes))
    others = [] if alone else [put_entry(transfer_entry(transfer)), no_entry(name("t"), HERE)]
    with pytest.raises(Malformed):
        store.write([write(key), *others], token())
    assert row(store, key) == share(key, **changes)
    assert entry(store, transfer) is None


def test_a_condition_that_does_not_hold_comes_before_an_update_that_does_not_fit(store: Store) -> None:
    key = name()
    put(store, share(key, region=OTHER, accepted=None))
    with pytest.raises(Exception, match="ConditionalCheckFailed"):
        store.write([_accept(key)], token())


def _with_value(value: Any) -> Callable[[str], Write]:
    return lambda key: put_share(share(key, granted=value))


BLANK = Write("Put", ACCOUNTS, {"account_id": ""}, "attribute_not_exists(#id)", names={"#id": "account_id"})
WRONGS: dict[str, Callable[[str], Write]] = {
    "an empty key": lambda _: BLANK,
    "a key that is a number": lambda _: put_share({"account_id": amount(1)}),
    "no key": lambda _: put_share({"balance": amount(1)}),
    "39 digits": _with_value(amount("1" * 39)),
    "39 digits in a map": _with_value({OTHER: amount("0." + "1" * 39)}),
    "a number too large": _with_value(amount("1E+126")),
    "a number too small": _with_value(amount("1E-131")),
    "an index key that is a number": lambda key: put_share(share(key, bucket=amount(1))),
    "an empty index key": lambda key: put_share(share(key, bucket="")),
    "a value that is not used": lambda key: Write(
        "Update", ACCOUNTS, {"account_id": key}, "attribute_not_exists(#b)", "SET #b = :b",
        {"#b": "balance"}, {":b": amount(1), ":c": amount(2)},
    ),
    "a name that is not used": lambda key: Write(
        "Update", ACCOUNTS, {"account_id": key}, "attribute_not_exists(#b)", "SET #b = :b",
        {"#b": "balance", "#c": "currency"}, {":b": amount(1)},
    ),
    "a reserved word": lambda key: Write(
        "Update", ACCOUNTS, {"account_id": key}, "attribute_not_exists(region)", "SET #b = :b",
        {"#b": "balance"}, {":b": amount(1)},
    ),
    "a change of the key": lambda key: Write(
        "Update", ACCOUNTS, {"account_id": key}, "attribute_not_exists(#b)", "SET #b = :b",
        {"#b": "account_id"}, {":b": "b"},
    ),
    "paths that overlap": lambda key: Write(
        "Update", ACCOUNTS, {"account_id": key}, "attribute_not_exists(#b)", "SET #b = :b, #b.#c = :b",
        {"#b": "granted", "#c": "c"}, {":b": "b"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONGS)
@pytest.mark.parametrize("alone", [True, False])
def test_a_request_that_no_row_could_make_right_is_refused(store: Store, wrong: str, alone: bool) -> None:
    key, transfer = name(), name("t")
    others = [] if alone else [put_entry(transfer_entry(transfer))]
    with pytest.raises(WRONG):
        store.write([WRONGS[wrong](key), *others], token())
    assert row(store, key) is None
    assert entry(store, transfer) is None


def test_two_actions_on_one_row_are_refused(store: Store) -> None:
    key = name()
    put(store, share(key))
    with pytest.raises(WRONG):
        store.write([debit(key), credit(key, op="another")], token())
    assert row(store, key) == share(key)
