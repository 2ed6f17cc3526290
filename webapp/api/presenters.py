"""Answers, from what the ledger returns: amounts as strings with all minor digits of their currency."""

from collections.abc import Sequence
from typing import Any

from ledger.accounts import Account
from ledger.entries import Transfer
from ledger.money import text
from ledger.statements import Line
from ledger.transfers import Record

POSTED = "posted"
VOIDED = "voided"


def account(found: Account) -> dict[str, Any]:
    """An account as its region sees it."""
    held, currency = found.holdings, found.currency
    return {
        "account_id": found.account_id,
        "currency": currency,
        "status": found.status,
        "balance": text(held.balance, currency),
        "available_here": text(held.here, currency),
        "available_elsewhere": text(held.elsewhere, currency),
        "in_transit": text(held.in_transit, currency),
        "region": found.here,
        "shares": [{"region": region, "balance": text(sum_, currency)} for region, sum_ in held.by_region.items()],
        "created_at": found.created_at,
    }


def transfer(executed: Transfer, status: str = POSTED) -> dict[str, Any]:
    """One execution of a transfer."""
    return {
        "transfer_id": executed.transfer_id,
        "from_account": executed.from_account,
        "to_account": executed.to_account,
        "amount": text(executed.amount, executed.currency),
        "currency": executed.currency,
        "reference": executed.reference,
        "region": executed.region,
        "executed_at": executed.executed_at,
        "status": status,
    }


def record(found: Record) -> dict[str, Any]:
    """A transfer as it stands; ``undone_in`` only where other regions had executed the same id."""
    shown = transfer(found.transfer)
    if found.undone_in:
        shown["undone_in"] = list(found.undone_in)
    return shown


def line(found: Line) -> dict[str, Any]:
    """One line of an account's statement."""
    return transfer(found.transfer, VOIDED if found.voided else POSTED)


def page(items: Sequence[dict[str, Any]], next_cursor: str | None) -> dict[str, Any]:
    """One page of a list."""
    return {"items": list(items), "next_cursor": next_cursor}
