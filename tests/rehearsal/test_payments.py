"""Payments in both regions, with a key that an operator made."""

from functools import partial

import pytest

from tests.rehearsal.operator import Operator, call
from tests.rehearsal.places import REGIONS
from tests.rehearsal.waiting import until

pytestmark = pytest.mark.usefixtures("site")

SEOUL, FRANKFURT = REGIONS


def api(operator: Operator, region: str, path: str) -> str:
    """An address of the region's API."""
    return f"http://{operator.public_address('app', region)}:8080{path}"


def test_a_call_without_a_key_is_refused(operator: Operator) -> None:
    assert call("GET", api(operator, SEOUL, "/accounts")).status == 401


def test_a_payment_in_one_region_is_seen_in_the_other(operator: Operator, key: str) -> None:
    # A new key is known in the other region once its row has arrived there.
    until(lambda: call("GET", api(operator, FRANKFURT, "/accounts"), key=key).status == 200, 20, "the key arrives")
    for account, balance in (("cloud", 1000), ("it", 0)):
        body = {"account_id": account, "balance": balance, "currency": "USD"}
        assert call("POST", api(operator, SEOUL, "/create_account"), body, key=key).status == 201
    body = {"from_account": "cloud", "to_account": "it", "amount": "500"}
    paid = call("POST", api(operator, FRANKFURT, "/transfer"), body, key=key)
    assert paid.status == 200, paid
    assert paid.body["region"] == FRANKFURT
    for region in REGIONS:
        account = api(operator, region, "/account/it")
        until(partial(_has, account, "500.00", key), 20, f"it is seen in {region}")


def _has(account: str, balance: str, key: str) -> bool:
    return bool(call("GET", account, key=key).body["balance"] == balance)


@pytest.mark.parametrize("region", REGIONS)
def test_the_books_are_right(operator: Operator, region: str) -> None:
    audit = operator.host("app", region).run("account-manage audit")
    assert audit.rc == 0, audit.stdout + audit.stderr


@pytest.mark.parametrize("region", REGIONS)
def test_the_app_runs_as_its_user_under_systemd(operator: Operator, region: str) -> None:
    service = operator.host("app", region).service("account-app")
    assert service.is_running
    assert service.is_enabled
    assert service.systemd_properties["User"] == "account-app"


@pytest.mark.parametrize("region", REGIONS)
def test_no_secret_is_in_the_environment_of_the_app(operator: Operator, region: str) -> None:
    app = operator.host("app", region)
    pid = app.service("account-app").systemd_properties["MainPID"]
    environment = app.check_output(f"tr '\\0' '\\n' </proc/{pid}/environ")
    assert "DJANGO_SECRET_KEY=" not in environment
    assert app.file("/etc/account-app/DJANGO_SECRET_KEY").mode == 0o600
