"""System accounts over HTTP: anybody may pay in and look, nobody may take out or open one, whatever the key."""

import pytest
from pytest_django import Settings

from access.system_accounts import adjustments_account
from console import adjustments
from ledger.money import ZERO
from tests.integration.api.cloud import App, Cloud
from tests.integration.api.keyed import make

SYSTEM = adjustments_account("USD")


@pytest.fixture
def opened(home: App) -> App:
    """With an adjustments account that has 10.00, and one of a customer."""
    home.create("cloud", 1000)
    adjustments.open_account(home.ledger, "ann", "USD", ZERO, "why", None)
    assert home.pay("cloud", SYSTEM, 10).status_code == 200
    return home


@pytest.mark.parametrize("scope", ["transfer", "admin", "none, open access"])
def test_no_caller_takes_money_out_of_one(cloud: Cloud, opened: App, settings: Settings, scope: str) -> None:
    settings.LEDGER_OPEN_ACCESS = scope.startswith("none")
    key = (
        {} if scope.startswith("none") else {"authorization": make(opened, scope, debits=("*",)[: scope == "transfer"])}
    )
    before = cloud.books()
    response = opened.pay(SYSTEM, "cloud", 1, **key)
    assert (response.status_code, response.json()["code"]) == (403, "debit-not-allowed")
    assert "only operators debit it, in the admin" in response.json()["detail"]
    assert response.json()["account_id"] == SYSTEM
    assert cloud.books() == before


def test_everybody_may_look_at_one_and_pay_into_it(opened: App) -> None:
    assert opened.balance(SYSTEM) == "10.00"
    assert SYSTEM in [account["account_id"] for account in opened.get("/accounts").json()["items"]]


def test_no_caller_opens_one(cloud: Cloud, home: App) -> None:
    for account_id in (SYSTEM, "system:x", "system:"):
        response = home.post("/create_account", {"account_id": account_id, "balance": 1})
        assert (response.status_code, response.json()["field"]) == (400, "account_id")
        assert "Choose another id" in response.json()["detail"]
    assert home.create("systems", 1).status_code == 201
    assert home.create("System:x", 1).status_code == 201
