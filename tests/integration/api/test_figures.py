"""The figures of the access lines are those of the requests, as CloudWatch reads them and as Prometheus counts them."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from figures import emf
from tests.integration.api.cloud import App, Cloud
from tests.integration.api.faults import cut
from tests.support.emf import Metrics, metrics

type Figures = Callable[[], Metrics]


@pytest.fixture
def figures(home: App, caplog: pytest.LogCaptureFixture) -> Figures:
    """The figures since the last look."""

    def look() -> Metrics:
        handler = logging.getHandlerByName("stdout")
        assert handler is not None
        lines = []
        for record in caplog.records:
            handler.filter(record)
            lines.append(json.loads(handler.format(record)))
        caplog.clear()
        return metrics(lines)

    return look


def counts(found: Metrics, name: str, dimension: str) -> dict[str, float]:
    """The sums of a figure by a dimension."""
    sums: dict[str, float] = {}
    for value, dimensions in found[name]:
        if dimension in dimensions:
            sums[dimensions[dimension]] = sums.get(dimensions[dimension], 0) + value
    return sums


def test_requests_are_counted_by_route_and_by_status(home: App, figures: Figures) -> None:
    home.create("cloud", 1000)
    home.get("/account/cloud")
    home.get("/account/cloud/")
    home.get("/account/nobody")
    home.get("/account/cloud/transfers")
    home.get("/nowhere/1234")
    home.get("/accounts", host="evil.example")
    found = figures()
    assert counts(found, "Requests", "Route") == {
        "create-account": 1, "account": 3, "account-transfers": 1, "none": 2,
    }  # fmt: skip
    assert counts(found, "Requests", "Status") == {"201": 1, "200": 3, "404": 2, "400": 1}
    assert "Transfers" not in found


def test_payments_are_counted_by_outcome_and_timed(home: App, figures: Figures) -> None:
    home.create("cloud", 1000)
    home.create("it")
    figures()
    home.pay("cloud", "it", 1, idempotency_key="k")
    home.pay("cloud", "it", 1, idempotency_key="k")
    home.pay("cloud", "it", 5000)
    home.pay("cloud", "nobody", 1)
    home.post("/transfer/", {})
    home.get("/transfer")
    found = figures()
    outcomes = {"posted": 1, "replayed": 1, "insufficient-funds": 1, "unknown-account": 1, "invalid": 1}
    assert counts(found, "Transfers", "Outcome") == outcomes
    assert len(found["TransferDuration"]) == 5
    assert all(value > 0 and dimensions == {} for value, dimensions in found["TransferDuration"])


def test_a_payment_that_was_posted_counts_as_posted_whatever_becomes_of_the_answer(
    home: App, figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.create("cloud", 1000)
    home.create("it")
    figures()
    monkeypatch.setattr("api.presenters.transfer", lambda _: 1 / 0)
    assert home.pay("cloud", "it", 1).status_code == 500
    found = figures()
    assert counts(found, "Transfers", "Outcome") == {"posted": 1}
    assert counts(found, "Requests", "Status") == {"500": 1}


def test_requests_to_the_tables_are_counted_where_they_go(cloud: Cloud, home: App, away: App, figures: Figures) -> None:
    home.create("rich", 100)
    away.create("yours", 1)
    cloud.replicate()
    away.pay("yours", "rich", 1)
    figures()
    cloud.calls.clear()
    home.get("/account/rich")
    assert len(figures()["StoreDuration"]) == len(cloud.calls) == 1
    assert away.pay("rich", "yours", 50).status_code == 200
    found = figures()
    assert (len(found["StoreDuration"]), len(found["RemoteStoreDuration"])) == (3, 2)
    assert all(0 < value < 10 for value, _ in found["StoreDuration"] + found["RemoteStoreDuration"])
    assert found["Grants"] == [(1, {})]
    away.pay("rich", "yours", 1)
    assert "Grants" not in figures()


def test_money_that_is_granted_with_a_new_account_is_no_grant_to_a_payment(away: App, figures: Figures) -> None:
    away.create("yours", 100)
    found = figures()
    assert len(found["RemoteStoreDuration"]) >= 1
    assert "Grants" not in found


def test_what_is_not_answered_is_a_failure_and_has_no_duration(cloud: Cloud, home: App, figures: Figures) -> None:
    cloud.faults.append(cut(home.region))
    assert home.get("/healthcheck").status_code == 503
    found = figures()
    assert found["StoreFailures"] == [(1, {})]
    assert "StoreDuration" not in found


def test_prometheus_is_told_what_cloudwatch_is_told(home: App, caplog: pytest.LogCaptureFixture) -> None:
    home.create("cloud", 1000)
    home.create("it")
    home.pay("cloud", "it", 1)
    told: list[Any] = [list(emf.observed(vars(record))) for record in caplog.records]
    by_name = {figure.name: (values, dimensions) for figure, values, dimensions in told[-1]}
    assert by_name["Requests"] == ([1], ("transfer", "200"))
    assert by_name["Transfers"] == ([1], ("posted",))
    assert by_name.keys() == {"Requests", "Transfers", "TransferDuration", "StoreDuration"}
