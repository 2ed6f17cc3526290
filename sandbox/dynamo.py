"""DynamoDB in this process, all regions behind one endpoint: the only module that imports ministack.

Requests go straight to ministack's DynamoDB handlers, without the rest of that program: it would open ports,
start threads and talk to Docker for services that nobody uses here. Its handlers are plain functions that run
on the event loop one at a time, so every request is atomic, and so is the application of a replicated write.
"""

import copy
import inspect
import json
import logging
import os
import re
import uuid
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.asgi import Receive, Scope, Send, TooLarge, headers_of, read_body, respond
from sandbox.config import ACCOUNT
from sandbox.replication import Change, Image

# Read by ministack when it is imported: everybody works in one account, whatever the credentials are.
os.environ["MINISTACK_ACCOUNT_ID"] = ACCOUNT

from ministack.core.responses import request_scope
from ministack.services import dynamodb, dynamodb_streams

log = logging.getLogger(__name__)

JSON_TYPE = "application/x-amz-json-1.0"
LARGEST_REQUEST = 16 * 1024 * 1024
CREDENTIAL = re.compile(r"Credential=[^/,\s]+/\d{8}/([a-z0-9-]+)/dynamodb/aws4_request")
SERVICES = {"DynamoDB_20120810": dynamodb, "DynamoDBStreams_20120810": dynamodb_streams}
PARTIQL_READ = re.compile(r"\s*select\b", re.IGNORECASE)
HOOKED = {
    "_replicate_write": ("table", "event_name", "old_item", "new_item"),
    "_emit_stream_event": ("table_name", "event_name", "old_item", "new_item", "replicate"),
    "_set_item": ("table", "pk_val", "sk_val", "item"),
    "_remove_item": ("table", "pk_val", "sk_val"),
}

type OnWrite = Callable[[str, str, Hashable, Image | None], None]


class IncompatibleEngine(RuntimeError):
    """This release of ministack is not built the way the sandbox needs it."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A table's stream in one region. ``end`` is how many records there have been. No ``arn``: no such table."""

    arn: str
    end: int


