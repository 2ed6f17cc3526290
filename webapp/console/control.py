"""Rows of the control table (``pk``, ``sk``), which every region has a copy of.

Two regions that write one row would lose one of the two writes. So a row is either put once, under a key that no other
region uses, and never changed; or it is written at the home region's endpoint only (operators).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from access.register import CONTROL as CONTROL
from access.register import FORMAT as FORMAT
from ledger.context import Ledger, timestamp
from ledger.requests import Cancelled, Item, Key, Query, Write


def key(pk: str, sk: str) -> Key:
    """A row's key."""
    return {"pk": pk, "sk": sk}


def put(ledger: Ledger, pk: str, sk: str, attributes: Mapping[str, Any]) -> bool:
    """Put a row that is not there yet, with the time and the region that it was written in.

    Returns whether it is there now: ``False`` if there was another one. An answer that was lost, and a client that
    sent the same again, make no difference.
    """
    row = {**key(pk, sk), "v": FORMAT, "region": ledger.here, "at": ledger.now(), **attributes}
    write = Write("Put", CONTROL, row, "attribute_not_exists(#pk)", names={"#pk": "pk"})
    try:
        ledger.local.write([write], ledger.new_id())
    except Cancelled as cancelled:
        return cancelled.reasons[0].item == row
    return True


def position(ledger: Ledger, now: str) -> str:
    """A sort key in order of time that no other write has, in this region or another."""
    return f"{now}~{ledger.new_id()}~{ledger.here}"


def expires(ledger: Ledger, after: timedelta) -> Decimal:
    """When DynamoDB may delete a row (time to live): seconds since 1970."""
    return Decimal(int((ledger.clock.now() + after).timestamp()))


def ago(ledger: Ledger, time: timedelta) -> str:
    """The moment ``time`` before now, as it is written."""
    return timestamp(ledger.clock.now() - time)


def moment(written: str) -> datetime:
    """The time of day in a row, from how it is written."""
    return datetime.fromisoformat(written)


def rows(
    ledger: Ledger,
    pk: str,
    limit: int,
    *,
    before: str | None = None,
    after: str | None = None,
    descending: bool = False,
) -> list[Item]:
    """Up to ``limit`` rows of ``pk`` in this region's copy, read consistently."""
    query = Query(CONTROL, None, "pk", pk, "sk", limit, descending=descending, before=before, after=after)
    return ledger.local.query(query)


def row(ledger: Ledger, pk: str, sk: str) -> Item | None:
    """One row of this region's copy, read consistently."""
    (found,) = ledger.local.get([(CONTROL, key(pk, sk))])
    return found
