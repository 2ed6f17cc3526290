"""The tables in DynamoDB: the only module that imports boto3.

One low-level client per process and region. boto3's defaults hurt here: 60 s timeouts, ten connections.
"""

from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from ledger.requests import Cancelled, Contended, Item, Key, Malformed, Query, Reason, Unreachable, Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONNECT_TIMEOUT = 1.0  # seconds
READ_TIMEOUT = 3.0  # seconds
HEALTH_TIMEOUT = 1.0  # seconds, for both
ATTEMPTS = 2  # of each request
POOL = 32  # connections, at least the threads of a process
BATCH = 100  # keys that one BatchGetItem takes
SCAN_PAGE = 500  # items that one Scan evaluates

# Cancellation reasons and errors that say "not now": nothing was written and the same request may be sent again.
# DynamoDB Developer Guide, "Error handling with DynamoDB" and API Reference, "TransactWriteItems".
_CONTENDED = {
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingError",
    "ThrottlingException",
}
# The request as a whole, or one action of a transaction, does not fit the row as it stands.
_MALFORMED = {"ValidationException", "ValidationError"}

_serialize = TypeSerializer().serialize
# What a hand may have written, too: DynamoDB gives 9E125 back as 126 digits, of which 38 at most are not zero.
_NUMBERS = Context(prec=38, traps=[])


