"""A page of the list of accounts does not grow with the number of accounts: requests, and time against one GetItem.

Against AWS's own DynamoDB Local: the sandbox's engine looks at every row for each query. ``ACCOUNTS=100000`` for more.
Requests are asserted; times are printed, because they are the machine's as much as the page's.
"""

import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import boto3
import pytest
from django.test import Client

from api import books
from console import operators
from console.models import Operator
from ledger import accounts
from ledger.accounts import Application
from ledger.context import Ledger
from ledger.money import ZERO
from ledger.start import Configuration, connect
from sandbox.schema import tables
from tests.integration.api.cloud import AWAY, HOME
from tests.support import dynamodb_local

# More than a filtered page looks at, so that both read as much.
FEW, MANY = 4_000, int(os.environ.get("ACCOUNTS", "12000"))
LIST = "/admin/console/account/"
TIMES = 15


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """DynamoDB Local, or a reason why not."""
    try:
        with dynamodb_local.running() as url:
            yield url
            return
    except dynamodb_local.NotAvailable as missing:
        reason = str(missing)
    pytest.skip(reason)


def median(ask: Callable[[], object]) -> float:
    """Milliseconds."""
    found = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        ask()
        found.append((time.perf_counter() - begun) * 1000)
    return statistics.median(found)


def fill(client: Any, row: dict[str, Any], numbers: range) -> None:
    """Put accounts that look like ``row``."""

    def put(some: range) -> None:
        items = [row | {"account_id": {"S": f"customer-{number:07}"}} for number in some]
        client.batch_write_item(RequestItems={"account-table": [{"PutRequest": {"Item": item}} for item in items]})

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put, [numbers[start : start + 25] for start in range(0, len(numbers), 25)]))


@pytest.mark.timeout(900)
def test_a_page_asks_as_often_among_many_accounts_as_among_few(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    client = boto3.client("dynamodb", region_name=HOME, endpoint_url=url)
    for table in tables():
        client.create_table(**table)
    asked: list[str] = []
    assert boto3.DEFAULT_SESSION is not None
    events, note = boto3.DEFAULT_SESSION.events, lambda model, **_: asked.append(model.name)
    events.register("before-call.dynamodb", note)  # for the clients that are made from here on
    ledger = connect(Configuration(HOME, (HOME, AWAY), {HOME: url, AWAY: url}))
    accounts.create(ledger, Application("zz", ZERO, "USD", "tester", None))
    row = client.get_item(TableName="account-table", Key={"account_id": {"S": "zz"}})["Item"]
    browser, ratios, requests, made = _logged_in(ledger), {}, {}, 0
    try:
        for count in (FEW, MANY):
            fill(client, row, range(made, count))
            made, middle = count, f"customer-{count // 2:07}"
            one = median(partial(client.get_item, TableName="account-table", Key={"account_id": {"S": middle}}))
            for what, path in {
                "first": LIST,
                "middle": f"{LIST}?after={middle}",
                "rare": f"{LIST}?status=frozen",
            }.items():
                asked.clear()
                assert browser.get(path).status_code == 200
                requests[count, what] = Counter(asked)
                ratios[count, what] = median(partial(browser.get, path)) / one
        with capsys.disabled():
            print()
            for (count, what), ratio in ratios.items():
                made_of = ", ".join(f"{n} {kind}" for kind, n in sorted(requests[count, what].items()))
                print(f"{count:,} accounts, page {what!r}: {ratio:.0f} times one GetItem ({made_of})")
    finally:
        events.unregister("before-call.dynamodb", note)
        books.use(None)
    for what in ("first", "middle", "rare"):
        assert requests[MANY, what] == requests[FEW, what], (what, requests)
        assert requests[MANY, what]["Query"] >= 1


def _logged_in(ledger: Ledger) -> Client:
    books.use(ledger)
    operators.create(ledger, "ann", "inspectors", "no password")
    record = operators.find(ledger, "ann")
    assert record is not None
    browser = Client()
    browser.force_login(Operator.of(record))
    return browser
