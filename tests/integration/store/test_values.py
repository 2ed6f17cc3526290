"""Values read back as they were written, numbers in one form for each value."""

from typing import Any

import pytest

from ledger.requests import Store
from ledger.writes import no_entry
from tests.integration.store.rows import HERE, OTHER, amount, credit, digits, name, put, row, share, token

VALUES: dict[str, Any] = {
    "texts": ["", "ü€𝄞", "a\nb", "\x00"],
    "numbers": [amount("-1"), amount("0.1"), amount("1" * 38), amount("0." + "0" * 90 + "1")],
    "maps": {"empty": {}, "deep": {"deeper": {"list": [{}, []]}}, "a.b": amount(1), "#x": "y"},
    "others": [None, True, False, b"\x00\xff", b""],
    "sets": {"of texts": {"a", "b"}, "of numbers": {amount(1), amount("2.5")}, "of bytes": {b"a", b"\xff"}},
}
FORMS = {
    "9.0": "9",
    "0.10": "0.1",
    "1E+3": "1000",
    "0E-2": "0",
    "-0": "0",
    "-0.50": "-0.5",
    "1" * 37 + "0": "1" * 37 + "0",
    "9" * 38: "9" * 38,
    "0." + "9" * 38: "0." + "9" * 38,
    "1" * 20 + "." + "1" * 18: "1" * 20 + "." + "1" * 18,
}


@pytest.mark.parametrize("kind", VALUES)
def test_values_read_back_as_they_were_written(store: Store, kind: str) -> None:
    account = name()
    put(store, share(account, value=VALUES[kind]))
    assert row(store, account) == share(account, value=VALUES[kind])


@pytest.mark.parametrize("written", FORMS)
def test_a_number_has_one_form(store: Store, written: str) -> None:
    account = name()
    put(store, share(account, number=amount(written), nested={"x": [amount(written)]}))
    found = row(store, account)
    assert found is not None
    assert digits(found["number"]) == digits(found["nested"]["x"][0]) == FORMS[written]


def test_a_sum_has_one_form(store: Store) -> None:
    account = name()
    put(store, share(account, "0.75"))
    store.write([credit(account, "0.25"), no_entry(name("t"), HERE)], token())
    found = row(store, account)
    assert found is not None
    assert digits(found["balance"]) == "1"


def test_a_sum_of_38_digits_is_exact(store: Store) -> None:
    account = name()
    put(store, share(account, "1" * 36 + ".11"))
    store.write([credit(account, "2" * 36 + ".22")], token())
    found = row(store, account)
    assert found is not None
    assert digits(found["balance"]) == "3" * 36 + ".33"


@pytest.mark.parametrize("ledger_balance", ["9", "9.0", "0.9E+1", "900E-2"])
def test_numbers_are_compared_by_value(store: Store, ledger_balance: str) -> None:
    account = name()
    put(store, share(account, balance=amount("9.00"), ledger_balance=amount(ledger_balance)))
    store.write([credit(account, 1), no_entry(name("t"), OTHER)], token())
    found = row(store, account)
    assert found is not None
    assert found["balance"] == found["ledger_balance"] == 10
