"""What is logged of a request."""

import json
import logging
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from tests.integration.api.cloud import App


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    """The access lines so far."""
    return lambda: [record for record in caplog.records if record.name == "access"]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """What the handler for stdout has written, line by line."""
    handler, stream = logging.getHandlerByName("stdout"), StringIO()
    assert isinstance(handler, logging.StreamHandler)
    monkeypatch.setattr(handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_request_has_one_line(home: App, lines: Any) -> None:
    home.create("cloud", 1000)
    home.create("it")
    paid = home.pay("cloud", "it", 1)
    home.get("/account/nobody?secret=1234", authorization="Basic 1234")
    home.get("/nowhere")
    home.get("/accounts", host="evil.example")
    told = [(line.method, line.route, line.status, line.code, line.transfer_id) for line in lines()]
    assert told == [
        ("POST", "create_account", 201, None, None),
        ("POST", "create_account", 201, None, None),
        ("POST", "transfer", 200, None, paid.json()["transfer_id"]),
        ("GET", "account/<str:account_id>", 404, "unknown-account", None),
        ("GET", None, 404, "not-found", None),
        ("GET", None, 400, "invalid", None),
    ]
    assert all(line.duration_ms > 0 for line in lines())
    assert {line.principal for line in lines()[:4]} == {"anonymous"}
    assert not [line for line in lines() if "1234" in str(line.__dict__)]


def test_a_refusal_names_no_older_transfer(home: App, lines: Any) -> None:
    """Threads are used again: what is known of one request must not stick to the next."""
    home.create("cloud", 1000)
    home.create("it")
    home.pay("cloud", "it", 1)
    home.get("/healthcheck")
    assert (lines()[-1].transfer_id, lines()[-1].principal) == (None, None)


def test_a_line_is_a_json_object_with_the_request_id(home: App, written: Any) -> None:
    home.get("/nowhere", x_request_id="abc")
    (line,) = written()
    assert (line["logger"], line["request_id"], line["status"]) == ("access", "abc", 404)
    assert line["timestamp"].endswith("+00:00")


def test_every_line_of_a_request_names_the_trace_that_it_belongs_to(
    home: App, written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.accounts.read", lambda *_: 1 / 0)
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    home.get("/account/cloud", traceparent=f"00-{trace}-{parent}-01")
    home.get("/nowhere", traceparent=f"00-{'0' * 32}-{parent}-01")
    home.get("/nowhere")
    *of_the_trace, odd, none = written()
    assert [line["level"] for line in of_the_trace] == ["ERROR", "INFO"]
    assert {(line["trace_id"], line["parent_id"]) for line in of_the_trace} == {(trace, parent)}
    assert not {"trace_id", "parent_id"} & (odd.keys() | none.keys())


def test_a_traceback_has_the_request_id_too(home: App, written: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.accounts.read", lambda *_: 1 / 0)
    home.get("/account/cloud", x_request_id="abc")
    trace, access = written()
    assert (trace["level"], trace["request_id"], access["code"]) == ("ERROR", "abc", "internal-error")
    assert "ZeroDivisionError" in trace["exc_info"]


def test_an_exception_outside_of_the_views_is_logged_once(
    home: App, written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whitenoise.middleware.WhiteNoiseMiddleware.__call__", lambda *_: 1 / 0)
    response = home.get("/account/cloud")
    assert (response.status_code, response.json()["code"]) == (500, "internal-error")
    trace, access = written()
    assert ("ZeroDivisionError" in trace["exc_info"], access["status"]) == (True, 500)


def test_refusals_and_outages_are_one_line_each(home: App, written: Any) -> None:
    home.get("/nowhere")
    home.get("/healthcheck", host="evil.example")
    assert [line["logger"] for line in written()] == ["access", "access"]
