"""Writes to and reads from the regional tables of a sandbox, as by hand."""

import time
from collections.abc import Callable
from typing import Any

from sandbox.testing import Sandbox

HOME, OTHER = "ap-northeast-2", "eu-central-1"


def put(sandbox: Sandbox, region: str, account_id: str, **attributes: Any) -> None:
    sandbox.client(region).put_item(TableName="account-table", Item={"account_id": {"S": account_id}, **attributes})


def get(sandbox: Sandbox, region: str, account_id: str) -> dict[str, Any] | None:
    answer = sandbox.client(region).get_item(
        TableName="account-table", Key={"account_id": {"S": account_id}}, ConsistentRead=True
    )
    item: dict[str, Any] | None = answer.get("Item")
    return item


def on_the_way(sandbox: Sandbox) -> dict[tuple[str, str], int]:
    return {(link["from"], link["to"]): link["on_the_way"] for link in sandbox.status()["links"]}


def eventually(condition: Callable[[], bool], seconds: float = 3.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


def stream(sandbox: Sandbox, region: str, table: str = "account-table") -> list[dict[str, Any]]:
    client = sandbox.client(region, "dynamodbstreams")
    arn = sandbox.client(region).describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = client.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records: list[dict[str, Any]] = client.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    return records
