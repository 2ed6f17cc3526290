"""The Lambda ``account-conflict-resolver``: unpack the event, call the ledger, report what failed.

``handler`` serves the streams of the accounts and of the journal table of its own region; ``reconcile`` the schedule.
"""

import functools
import json
import logging
import os
from typing import Any

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
            _log("failed", event_id=record["eventID"], error=f"{type(error).__name__}: {error}")
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
    return _HANDLERS[table](ledger(), change)


_HANDLERS = {"account-table": account_changed, "journal-table": journal_changed}


def reconcile(event: dict[str, Any], context: object) -> dict[str, Any]:
    """The sweep. Returns how many things were mended, and what is left for the next one."""
    found = sweep(ledger())
    if found.mended or found.left:
        _log("swept", mended=found.mended[:100], left=found.left[:100])
    return {"mended": len(found.mended), "left": found.left[:100]}


def _log(message: str, **fields: object) -> None:
    logger.info(json.dumps({"message": message, "region": ledger().here, **fields}, default=str))
