"""A sign of life of each region's bastion in the control table: how old the others' are, says how replication is.

CloudWatch's ReplicationLatency is minutes late, and says nothing while nothing is written.
"""

from datetime import UTC, datetime
from typing import Any

TABLE = "control-table"
PARTITION = "selftest"  # the only one that the bastion may write
INTERVAL = 15.0  # seconds


def _key(region: str) -> dict[str, Any]:
    return {"pk": {"S": PARTITION}, "sk": {"S": f"heartbeat~{region}"}}


def write(client: Any, region: str) -> None:
    """Leave a sign of life at ``client``'s endpoint, which is ``region``'s own."""
    client.put_item(TableName=TABLE, Item={**_key(region), "at": {"S": datetime.now(UTC).isoformat()}})


def read(client: Any, region: str) -> datetime | None:
    """When ``region`` left the newest sign that has come to ``client``'s endpoint."""
    item = client.get_item(TableName=TABLE, Key=_key(region)).get("Item")
    return datetime.fromisoformat(item["at"]["S"]) if item else None