def encode(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item in DynamoDB's JSON: ``{"balance": {"N": "10"}}``."""
    return {name: _serialize(value) for name, value in item.items()}


def decode(image: Mapping[str, Any]) -> dict[str, Any]:
    """The native item in DynamoDB's JSON, as it stands in answers and in the events of a stream.

    boto3's own deserializer refuses numbers with many zeros, and binaries as they stand in an event (base64).
    """
    return {name: _native(attribute) for name, attribute in image.items()}


def _native(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return _number(value)
        case "B":
            return _binary(value)
        case "NULL":
            return None
        case "M":
            return decode(value)
        case "L":
            return [_native(element) for element in value]
        case "SS":
            return set(value)
        case "NS":
            return {_number(element) for element in value}
        case "BS":
            return {_binary(element) for element in value}
        case _:  # S, BOOL
            return value


def _number(text: str) -> Decimal:
    return _NUMBERS.create_decimal(text)


def _binary(value: bytes | str) -> bytes:
    return b64decode(value) if isinstance(value, str) else value


class DynamoStore:
    """``Store`` at one region's endpoint. ``url``: another endpoint than AWS's own."""

    def __init__(
        self, region: str, url: str | None = None, *, read_timeout: float = READ_TIMEOUT, attempts: int = ATTEMPTS
    ) -> None:
        self._client = _client(region, url, read_timeout, attempts)
        self._health = _client(region, url, HEALTH_TIMEOUT, attempts=1)

    def write(self, writes: Sequence[Write], token: str) -> None:
        """See ``Store``."""
        if len(writes) == 1 and writes[0].action != "ConditionCheck":
            self._write_one(writes[0])
            return
        actions = [{write.action: _parameters(write)} for write in writes]
        self._call(self._client.transact_write_items, TransactItems=actions, ClientRequestToken=token)

    def _write_one(self, write: Write) -> None:
        send = self._client.put_item if write.action == "Put" else self._client.update_item
        self._call(send, **_parameters(write))

    def get(self, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """See ``Store``."""
        found: dict[tuple[str, frozenset[tuple[str, str]]], Item] = {}
        wanted = [(table, frozenset(key.items())) for table, key in keys]
        pending = list(dict.fromkeys(wanted))
        while pending:
            batch, pending = pending[:BATCH], pending[BATCH:]
            answer = self._call(self._client.batch_get_item, RequestItems=_request_items(batch))
            items = [(table, decode(image)) for table, images in answer["Responses"].items() for image in images]
            by_key = {(table, _key_of(table, item, batch)): item for table, item in items}
            found.update(by_key)
            if answer.get("UnprocessedKeys"):
                raise Contended("BatchGetItem left keys unprocessed")
        return [found.get(key) for key in wanted]

    def query(self, query: Query) -> list[Item]:
        """See ``Store``."""
        names = {"#hash": query.hash_name}
        values: dict[str, Any] = {":hash": query.hash_value}
        condition = "#hash = :hash"
        for value, clause in (
            (query.before, "#range < :range"),
            (query.after, "#range > :range"),
            (query.prefix, "begins_with(#range, :range)"),
        ):
            if value is not None:
                names["#range"] = query.range_name
                values[":range"] = value
                condition += f" AND {clause}"
        # An index cannot be read consistently, the table can (API Reference, "Query": ConsistentRead).
        where: dict[str, Any] = {"IndexName": query.index} if query.index is not None else {"ConsistentRead": True}
        answer = self._call(
            self._client.query,
            TableName=query.table,
            **where,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=encode(values),
            ScanIndexForward=not query.descending,
            Limit=query.limit,
        )
        return [decode(image) for image in answer["Items"]]

    def scan(self, table: str, segment: int = 0, segments: int = 1) -> Iterator[Sequence[Item]]:
        """See ``Store``."""
        page: dict[str, Any] = {"TableName": table, "ConsistentRead": True, "Limit": SCAN_PAGE}
        if segments > 1:
            page |= {"Segment": segment, "TotalSegments": segments}
        while True:
            answer = self._call(self._client.scan, **page)
            yield [decode(image) for image in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return
            page["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def ping(self) -> None:
        """See ``Store``."""
        self._call(self._health.get_item, TableName="account-table", Key=encode({"account_id": "~healthcheck"}))

    def _call(self, operation: Callable[..., Any], **parameters: Any) -> Any:
        try:
            return operation(**parameters)
        except ClientError as error:
            raise _translate(error) from error
        except (HTTPClientError, BotoCoreError) as error:
            raise Unreachable(type(error).__name__) from error


def _client(region: str, url: str | None, read_timeout: float, attempts: int) -> "DynamoDBClient":
    config = Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=read_timeout,
        max_pool_connections=POOL,
        parameter_validation=False,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    return boto3.client("dynamodb", region_name=region, endpoint_url=url, config=config)


def _parameters(write: Write) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "TableName": write.table,
        "ConditionExpression": write.condition,
        "ExpressionAttributeNames": write.names,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        ("Item" if write.action == "Put" else "Key"): encode(write.key),
    }
    if write.values:
        parameters["ExpressionAttributeValues"] = encode(write.values)
    if write.update:
        parameters["UpdateExpression"] = write.update
    return parameters


def _request_items(batch: Sequence[tuple[str, frozenset[tuple[str, str]]]]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for table, key in batch:
        keys = tables.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"]
        keys.append(encode(dict(key)))
    return tables


def _key_of(
    table: str, item: Item, batch: Sequence[tuple[str, frozenset[tuple[str, str]]]]
) -> frozenset[tuple[str, str]]:
    names = next(key for asked, key in batch if asked == table)
    return frozenset((name, item[name]) for name, _ in names)


def _translate(error: ClientError) -> Exception:
    """The seam's exception for DynamoDB's. What is not named here is a fault of the endpoint: ``Unreachable``."""
    answer: Mapping[str, Any] = error.response
    code = answer["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return Cancelled([_reason({"Code": "ConditionalCheckFailed", "Item": answer.get("Item")})])
    if code == "TransactionCanceledException":
        reasons = answer.get("CancellationReasons", [])
        codes = {reason["Code"] for reason in reasons}
        if codes & _CONTENDED:
            return Contended(", ".join(sorted(codes)))
        if codes & _MALFORMED:
            return Malformed(str(error))
        return Cancelled([_reason(reason) for reason in reasons])
    if code in _CONTENDED:
        return Contended(code)
    if code in _MALFORMED:
        return Malformed(str(error))
    return Unreachable(code)


def _reason(reason: Mapping[str, Any]) -> Reason:
    item = reason.get("Item")
    return Reason(reason["Code"], decode(item) if item else None)
