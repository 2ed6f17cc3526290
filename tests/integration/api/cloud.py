"""Two regions of moto's DynamoDB with an application in each: what the API tests talk to."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from access.gate import Gate
from access.register import CONTROL
from api import books
from api.measured import measured
from ledger.context import Clock, Ledger
from ledger.start import Configuration, Remembered, SystemClock, connect
from sandbox.schema import tables
from tests.integration.api import contract

# Without encryption: moto makes a new RSA key for each encrypted table, which takes longer than most tests.
TABLES = [{name: value for name, value in table.items() if name != "SSESpecification"} for table in tables()]
HOME = "ap-northeast-2"
AWAY = "eu-central-1"
REGIONS = (HOME, AWAY)
OWNED = ("account-table", "journal-table")

type Fault = Callable[["Call"], Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a table: the region it went to, the operation, and its parameters as JSON."""

    region: str
    operation: str
    body: dict[str, Any]


@dataclass
class App:
    """The application of one region, seen from outside."""

    region: str
    ledger: Ledger
    calls: list[Call]
    gate: Gate

    def request(self, method: str, path: str, content: bytes | str = b"", **headers: str) -> HttpResponse:
        """Send a request; header names are keyword arguments with underscores (``content_type``).

        Every answer is held against the OpenAPI document.
        """
        books.use(self.ledger, self.gate)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = given.pop("content-type", "")
        response = Client(raise_request_exception=False).generic(
            method, path, content, content_type=kind, headers=given
        )
        contract.check(method, path, response)
        return response

    def get(self, path: str, **headers: str) -> HttpResponse:
        """``GET``."""
        return self.request("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> HttpResponse:
        """``POST`` of ``body`` as JSON (a string or bytes as they are)."""
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.request("POST", path, content, **{"content_type": "application/json", **headers})

    def create(self, account_id: str, balance: Any = 0, currency: str = "USD", **headers: str) -> HttpResponse:
        """Create an account, which must succeed."""
        response = self.post(
            "/create_account", {"account_id": account_id, "balance": balance, "currency": currency}, **headers
        )
        assert response.status_code == 201, response.content
        return response

    def pay(self, from_account: str, to_account: str, amount: Any, **headers: str) -> HttpResponse:
        """Ask for a transfer."""
        return self.post(
            "/transfer", {"from_account": from_account, "to_account": to_account, "amount": amount}, **headers
        )

    def balance(self, account_id: str) -> str:
        """An account's balance as this region sees it."""
        balance: str = self.get(f"/account/{account_id}").json()["balance"]
        return balance


@dataclass
class Cloud:
    """Both regions.

    ``calls`` has every request to a table. A fault may answer it or raise in its place; a loss may raise when it
    has been carried out.
    """

    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    losses: list[Fault] = field(default_factory=list)
    apps: dict[str, App] = field(default_factory=dict)
    clock: Clock = field(default_factory=SystemClock)

    def build(self) -> None:
        """Connect to both regions. That is slow, so it is done once for many tests; see ``empty``."""
        boto3.setup_default_session()
        session = boto3.DEFAULT_SESSION
        assert session is not None
        session.events.register("before-call.dynamodb", self._called)
        session.events.register("after-call.dynamodb", self._answered)
        self._clients = {region: boto3.client("dynamodb", region_name=region) for region in REGIONS}
        self._ledgers = {region: connect(Configuration(region, REGIONS, {})) for region in REGIONS}

    def empty(self) -> None:
        """Make the tables anew from the template, and the applications, which remember nothing."""
        self.faults.clear()
        self.losses.clear()
        self.clock = SystemClock()
        dynamodb_backends.reset()
        for client in self._clients.values():
            for table in TABLES:
                client.create_table(**table)
        self.apps = {region: self.app(region) for region in REGIONS}
        self.calls.clear()

    def set_clock(self, clock: Clock) -> None:
        """Give the applications another clock, and let them remember nothing."""
        self.clock = clock
        for region, app in self.apps.items():
            made = self.app(region)
            app.ledger, app.gate = made.ledger, made.gate

    def app(self, region: str) -> App:
        """Another process of the application. It writes the last use of a key at once."""
        ledger = measured(replace(self._ledgers[region], currencies=Remembered(), clock=self.clock))
        return App(region, ledger, self.calls, Gate(ledger, settings.LEDGER_KEY_RATE, later=lambda job: job()))

    def _called(self, model: Any, params: Any, context: Any, **_: Any) -> Any:
        call = Call(context["client_region"], model.name, json.loads(params["body"]))
        self.calls.append(call)
        for fault in self.faults:
            if (answer := fault(call)) is not None:
                return answer
        return None

    def _answered(self, **_: Any) -> None:
        for loss in self.losses:
            loss(self.calls[-1])

    def items(self, region: str, table: str) -> list[dict[str, Any]]:
        """All rows of a table, in DynamoDB's JSON. Read behind the endpoint's back, which is much faster."""
        stored = dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables[table].all_items()
        return [{name: value.to_regular_json() for name, value in item.attrs.items()} for item in stored]

    def put(self, region: str, table: str, item: dict[str, Any]) -> None:
        """Put a row by hand."""
        self._clients[region].put_item(TableName=table, Item=item)
        self.calls.pop()

    def replicate(self) -> None:
        """Let all writes of both regions arrive in the other."""
        for table in (*OWNED, CONTROL):
            for source, target in ((HOME, AWAY), (AWAY, HOME)):
                for item in self.items(source, table):
                    if item["region"]["S"].partition("~")[0] == source:
                        self.put(target, table, item)

    def books(self) -> Any:
        """Everything that stands in the tables of both regions, for comparing."""
        return {
            (region, table): sorted(json.dumps(item, sort_keys=True) for item in self.items(region, table))
            for region in REGIONS
            for table in OWNED
        }
