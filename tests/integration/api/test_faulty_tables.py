"""When the tables refuse or do not answer."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from ledger.start import SystemClock
from tests.integration.api import faults
from tests.integration.api.cloud import AWAY, HOME, App, Cloud, Fault

WRITE = "TransactWriteItems"
PASSING = {
    "conflict": lambda times: faults.cancel("TransactionConflict", times),
    "throttled action": lambda times: faults.cancel("ThrottlingError", times),
    "in progress": lambda times: faults.refuse("TransactionInProgressException", WRITE, times),
    "throttled request": lambda times: faults.refuse("ThrottlingException", WRITE, times),
    "throughput": lambda times: faults.refuse("ProvisionedThroughputExceededException", WRITE, times),
}


@pytest.fixture(autouse=True)
def quick() -> Iterator[list[float]]:
    """Waiting costs no time; what was waited is listed."""
    waited: list[float] = []
    with (
        patch.object(SystemClock, "sleep", lambda _self, seconds: waited.append(seconds)),
        patch.object(SystemClock, "monotonic", lambda _self: sum(waited)),
    ):
        yield waited


@pytest.fixture(autouse=True)
def accounts(home: App) -> None:
    """An account with money and one without."""
    home.create("cloud", 1000)
    home.create("it", 0)


def tokens(cloud: Cloud) -> set[str]:
    """ClientRequestTokens of all transactions."""
    return {call.body["ClientRequestToken"] for call in cloud.calls if call.operation == WRITE}


@pytest.mark.parametrize("name", PASSING)
def test_contention_is_sat_out_with_the_same_token(cloud: Cloud, home: App, name: str) -> None:
    cloud.faults.append(PASSING[name](3))
    cloud.calls.clear()
    assert home.pay("cloud", "it", 5).status_code == 200
    assert len(cloud.calls) == 4
    assert len(tokens(cloud)) == 1
    cloud.faults.clear()
    assert home.balance("it") == "5.00"


@pytest.mark.parametrize("name", PASSING)
def test_endless_contention_is_a_503_that_may_be_repeated(
    cloud: Cloud, home: App, quick: list[float], name: str
) -> None:
    cloud.faults.append(PASSING[name](None))
    cloud.calls.clear()
    response = home.pay("cloud", "it", 5)
    assert (response.status_code, response.json()["code"], response.headers["Retry-After"]) == (503, "busy", "1")
    assert len(tokens(cloud)) == 1
    assert sum(quick) <= 3.0
    cloud.faults.clear()
    again = home.pay("cloud", "it", 5, idempotency_key=response.headers["Idempotency-Key"])
    assert again.status_code == 200
    assert home.balance("it") == "5.00"


@pytest.mark.parametrize("fault", [faults.time_out(HOME), faults.cut(HOME)], ids=["no answer", "no connection"])
def test_without_its_own_table_every_call_is_a_503(cloud: Cloud, home: App, fault: Fault) -> None:
    cloud.faults.append(fault)
    transfer_id = "3f0f6a3e-6d0a-5c0e-9a53-0c8f2f1b7d11"
    for response in (
        home.pay("cloud", "it", 5),
        home.post("/create_account", {"account_id": "new", "balance": 0}),
        home.get("/account/cloud"),
        home.get("/accounts"),
        home.get("/account/cloud/transfers"),
        home.get(f"/transfer/{transfer_id}"),
    ):
        assert (response.status_code, response.json()["code"], response.headers["Retry-After"]) == (503, "busy", "1")


def test_an_answer_that_was_lost_was_executed_once(cloud: Cloud, home: App) -> None:
    cloud.losses.append(faults.time_out(HOME, WRITE))
    lost = home.pay("cloud", "it", 5)
    assert lost.status_code == 503
    cloud.losses.clear()
    found = home.pay("cloud", "it", 5, idempotency_key=lost.headers["Idempotency-Key"])
    assert (found.status_code, found.headers["Idempotency-Replayed"]) == (200, "true")
    assert home.balance("it") == "5.00"


def test_a_remote_region_that_does_not_answer_is_named(cloud: Cloud, away: App) -> None:
    cloud.replicate()
    cloud.faults.append(faults.time_out(HOME))
    response = away.pay("cloud", "it", 5)
    assert (response.status_code, response.json()["code"]) == (503, "region-unreachable")
    assert response.json()["regions"] == [HOME]


def test_an_account_that_may_not_have_arrived_is_not_denied_while_home_is_away(cloud: Cloud, away: App) -> None:
    assert away.get("/account/cloud").status_code == 200
    cloud.faults.append(faults.cut(HOME))
    for path in ("/account/cloud", "/account/cloud/transfers"):
        response = away.get(path)
        assert (response.status_code, response.json()["code"]) == (503, "region-unreachable")


def test_a_transfer_that_may_not_have_arrived_is_not_denied_while_its_region_is_away(cloud: Cloud, home: App) -> None:
    cloud.faults.append(faults.cut(AWAY))
    response = home.get("/transfer/3f0f6a3e-6d0a-5c0e-9a53-0c8f2f1b7d11")
    assert (response.status_code, response.json()["code"]) == (503, "region-unreachable")


def test_insufficient_funds_are_not_claimed_while_a_region_is_away(cloud: Cloud, home: App) -> None:
    cloud.faults.append(faults.cut(AWAY))
    response = home.pay("cloud", "it", 5000)
    assert (response.status_code, response.json()["available_here"]) == (503, "1000.00")


def test_a_row_that_a_hand_has_changed_is_being_mended(cloud: Cloud, home: App) -> None:
    (row,) = [item for item in cloud.items(HOME, "account-table") if item["account_id"]["S"] == "cloud"]
    cloud.put(HOME, "account-table", {**row, "balance": {"N": "7"}})
    assert home.pay("cloud", "it", 5).json()["code"] == "busy"
    assert home.get("/account/cloud").json()["code"] == "busy"
    assert [item["account_id"] for item in home.get("/accounts").json()["items"]] == ["it"]


def test_an_exception_that_nobody_expected_tells_nothing(
    home: App, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with patch("ledger.accounts.read", side_effect=RuntimeError("the password is 1234")):
        response = home.get("/account/cloud")
    assert (response.status_code, response.json()["code"]) == (500, "internal-error")
    assert b"1234" not in response.content
    assert "the password is 1234" in caplog.text
