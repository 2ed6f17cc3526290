"""The transfers of an account, newest first."""

from dataclasses import dataclass
from heapq import merge

from ledger import entries
from ledger.context import Ledger
from ledger.entries import JOURNAL, Transfer, read_transfer
from ledger.requests import Item, Query

SENT = ("transfers-by-sender", "from_account")
RECEIVED = ("transfers-by-recipient", "to_account")


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
    all_found = list(merge(*pages, key=lambda item: str(item["position"]), reverse=True))
    newest = all_found[:limit]
    following = str(newest[-1]["position"]) if len(all_found) > limit else None
    found = [(execution, item) for item in newest if (execution := read_transfer(item)) is not None]
    keys = [(JOURNAL, entries.void_key(execution.transfer_id, execution.region)) for execution, _ in found]
    voids = ledger.local.get(keys) if keys else []
    lines = [
        Line(execution, void is not None, item["position"])
        for (execution, item), void in zip(found, voids, strict=True)
    ]
    return lines, following


def _query(ledger: Ledger, index: str, attribute: str, account_id: str, limit: int, before: str | None) -> list[Item]:
    return ledger.local.query(
        Query(JOURNAL, index, attribute, account_id, "position", limit, descending=True, before=before)
    )
