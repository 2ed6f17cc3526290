"""``POST /transfer``."""

import pytest

from tests.integration.api import faults
from tests.integration.api.cloud import AWAY, HOME, App, Cloud


@pytest.fixture(autouse=True)
def accounts(home: App) -> None:
    """An account with money and one without."""
    home.create("cloud", 1000)
    home.create("it", 0)


def test_it_moves_money(home: App) -> None:
    response = home.pay("cloud", "it", 500)
    assert response.status_code == 200
    paid = response.json()
    assert len(paid.pop("transfer_id")) == 36
    assert paid.pop("executed_at").endswith("Z")
    assert paid == {
        "from_account": "cloud",
        "to_account": "it",
        "amount": "500.00",
        "currency": "USD",
        "reference": None,
        "region": "ap-northeast-2",
        "status": "posted",
    }
    assert (home.balance("cloud"), home.balance("it")) == ("500.00", "500.00")


def test_the_path_may_end_in_a_slash(home: App) -> None:
    body = {"from_account": "cloud", "to_account": "it", "amount": "0.01"}
    assert home.post("/transfer/", body).status_code == 200


def test_the_reference_is_kept(home: App) -> None:
    reference = "Rechnung 4711 – ✓ 결제 👩‍👩‍👧"
    body = {"from_account": "cloud", "to_account": "it", "amount": 1, "reference": reference}
    paid = home.post("/transfer", body).json()
    assert paid["reference"] == reference
    assert home.get(f"/transfer/{paid['transfer_id']}").json()["reference"] == reference
    assert home.get("/account/it/transfers").json()["items"][0]["reference"] == reference


def test_no_reference_and_null_are_the_same(home: App) -> None:
    body = {"from_account": "cloud", "to_account": "it", "amount": 1}
    first = home.post("/transfer", body, idempotency_key="k")
    again = home.post("/transfer", {**body, "reference": None}, idempotency_key="k")
    assert (again.status_code, again.json()) == (200, first.json())


def test_a_repetition_with_the_same_key_pays_once(cloud: Cloud, home: App, away: App) -> None:
    first = home.pay("cloud", "it", 500, idempotency_key="k")
    again = home.pay("cloud", "it", "500.00", idempotency_key="k")
    cloud.replicate()
    abroad = away.pay("cloud", "it", 500, idempotency_key="k")
    assert first.json() == again.json() == abroad.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == abroad.headers["Idempotency-Replayed"] == "true"
    assert home.balance("it") == "500.00"


def test_without_a_key_every_request_pays(home: App) -> None:
    keys = {home.pay("cloud", "it", 1).headers["Idempotency-Key"] for _ in range(2)}
    assert len(keys) == 2
    assert home.balance("it") == "2.00"


def test_a_key_that_was_made_here_can_be_repeated(home: App) -> None:
    first = home.pay("cloud", "it", 1)
    again = home.pay("cloud", "it", 1, idempotency_key=first.headers["Idempotency-Key"])
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")


def test_the_same_key_with_another_body_is_refused(home: App) -> None:
    home.pay("cloud", "it", 1, idempotency_key="k")
    response = home.pay("cloud", "it", 2, idempotency_key="k")
    assert (response.status_code, response.json()["code"]) == (422, "idempotency-key-reused")


def test_a_key_is_not_shared_between_the_two_calls(home: App) -> None:
    home.create("other", idempotency_key="k")
    assert home.pay("cloud", "it", 1, idempotency_key="k").status_code == 200


def test_a_refusal_is_not_remembered(home: App) -> None:
    assert home.pay("it", "cloud", 1, idempotency_key="k").status_code == 409
    home.pay("cloud", "it", 1)
    assert home.pay("it", "cloud", 1, idempotency_key="k").status_code == 200


def test_too_little_money_is_refused_with_what_there_is(home: App) -> None:
    response = home.pay("cloud", "it", "1000.01")
    assert response.status_code == 409
    problem = response.json()
    assert {name: problem[name] for name in ("code", "currency", "available_here", "available_elsewhere")} == {
        "code": "insufficient-funds",
        "currency": "USD",
        "available_here": "1000.00",
        "available_elsewhere": "0.00",
    }
    assert home.balance("cloud") == "1000.00"


@pytest.mark.parametrize(("sender", "recipient", "unknown"), [("cloud", "x", "x"), ("x", "it", "x"), ("x", "y", "x")])
def test_an_unknown_account_is_named(home: App, sender: str, recipient: str, unknown: str) -> None:
    response = home.pay(sender, recipient, 1)
    assert (response.status_code, response.json()["code"]) == (404, "unknown-account")
    assert response.json()["account_id"] == unknown


def test_two_currencies_do_not_mix(home: App) -> None:
    home.create("won", 1000, "KRW")
    response = home.pay("cloud", "won", 1)
    assert (response.status_code, response.json()["code"]) == (409, "currency-mismatch")


def test_the_amount_must_fit_the_currency(home: App) -> None:
    home.create("won", 1000, "KRW")
    home.create("more-won", 1000, "KRW")
    response = home.pay("won", "more-won", "0.5")
    assert (response.status_code, response.json()["field"]) == (400, "amount")


def test_a_frozen_account_is_refused(cloud: Cloud, home: App) -> None:
    (row,) = [item for item in cloud.items(HOME, "account-table") if item["account_id"]["S"] == "it"]
    cloud.put(HOME, "account-table", {**row, "status": {"S": "frozen"}})
    response = home.pay("cloud", "it", 1)
    assert (response.status_code, response.json()["code"]) == (409, "account-frozen")
    assert response.json()["account_id"] == "it"


def test_money_of_another_region_is_used_when_it_is_needed(cloud: Cloud, away: App) -> None:
    cloud.replicate()
    paid = away.pay("cloud", "it", 300)
    assert (paid.status_code, paid.json()["region"]) == (200, AWAY)
    shown = away.get("/account/it").json()
    assert shown["available_here"] == "300.00"


def test_without_the_other_region_what_is_visible_is_told(cloud: Cloud, away: App) -> None:
    cloud.replicate()
    cloud.faults.append(faults.cut(HOME))
    response = away.pay("cloud", "it", 300, idempotency_key="k")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    problem = response.json()
    assert {name: problem[name] for name in problem if name not in ("title", "type", "detail", "request_id")} == {
        "status": 503,
        "code": "region-unreachable",
        "regions": [HOME],
        "currency": "USD",
        "available_here": "0.00",
        "available_elsewhere": "1000.00",
        "in_transit": "0.00",
    }
    cloud.faults.clear()
    assert away.pay("cloud", "it", 300, idempotency_key="k").status_code == 200


def test_local_money_is_paid_while_the_other_region_is_away(cloud: Cloud, home: App) -> None:
    cloud.faults.append(faults.cut(AWAY))
    assert home.pay("cloud", "it", 300, idempotency_key="k").status_code == 200
