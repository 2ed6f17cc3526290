"""Rows that the tests put into a store, and how they look at them."""

import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from ledger.entries import JOURNAL, transfer_key
from ledger.requests import Cancelled, Item, Malformed, Reason, Store, Unreachable, Write
from ledger.writes import ACCOUNTS, change_share, new_share
from tests.simulator.values import InvalidRequest

HERE, OTHER = "ap-northeast-2", "eu-central-1"
NOW = "2026-01-01T00:00:00.000000Z"
LATER = "2026-01-01T00:00:01.000000Z"
WHATEVER = "attribute_exists(#key) OR attribute_not_exists(#key)"
FINE = Reason("None")

# What each store says to a request that is wrong whatever the rows are. The simulated one makes such a request a
# failure of the test that sent it; the boto3 client does not even send some of them.
WRONG = (Malformed, Unreachable, InvalidRequest, ArithmeticError)


def name(prefix: str = "a") -> str:
    """An id that no other test has."""
    return f"{prefix}-{uuid.uuid4()}"


def token() -> str:
    """A token that no other request has."""
    return str(uuid.uuid4())


def amount(text: str | int) -> Decimal:
    """A number, short."""
    return Decimal(text)


def share(account_id: str, balance: str | int = 100, /, **changes: Any) -> dict[str, Any]:
    """A sound share of ``HERE``. ``None`` takes an attribute away."""
    row = new_share(account_id, HERE, "USD", op="opened", now=NOW, balance=amount(balance))
    return {key: value for key, value in (row | changes).items() if value is not None}


def put(store: Store, item: Mapping[str, Any], table: str = ACCOUNTS) -> None:
    """Put a row, whatever was there."""
    key = "account_id" if table == ACCOUNTS else "entry_id"
    store.write([Write("Put", table, item, WHATEVER, names={"#key": key})], token())


def row(store: Store, account_id: str) -> Item | None:
    """A row of the accounts table."""
    return store.get([(ACCOUNTS, {"account_id": account_id})])[0]


def entry(store: Store, entry_id: str, region: str = HERE) -> Item | None:
    """A row of the journal."""
    return store.get([(JOURNAL, transfer_key(entry_id, region))])[0]


def debit(account_id: str, value: str | int = 10, **more: Any) -> Write:
    """Take money out of a share, as a transfer does."""
    checks: dict[str, Any] = {"delta": -amount(value), "floor": amount(value), "currency": "USD", "active": True}
    return change_share(account_id, HERE, op="paid", now=LATER, **checks | more)


def credit(account_id: str, value: str | int = 10, **more: Any) -> Write:
    """Put money into a share, as a transfer does."""
    checks: dict[str, Any] = {"op": "paid", "delta": amount(value), "currency": "USD", "active": True}
    return change_share(account_id, HERE, now=LATER, **checks | more)


def transfer_entry(entry_id: str, region: str = HERE, **more: Any) -> dict[str, Any]:
    """A journal entry."""
    return {**transfer_key(entry_id, region), "kind": "transfer", "amount": amount(10), **more}


def refused(request: Callable[[], object]) -> tuple[Reason, ...]:
    """The reasons for which ``request`` was cancelled, which it must be. A row that is none reads as ``None``."""
    with pytest.raises(Cancelled) as cancelled:
        request()
    return cancelled.value.reasons


def failed(item: Item | None) -> Reason:
    """A condition that did not hold for ``item``."""
    return Reason("ConditionalCheckFailed", item)


def digits(value: Any) -> str:
    """A number as it was given back: ``9`` and ``9.0`` are equal, but not the same digits."""
    return str(value)
