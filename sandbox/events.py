"""The events with which AWS calls the Lambda, and the letters it writes when it gives up."""

import base64
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.config import ACCOUNT, SHARD
from sandbox.delivery import Record

FUNCTION_NAME = "account-conflict-resolver"
TIMEOUT = 60.0


def stream_records(records: Sequence[Mapping[str, Any]], stream_arn: str) -> list[dict[str, Any]]:
    """Records of GetRecords as boto3 gives them, in the shape in which Lambda gets them."""
    return [{**record, "dynamodb": _plain(record["dynamodb"]), "eventSourceARN": stream_arn} for record in records]


def _plain(value: Any) -> Any:
    """Values that boto3 has turned into Python's, as they stand in Lambda's JSON."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime):
        return value.timestamp()
    return value


def schedule_event(region: str, rule: str) -> dict[str, Any]:
    """The event of an EventBridge schedule."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [f"arn:aws:events:{region}:{ACCOUNT}:rule/{rule}"],
        "detail": {},
    }


@dataclass(frozen=True, slots=True)
class Context:
    """Lambda's context object, as far as it says something here."""

    region: str
    function_name: str = FUNCTION_NAME
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 256
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started_at: float = field(default_factory=lambda: datetime.now(UTC).timestamp())

    @property
    def invoked_function_arn(self) -> str:
        """The function's name for AWS."""
        return f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until AWS would end the call."""
        return max(0, int((self.started_at + TIMEOUT - datetime.now(UTC).timestamp()) * 1000))


def dead_letter(record: Record, region: str, *, error: str | None, attempts: int) -> dict[str, Any]:
    """What the mapping's failure destination gets: where the record stands in its stream, not the record."""
    change = record["dynamodb"]
    arrived = datetime.fromtimestamp(change["ApproximateCreationDateTime"], UTC).isoformat()
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": Context(region).invoked_function_arn,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": attempts,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled" if error else None,
        },
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(),
        "DDBStreamBatchInfo": {
            "shardId": SHARD,
            "startSequenceNumber": change["SequenceNumber"],
            "endSequenceNumber": change["SequenceNumber"],
            "approximateArrivalOfFirstRecord": arrived,
            "approximateArrivalOfLastRecord": arrived,
            "batchSize": 1,
            "streamArn": record["eventSourceARN"],
        },
    }