class DynamoDB:
    """The tables of all regions. ``on_write`` hears of every write that programs and people make."""

    def __init__(self, tables: Sequence[Mapping[str, Any]], regions: Sequence[str], on_write: OnWrite) -> None:
        _check_hooks()
        self._definitions = tables
        self._regions = regions
        self._on_write = on_write
        self.tables = frozenset(str(table["TableName"]) for table in tables)
        dynamodb._replicate_write = self._written
        self.create_tables()

    def create_tables(self) -> None:
        """Make all tables in every region, empty; those that exist are dropped."""
        dynamodb.reset()
        for region in self._regions:
            for definition in self._definitions:
                with request_scope(ACCOUNT, region):
                    status, _, body = dynamodb._create_table(copy.deepcopy(dict(definition)))
                if status != 200:
                    raise IncompatibleEngine(f"cannot create {definition['TableName']} in {region}: {body.decode()}")

    def _written(self, table: dict[str, Any], event_name: str, old_item: Image | None, new_item: Image | None) -> None:
        """Take ministack's own (instantaneous) replication's place."""
        if table["TableName"] not in self.tables or old_item == new_item:
            return
        item = new_item if new_item is not None else old_item
        assert item is not None  # a write has an image before or after it
        self._on_write(dynamodb.get_region(), table["TableName"], _key(table, item), copy.deepcopy(new_item))

    def apply(self, region: str, change: Change) -> None:
        """Write another region's change into ``region``'s table: into its stream too, but not back to others."""
        with request_scope(ACCOUNT, region):
            table = dynamodb._tables.get(change.table)
            if table is None:
                log.warning("%s: there is no table %s any more, a change is lost", region, change.table)
                return
            assert isinstance(change.key, tuple)
            previous = table["items"].get(change.key[0], {}).get(change.key[1])
            image = copy.deepcopy(change.image)
            if image is not None:
                dynamodb._set_item(table, *change.key, image)
                event = "MODIFY" if previous else "INSERT"
            elif previous is not None:
                dynamodb._remove_item(table, *change.key)
                event = "REMOVE"
            else:
                return
            dynamodb._emit_stream_event(change.table, event, previous, image, replicate=False)

    def stream(self, region: str, table: str) -> Stream:
        """The current stream of ``table`` in ``region``."""
        with request_scope(ACCOUNT, region):
            arn = dynamodb._tables.get(table, {}).get("LatestStreamArn", "")
            return Stream(arn=arn, end=dynamodb.stream_end_position(table, account_id=ACCOUNT, region=region))

    def position_after(self, region: str, table: str, sequence_number: str, start: int) -> int | None:
        """How many records there were up to ``sequence_number``, searched from ``start``; ``None`` if not found."""
        records = dynamodb.stream_records_since(table, start, 1_000_000, account_id=ACCOUNT, region=region)
        for index, record in enumerate(records):
            if record["dynamodb"]["SequenceNumber"] == sequence_number:
                return start + index + 1
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve DynamoDB's and its streams' protocol (ASGI)."""
        try:
            status, headers, body = await self._answer(headers_of(scope), await read_body(receive, LARGEST_REQUEST))
        except TooLarge:
            status, headers, body = _error(413, "RequestEntityTooLarge", "The request is larger than 16 MiB")
        except Exception:
            log.exception("the engine failed on a request")
            status, headers, body = _error(500, "InternalServerError", "The engine failed; its log says how")
        # ministack leaves AWS's content type to the part of it that is not used here.
        await respond(send, status, body, {**headers, "Content-Type": JSON_TYPE, "x-amzn-RequestId": str(uuid.uuid4())})

    async def _answer(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        service, _, action = headers.get("x-amz-target", "").partition(".")
        if service not in SERVICES:
            return _error(400, "UnknownOperationException", "The sandbox serves DynamoDB and DynamoDB Streams only")
        signed = CREDENTIAL.search(headers.get("authorization", ""))
        if signed is None:
            return _error(400, "MissingAuthenticationTokenException", "Request is missing Authentication Token")
        partiql = action in {"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"}
        if partiql and (refusal := _refuse_partiql_write(body)):
            return refusal
        # Without the account of the credentials: a key id of twelve digits would mean another account's tables.
        with request_scope(ACCOUNT, signed.group(1)):
            status, answer_headers, answer = await SERVICES[service].handle_request("POST", "/", headers, body, {})
        return status, answer_headers, answer if isinstance(answer, bytes) else answer.encode()


def _key(table: Mapping[str, Any], item: Image) -> tuple[str, str]:
    sort_name = table["sk_name"]
    sort_key = dynamodb._extract_key_val(item[sort_name]) if sort_name else "__no_sort__"
    return dynamodb._extract_key_val(item[table["pk_name"]]), sort_key


def _check_hooks() -> None:
    for name, wanted in HOOKED.items():
        function = getattr(dynamodb, name, None)
        found = tuple(inspect.signature(function).parameters) if callable(function) else ()
        if found != wanted:
            raise IncompatibleEngine(
                f"the sandbox hooks into ministack.services.dynamodb.{name}({', '.join(wanted)}), but this release"
                f" has {f'({", ".join(found)})' if found else 'no such function'}."
                " Install the release that requirements/dev.txt names, with: make sandbox"
            )


def _refuse_partiql_write(body: bytes) -> tuple[int, dict[str, str], bytes] | None:
    """ministack writes PartiQL's INSERT, UPDATE and DELETE past its streams, so no region would ever hear of them."""
    try:
        request = json.loads(body)
        statements = [request, *request.get("Statements", []), *request.get("TransactStatements", [])]
        written = [statement["Statement"] for statement in statements if "Statement" in statement]
        writes = not all(map(PARTIQL_READ.match, written))
    except (ValueError, AttributeError, TypeError):
        return None  # not well-formed: ministack says so better
    if not writes:
        return None
    return _error(
        400,
        "ValidationException",
        "The sandbox does not carry PartiQL's writes to other regions: use put-item, update-item or delete-item;"
        " a statement to read begins with SELECT",
    )


def _error(status: int, code: str, message: str) -> tuple[int, dict[str, str], bytes]:
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}).encode()
    return status, {"x-amzn-ErrorType": code}, body
