"""The transfers of an account, newest first."""

from dataclasses import dataclass
from heapq import merge

from ledger import entries
from ledger.context import Ledger
from ledger.entries import JOURNAL, Transfer, read_transfer
from ledger.requests import Item, Query

SENT = ("transfers-by-sender", "from_account")
RECEIVED = ("transfers-by-recipient", "to_account")
COPIES = 100  # entries at one place that are looked at


@dataclass(frozen=True, slots=True)
class Line:
    """One execution of a transfer in an account's statement. ``position`` is its place, for the next page."""

    transfer: Transfer
    voided: bool
    position: str


def page(ledger: Ledger, account_id: str, limit: int, before: str | None = None) -> tuple[list[Line], str | None]:
    """Up to ``limit`` executions to or from the account, newest first, older than the place ``before``.

    Also the place that the next page begins before, if there is one: what a hand has put there makes a page shorter,
    and is not the end of the list. Two index queries and one batch read (for what has been undone). Indexes lag behind
    by some milliseconds.
    """
    pages = [_query(ledger, index, attribute, account_id, limit + 1, before) for index, attribute in (SENT, RECEIVED)]
    all_found = list(merge(*pages, key=_position, reverse=True))
    newest = all_found[:limit]
    if any(_position(item) == _position(newest[-1]) for item in all_found[limit:]):
        newest = [item for item in newest if _position(item) != _position(newest[-1])]
        newest += _genuine(ledger, account_id, _position(all_found[limit]))
    following = _position(all_found[limit - 1]) if len(all_found) > limit else None
    found = [(execution, item) for item in newest if (execution := read_transfer(item)) is not None]
    keys = [(JOURNAL, entries.void_key(item)) for _, item in found]
    voids = ledger.local.get(keys) if keys else []
    lines = [
        Line(execution, void is not None, item["position"])
        for (execution, item), void in zip(found, voids, strict=True)
    ]
    return lines, following


def _position(item: Item) -> str:
    return str(item["position"])


def _genuine(ledger: Ledger, account_id: str, position: str) -> list[Item]:
    """The ledger's own entry at a place where a hand has put copies of it, so that a page cannot end between them."""
    found = (
        item
        for index, attribute in (SENT, RECEIVED)
        for item in ledger.local.query(
            Query(JOURNAL, index, attribute, account_id, "position", COPIES, prefix=position)
        )
    )
    return [item for item in found if _position(item) == position and entries.is_sealed(item)]


def _query(ledger: Ledger, index: str, attribute: str, account_id: str, limit: int, before: str | None) -> list[Item]:
    return ledger.local.query(
        Query(JOURNAL, index, attribute, account_id, "position", limit, descending=True, before=before)
    )
