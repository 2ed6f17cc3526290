"""Which calls the hosts and functions have made: noted by the cloud, once for each kind, and read by the tests.

AWS would have refused what a role's policy does not allow; the cloud of a rehearsal answers everything. So what was
called is held against the deployed policies afterwards (``policies.py``).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.rehearsal import places

FOLDER = places.LOGS / "calls"
CONTROL_TABLE = "control-table"
WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
"""A transaction needs the permission of each of its parts."""


@dataclass(frozen=True, slots=True)
class Call:
    """One kind of call. ``access_key`` says whose; ``leading_key``: the partition, where a policy looks at that."""

    access_key: str
    action: str
    resource: str
    leading_key: str | None = None


class Notebook:
    """Writes down each call that is not there yet."""

    def __init__(self, name: str) -> None:
        FOLDER.mkdir(exist_ok=True)
        self._file = FOLDER / f"{name}.jsonl"
        self._known: set[Call] = set()

    def note(self, call: Call) -> None:
        """Write it down."""
        if call not in self._known:
            self._known.add(call)
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(call)) + "\n")


def noted() -> set[Call]:
    """All calls that were written down."""
    return {Call(**json.loads(line)) for file in FOLDER.glob("*.jsonl") for line in _lines(file)}


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def credential(authorization: str) -> tuple[str, str, str] | None:
    """Access key, region and service of a signed request's Authorization header."""
    _, separator, rest = authorization.partition("Credential=")
    scope = rest.partition(",")[0].split("/")
    return (scope[0], scope[2], scope[3]) if separator and len(scope) == 5 else None


def table_calls(access_key: str, region: str, account: str, operation: str, body: Mapping[str, Any]) -> Iterator[Call]:
    """The permissions that one DynamoDB request needs."""
    for action, table, keys in _parts(operation, body):
        arn = f"arn:aws:dynamodb:{region}:{account}:table/{table}"
        if index := body.get("IndexName"):
            arn += f"/index/{index}"
        leading = keys.get("pk", {}).get("S") if table == CONTROL_TABLE else None
        yield Call(access_key, f"dynamodb:{action}", arn, leading)


def _parts(operation: str, body: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Action, table and key of everything that the request does."""
    if operation == "TransactWriteItems":
        for item in body["TransactItems"]:
            for kind, part in item.items():
                yield WRITES[kind], part["TableName"], part.get("Key") or part.get("Item", {})
    elif operation == "TransactGetItems":
        for item in body["TransactItems"]:
            yield "GetItem", item["Get"]["TableName"], item["Get"]["Key"]
    elif operation == "BatchGetItem":
        for table, wanted in body["RequestItems"].items():
            for key in wanted["Keys"]:
                yield operation, table, key
    else:
        yield operation, body["TableName"], body.get("Key") or body.get("Item") or _queried(body)


def _queried(body: Mapping[str, Any]) -> dict[str, Any]:
    """The partition of a query whose condition begins with it, ``#p = :p``."""
    name, _, value = str(body.get("KeyConditionExpression", "")).partition("=")
    named = body.get("ExpressionAttributeNames", {}).get(name.strip(), name.strip())
    values: Mapping[str, Any] = body.get("ExpressionAttributeValues", {})
    return {named: values.get(value.split()[0], {})} if value.split() else {}


FUNCTION_PATH = re.compile(r"/2015-03-31/functions/([^/]+)/configuration")
MAPPINGS_PATH = re.compile(r"/2015-03-31/event-source-mappings")
RPC_PATH = re.compile(r"/service/[^/]+/operation/(\w+)")


def service_call(access_key: str, region: str, service: str, account: str, request: Mapping[str, Any]) -> Call:
    """The permission that a request to another service than DynamoDB needs.

    ``request``: its ``path``, its ``target`` (header X-Amz-Target), its ``body`` as text.
    """
    service = {"monitoring": "cloudwatch"}.get(service, service)
    operation, name = _operation(request)
    resources = {
        "lambda": f"arn:aws:lambda:{region}:{account}:function:{name}",
        "sqs": f"arn:aws:sqs:{region}:{account}:{name}",
        "ssm": f"arn:aws:ssm:{region}:{account}:parameter{name}",
    }
    return Call(access_key, f"{service}:{operation}", resources.get(service, "*") if name else "*")


def _operation(request: Mapping[str, Any]) -> tuple[str, str]:
    """The request's operation and the name of what it is about."""
    path: str = request["path"]
    if match := FUNCTION_PATH.fullmatch(path):
        return "GetFunctionConfiguration", match[1]
    if MAPPINGS_PATH.match(path):
        return "ListEventSourceMappings", ""
    if match := RPC_PATH.fullmatch(path):
        return match[1], ""
    if target := request["target"]:
        return target.rpartition(".")[2], _name(json.loads(request["body"] or "{}"))
    form = dict(parse_qsl(request["body"]))
    return form.get("Action", f"? {path}"), _name(form)


def _name(body: Mapping[str, Any]) -> str:
    return str(body.get("Name") or body.get("QueueName") or body.get("QueueUrl", "").rpartition("/")[2])
