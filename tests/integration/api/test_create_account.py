"""``POST /create_account``."""

from typing import Any

import pytest

from tests.integration.api import faults
from tests.integration.api.cloud import HOME, App, Cloud

CLOUD = {"account_id": "cloud", "balance": 1000, "currency": "USD"}


def test_it_creates_an_account_with_its_opening_money(home: App) -> None:
    response = home.post("/create_account", CLOUD)
    assert response.status_code == 201
    created = response.json()
    assert created.pop("created_at").endswith("Z")
    assert created == {
        "account_id": "cloud",
        "currency": "USD",
        "status": "active",
        "balance": "1000.00",
        "available_here": "1000.00",
        "available_elsewhere": "0.00",
        "in_transit": "0.00",
        "region": "ap-northeast-2",
        "shares": [{"region": "ap-northeast-2", "balance": "1000.00"}],
    }
    assert response.headers["Location"] == "/account/cloud"
    assert home.balance("cloud") == "1000.00"


def test_the_row_shows_balance_and_currency_at_the_top_level(cloud: Cloud, home: App) -> None:
    home.post("/create_account", CLOUD)
    (row,) = cloud.items(HOME, "account-table")
    assert (row["account_id"], row["balance"], row["currency"]) == ({"S": "cloud"}, {"N": "1000"}, {"S": "USD"})


def test_the_path_may_end_in_a_slash(home: App) -> None:
    assert home.post("/create_account/", CLOUD).status_code == 201


def test_the_currency_is_usd_unless_said_otherwise(home: App) -> None:
    response = home.post("/create_account", {"account_id": "cloud", "balance": "0.10"})
    assert (response.json()["currency"], response.json()["balance"]) == ("USD", "0.10")


@pytest.mark.parametrize(
    ("currency", "sent", "shown"),
    [
        ("KRW", "1000", "1000"),
        ("USD", "0", "0.00"),
        ("USD", "0.1", "0.10"),
        ("USD", "999999999999999.99", "999999999999999.99"),
        ("BHD", "1.005", "1.005"),
    ],
)
@pytest.mark.parametrize("quoted", [True, False])
def test_amounts_are_exact_as_number_and_as_string(
    home: App, currency: str, sent: str, shown: str, quoted: bool
) -> None:
    amount = f'"{sent}"' if quoted else sent
    response = home.post("/create_account", f'{{"account_id": "cloud", "balance": {amount}, "currency": "{currency}"}}')
    assert response.json()["balance"] == shown
    assert home.balance("cloud") == shown


def test_money_opened_in_another_region_can_be_spent_there_at_once(cloud: Cloud, away: App) -> None:
    created = away.post("/create_account", CLOUD).json()
    assert (created["available_here"], created["region"]) == ("1000.00", "eu-central-1")
    away.create("it", 1)
    cloud.faults.append(faults.cut(HOME))
    assert away.pay("cloud", "it", 1000).status_code == 200


def test_a_repetition_with_the_same_key_gets_the_same_answer(home: App, away: App) -> None:
    first = home.post("/create_account", CLOUD, idempotency_key="k-1")
    again = home.post("/create_account", CLOUD, idempotency_key="k-1")
    abroad = away.post("/create_account", {**CLOUD, "balance": "1000.00"}, idempotency_key="k-1")
    assert [again.status_code, abroad.status_code] == [201, 201]
    assert first.json() == again.json() == abroad.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == abroad.headers["Idempotency-Replayed"] == "true"


def test_a_key_that_was_made_here_can_be_repeated_too(home: App) -> None:
    first = home.post("/create_account", CLOUD)
    again = home.post("/create_account", CLOUD, idempotency_key=first.headers["Idempotency-Key"])
    assert (again.status_code, again.json()) == (201, first.json())


def test_an_answer_that_was_lost_can_be_asked_for_with_the_key_of_the_503(cloud: Cloud, home: App) -> None:
    cloud.losses.append(faults.time_out(HOME, "TransactWriteItems"))
    lost = home.post("/create_account", CLOUD)
    assert (lost.status_code, lost.json()["code"], lost.headers["Retry-After"]) == (503, "busy", "1")
    cloud.losses.clear()
    found = home.post("/create_account", CLOUD, idempotency_key=lost.headers["Idempotency-Key"])
    assert (found.status_code, found.headers["Idempotency-Replayed"]) == (201, "true")


def test_the_same_key_with_another_body_is_refused(home: App) -> None:
    home.post("/create_account", CLOUD, idempotency_key="k-1")
    response = home.post("/create_account", {**CLOUD, "balance": 1}, idempotency_key="k-1")
    assert (response.status_code, response.json()["code"]) == (422, "idempotency-key-reused")


def test_an_id_that_is_taken_is_refused(home: App, away: App) -> None:
    home.create("cloud")
    for app in (home, away):
        response = app.post("/create_account", CLOUD)
        assert (response.status_code, response.json()["code"]) == (409, "account-exists")


def test_nothing_is_created_while_home_is_out_of_reach(cloud: Cloud, away: App) -> None:
    cloud.faults.append(faults.cut(HOME))
    response = away.post("/create_account", CLOUD)
    assert (response.status_code, response.json()["code"]) == (503, "region-unreachable")
    assert response.json()["regions"] == [HOME]
    assert response.headers["Retry-After"] == "5"
    cloud.faults.clear()
    assert away.get("/account/cloud").status_code == 404


def test_everything_that_is_wrong_is_said_at_once(home: App) -> None:
    response = home.post("/create_account", {"account_id": 7, "currency": None, "ballance": "1"})
    assert response.status_code == 400
    assert response.json()["errors"] == [
        {"field": "account_id", "detail": "Must be a JSON string."},
        {"field": "balance", "detail": "Is required."},
        {"field": "currency", "detail": "Must not be null."},
        {"field": "ballance", "detail": "Is not a field of this request."},
    ]


@pytest.mark.parametrize("body", [CLOUD, {}, "no JSON"])
def test_the_key_stands_in_every_answer(home: App, body: Any) -> None:
    assert len(home.post("/create_account", body).headers["Idempotency-Key"]) == 36
    assert home.post("/create_account", body, idempotency_key='"q"').headers["Idempotency-Key"] == '"q"'
