"""The program that everybody writes first, behind the applications' API. The negative control.

On a global table, where another region does the same, it loses money. It is the one that the sandbox's picture shows.
"""

import json
import os
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from typing import Any

import boto3

from ledger.start import read_environment
from sandbox.picture.plain import PlainProgram


@cache
def _program() -> PlainProgram:
    configuration = read_environment(os.environ)
    url = configuration.endpoints[configuration.region]
    resource: Any = boto3.resource("dynamodb", region_name=configuration.region, endpoint_url=url)
    return PlainProgram(resource.Table("account-table"))


def _create(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    _program().create(body["account_id"], Decimal(str(body["balance"])), body["currency"])
    return 201, body


def _transfer(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    if _program().transfer(body["from_account"], body["to_account"], Decimal(str(body["amount"]))):
        return 200, {"transfer_id": ""}
    return 409, {"code": "insufficient-funds"}


_ROUTES: dict[str, Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]] = {
    "/create_account": _create,
    "/transfer": _transfer,
    "/healthcheck": lambda _: (200, {"status": "ok"}),
}


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """The WSGI application."""
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    status, answer = _ROUTES[environ["PATH_INFO"]](json.loads(raw) if raw else {})
    start_response(f"{status} -", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]
