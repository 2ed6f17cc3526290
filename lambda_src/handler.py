"""The Lambda ``account-conflict-resolver``: unpack the event, call the ledger, report what failed.

``handler`` serves the streams of the accounts and of the journal table of its own region; ``reconcile`` the schedule.
Its log lines are JSON objects by Lambda's own formatter (LogFormat JSON), with the fields that are given to ``_log`` at
their top. CloudWatch takes the figures from there (``figures/emf.py``).
"""

import functools
import logging
import os
from collections.abc import Iterable, Sequence
from typing import Any

from ages import Ages
from figures import emf, table
from figures.table import Observation
from ledger import entries
from ledger.context import Ledger
from ledger.dynamodb import decode
from ledger.reconciling import reconcile as sweep
from ledger.resolving import account_changed, journal_changed
from ledger.restoring import Change
from ledger.start import connect, read_environment

logger = logging.getLogger("resolver")
logger.setLevel(logging.INFO)
ages = Ages()


@functools.cache
def ledger() -> Ledger:
    """The ledger of this process."""
    return connect(read_environment(os.environ))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Handle a batch of stream records; the answer names those to deliver again (ReportBatchItemFailures)."""
    failures = []
    _log_lag(event["Records"])
    for record in event["Records"]:
        try:
            done = _handle(record)
        except Exception as error:  # noqa: BLE001  one bad record, whatever it is like, never blocks a shard
            number = record["dynamodb"]["SequenceNumber"]
            _log("failed", logging.ERROR, event_id=record["eventID"], error=f"{type(error).__name__}: {error}")
            failures.append({"itemIdentifier": number})
        else:
            if done:
                fields = {"event_id": record["eventID"], "keys": record["dynamodb"]["Keys"], "things": done}
                _log("done", figures=[Observation(table.SETTLED, [done])], **fields)
    return {"batchItemFailures": failures}


def _log_lag(records: Sequence[dict[str, Any]]) -> None:
    """How late this batch is. Streams tell times in whole seconds."""
    created = [record["dynamodb"].get("ApproximateCreationDateTime") for record in records]
    if known := [moment for moment in created if isinstance(moment, int | float)]:
        lag = max(0.0, ledger().clock.now().timestamp() - min(known))
        _log("batch", figures=[Observation(table.RESOLVER_LAG, [round(lag, 3)])], records=len(records))


def _handle(record: dict[str, Any]) -> int:
    name = record["eventSourceARN"].split("/")[1]
    images = record["dynamodb"]
    change = Change(
        event_id=record["eventID"],
        old=decode(images["OldImage"]) if "OldImage" in images else None,
        new=decode(images["NewImage"]) if "NewImage" in images else None,
    )
    if name == entries.JOURNAL and _is_new_incident(change):
        fields = {"entry_id": change.row["entry_id"], "reason": change.row.get("reason")}
        _log("incident", logging.WARNING, figures=[Observation(table.INCIDENTS, [1])], **fields)
    return _HANDLERS[name](ledger(), change)


def _is_new_incident(change: Change) -> bool:
    """Whether this region has found something that should not have happened; every region reports its own."""
    row = change.row
    return change.old is None and row.get("kind") == "incident" and row["region"] == ledger().here + entries.INCIDENT


_HANDLERS = {"account-table": account_changed, "journal-table": journal_changed}


def reconcile(event: dict[str, Any], context: object) -> dict[str, Any]:
    """The sweep. Returns how many things were mended, and what is left for the next one."""
    found = sweep(ledger())
    done, left = len(found.mended), len(found.left)
    if done or left:
        figures = [Observation(table.MENDED, [done]), Observation(table.LEFT, [left])]
        _log("swept", figures=figures, things=done, open=left, mended=found.mended[:100], left=found.left[:100])
    for line in ages.look(found.on_the_way, ledger().clock.now().timestamp()):
        _log("on the way", figures=line)
    return {"mended": done, "left": found.left[:100]}


def _log(message: str, level: int = logging.INFO, /, *, figures: Iterable[Observation] = (), **fields: object) -> None:
    seen = emf.members(figures, ledger().clock.now().timestamp())
    logger.log(level, message, extra={"region": ledger().here, **fields, **seen})
