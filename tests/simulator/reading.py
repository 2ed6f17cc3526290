"""What a client reads, and whether it adds up. It may be old, and of two accounts at different moments."""

from decimal import Decimal
from typing import NamedTuple

from ledger import accounts, statements, transfers
from ledger.accounts import Account
from ledger.context import Ledger


class Reading(NamedTuple):
    """What was read, and what is wrong with it (nothing: ``""``)."""

    what: str
    wrong: str


def account(name: str, ledger: Ledger) -> Reading:
    """One account."""
    return Reading("account", _objection(accounts.read(ledger, name)))


def accounts_page(ledger: Ledger) -> Reading:
    """The first page of all accounts."""
    shown, _ = accounts.page(ledger, 3)
    ids = [each.account_id for each in shown]
    if ids != sorted(set(ids)):
        return Reading("accounts", f"not in order: {ids}")
    return Reading("accounts", next(filter(None, map(_objection, shown)), ""))


def statement(name: str, ledger: Ledger) -> Reading:
    """The newest transfers of an account."""
    page, _ = statements.page(ledger, name, 5)
    strangers = [each for each in page if name not in (each.transfer.from_account, each.transfer.to_account)]
    return Reading("statement", f"{name} has no part in {strangers}" if strangers else "")


def transfer(transfer_id: str, ledger: Ledger) -> Reading:
    """One transfer."""
    found = transfers.read(ledger, transfer_id)
    return Reading("transfer", "" if found.transfer.transfer_id == transfer_id else f"{transfer_id} is {found}")


def _objection(shown: Account) -> str:
    """Money on the way is never below zero, and balance, parts and regions agree, however torn the rows are."""
    held = shown.holdings
    parts = held.here + held.elsewhere + held.in_transit
    regions = sum(held.by_region.values(), Decimal(0)) + held.in_transit
    right = held.in_transit >= 0 and held.balance == parts == regions
    return "" if right else f"{shown}"
