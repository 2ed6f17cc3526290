"""In the place of the Lambda's code: writes down what it is called with, and fails when a record says so.

A record whose new image has an attribute ``raise`` makes the call raise, one with ``report`` is reported as failed;
with a number in it only until the record has been seen that often.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

_seen: Counter[str] = Counter()


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Take records of a stream."""
    records = event["Records"]
    _write_down({"region": os.environ["LEDGER_REGION"], "pid": os.getpid(), "records": records})
    for record in records:
        image = record["dynamodb"].get("NewImage", {})
        _seen[record["eventID"]] += 1
        if _fails(record, image.get("raise")):
            raise RuntimeError("told to raise")
        if _fails(record, image.get("report")):
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def _fails(record: Mapping[str, Any], order: Mapping[str, Any] | None) -> bool:
    return order is not None and _seen[record["eventID"]] <= int(order.get("N", 10**9))


def reconcile(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Mend what is marked in this region's table, by removing it."""
    endpoints = dict(pair.split("=", 1) for pair in os.environ["LEDGER_ENDPOINTS"].split(","))
    region = os.environ["LEDGER_REGION"]
    table = boto3.resource("dynamodb", region_name=region, endpoint_url=endpoints[region]).Table("account-table")
    marked = [item for item in table.scan(ConsistentRead=True)["Items"] if item.get("mend_in") == region]
    for item in marked:
        table.delete_item(Key={"account_id": item["account_id"]})
    return {"mended": len(marked)}


def _write_down(call: Mapping[str, Any]) -> None:
    with Path(os.environ["STANDIN_CALLS"]).open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(call) + "\n")
