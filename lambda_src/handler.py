"""The Lambda ``account-conflict-resolver``: unpack the event, call the ledger, report what failed.

``handler`` serves the streams of the accounts and of the journal table of its own region; ``reconcile`` the schedule.
Its log lines are JSON objects by Lambda's own formatter (LogFormat JSON), with the fields that are given to ``_log``;
the metric filters in cloudformation/resolver.yml read them.
"""

import functools
import logging
import os
from collections import defaultdict
from decimal import Decimal
from typing import Any

from ledger import entries
from ledger.context import Ledger
from ledger.dynamodb import decode
from ledger.reconciling import reconcile as sweep
from ledger.resolving import account_changed, journal_changed
from ledger.restoring import Change
from ledger.start import connect, read_environment

logger = logging.getLogger("resolver")
logger.setLevel(logging.INFO)


@functools.cache
def ledger() -> Ledger:
    """The ledger of this process."""
    return connect(read_environment(os.environ))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Handle a batch of stream records; the answer names those to deliver again (ReportBatchItemFailures)."""
    failures = []
    for record in event["Records"]:
        try:
            done = _handle(record)
        except Exception as error:  # noqa: BLE001  one bad record, whatever it is like, never blocks a shard
            number = record["dynamodb"]["SequenceNumber"]
            _log("failed", logging.ERROR, event_id=record["eventID"], error=f"{type(error).__name__}: {error}")
            failures.append({"itemIdentifier": number})
        else:
            if done:
                _log("done", event_id=record["eventID"], keys=record["dynamodb"]["Keys"], things=done)
    return {"batchItemFailures": failures}


def _handle(record: dict[str, Any]) -> int:
    table = record["eventSourceARN"].split("/")[1]
    images = record["dynamodb"]
    change = Change(
        event_id=record["eventID"],
        old=decode(images["OldImage"]) if "OldImage" in images else None,
        new=decode(images["NewImage"]) if "NewImage" in images else None,
    )
    if table == entries.JOURNAL and _is_new_incident(change):
        _log("incident", logging.WARNING, entry_id=change.row["entry_id"], reason=change.row.get("reason"))
    return _HANDLERS[table](ledger(), change)


def _is_new_incident(change: Change) -> bool:
    """Whether this region has found something that should not have happened; every region reports its own."""
    row = change.row
    return change.old is None and row.get("kind") == "incident" and row["region"] == ledger().here + entries.INCIDENT


_HANDLERS = {"account-table": account_changed, "journal-table": journal_changed}


def reconcile(event: dict[str, Any], context: object) -> dict[str, Any]:
    """The sweep. Returns how many things were mended, and what is left for the next one."""
    found = sweep(ledger())
    if found.mended or found.left:
        counts = {"things": len(found.mended), "open": len(found.left)}
        _log("swept", **counts, mended=found.mended[:100], left=found.left[:100])
    on_the_way: defaultdict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in found.on_the_way.values():
        on_the_way[currency] += amount
    for currency, amount in on_the_way.items():
        _log("on the way", currency=currency, amount=float(amount))  # for a graph: metrics are doubles in any case
    return {"mended": len(found.mended), "left": found.left[:100]}


def _log(message: str, level: int = logging.INFO, /, **fields: object) -> None:
    logger.log(level, message, extra={"region": ledger().here, **fields})
