"""``GET /account/{account_id}``, ``GET /transfer/{transfer_id}`` and ``GET /healthcheck``."""

import pytest

from ledger import entries
from ledger.dynamodb import decode, encode
from tests.integration.api import faults
from tests.integration.api.cloud import AWAY, HOME, App, Cloud, Fault

NOBODY = "3f0f6a3e-6d0a-5c0e-9a53-0c8f2f1b7d11"


def test_an_account_shows_where_its_money_is(cloud: Cloud, home: App, away: App) -> None:
    away.create("cloud", 1000)
    home.create("it", 0)
    cloud.replicate()
    away.pay("cloud", "it", 10)
    cloud.replicate()
    here, there = home.get("/account/cloud/").json(), away.get("/account/cloud").json()
    assert here["balance"] == there["balance"] == "990.00"
    assert (here["available_here"], here["available_elsewhere"], here["region"]) == ("0.00", "990.00", HOME)
    assert (there["available_here"], there["available_elsewhere"], there["region"]) == ("990.00", "0.00", AWAY)
    assert (
        here["shares"]
        == there["shares"]
        == [
            {"region": HOME, "balance": "0.00"},
            {"region": AWAY, "balance": "990.00"},
        ]
    )


def test_an_account_that_has_not_arrived_yet_is_asked_for_at_home(home: App, away: App) -> None:
    home.create("cloud", 1000)
    shown = away.get("/account/cloud").json()
    assert (shown["balance"], shown["available_here"], shown["available_elsewhere"]) == ("1000.00", "0.00", "1000.00")


def test_an_unknown_account_is_a_404(home: App, away: App) -> None:
    for app in (home, away):
        response = app.get("/account/nobody")
        assert (response.status_code, response.json()["code"]) == (404, "unknown-account")
        assert response.json()["account_id"] == "nobody"


def test_a_transfer_is_shown_in_any_region(home: App, away: App) -> None:
    home.create("cloud", 1000)
    home.create("it", 0)
    paid = home.pay("cloud", "it", 10).json()
    path = f"/transfer/{paid['transfer_id']}"
    for response in (home.get(path), home.get(f"{path}/"), away.get(path)):
        assert (response.status_code, response.json()) == (200, paid)
    assert home.get(f"/transfer/{paid['transfer_id'].upper()}").json() == paid


def test_an_unknown_transfer_is_a_404(home: App) -> None:
    response = home.get(f"/transfer/{NOBODY}")
    assert (response.status_code, response.json()["code"]) == (404, "unknown-transfer")


def test_a_transfer_that_two_regions_executed_stands_once(cloud: Cloud, home: App, away: App) -> None:
    for account_id in ("cloud", "it"):
        away.create(account_id, 1000)
    cloud.replicate()
    home.pay("cloud", "it", 1)  # opens nothing new: the shares of both regions are there now
    cloud.replicate()
    first = home.pay("cloud", "it", 1, idempotency_key="k").json()
    second = away.pay("cloud", "it", 1, idempotency_key="k").json()
    assert (first["transfer_id"], first["region"], second["region"]) == (second["transfer_id"], HOME, AWAY)
    cloud.replicate()
    for app in (home, away):
        shown = app.get(f"/transfer/{first['transfer_id']}").json()
        assert shown == {**first, "undone_in": [AWAY]}


def test_a_voided_execution_says_so_in_the_statement(cloud: Cloud, home: App) -> None:
    home.create("cloud", 1000)
    home.create("it", 0)
    paid = home.pay("cloud", "it", 10).json()
    entry = next(row for row in cloud.items(HOME, "journal-table") if row["entry_id"]["S"] == paid["transfer_id"])
    cloud.put(HOME, "journal-table", encode(entries.void(decode(entry), AWAY, "2999-01-01T00:00:01.000000Z")))
    assert home.get("/account/it/transfers").json()["items"] == [{**paid, "status": "voided"}]


@pytest.mark.parametrize("path", ["/healthcheck", "/healthcheck/"])
def test_the_health_check_asks_the_table(cloud: Cloud, home: App, path: str) -> None:
    response = home.get(path)
    assert (response.status_code, response.json()) == (200, {"status": "ok", "region": HOME})
    assert response.headers["Cache-Control"] == "no-store"
    assert [call.operation for call in cloud.calls] == ["GetItem"]


@pytest.mark.parametrize(
    "fault",
    [faults.cut(HOME), faults.time_out(HOME), faults.refuse("ResourceNotFoundException", "GetItem")],
    ids=["cut", "timeout", "no table"],
)
def test_the_health_check_fails_with_the_table(cloud: Cloud, home: App, fault: Fault) -> None:
    cloud.faults.append(fault)
    response = home.get("/healthcheck")
    assert (response.status_code, response.json()["regions"]) == (503, [HOME])
    assert response.headers["Cache-Control"] == "no-store"


def test_the_health_check_does_not_mind_another_region(cloud: Cloud, home: App) -> None:
    cloud.faults.append(faults.cut(AWAY))
    assert home.get("/healthcheck").status_code == 200
