"""The program that everybody writes first: read both accounts, compute, put both. The negative control.

It checks funds, answers only after both writes, and pays one payment at a time: with one table it is right. On a
global table, where another region does the same, it loses money.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from typing import Any

import boto3

from ledger.start import read_environment

_one_at_a_time = threading.Lock()


@cache
def _table() -> Any:
    configuration = read_environment(os.environ)
    url = configuration.endpoints[configuration.region]
    return boto3.resource("dynamodb", region_name=configuration.region, endpoint_url=url).Table("account-table")


def _create(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    row = {"account_id": body["account_id"], "balance": Decimal(str(body["balance"])), "currency": body["currency"]}
    _table().put_item(Item=row)
    return 201, body


def _transfer(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    amount = Decimal(str(body["amount"]))
    with _one_at_a_time:
        payer, payee = (
            _table().get_item(Key={"account_id": body[side]}, ConsistentRead=True)["Item"]
            for side in ("from_account", "to_account")
        )
        if payer["balance"] < amount:
            return 409, {"code": "insufficient-funds"}
        payer["balance"] -= amount
        payee["balance"] += amount
        _table().put_item(Item=payer)
        _table().put_item(Item=payee)
    return 200, {"transfer_id": ""}


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
