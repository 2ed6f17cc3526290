"""What holds for every path: methods, media types, sizes, ids of requests, headers."""

import json

import pytest

from api.parsers import LARGEST_BODY
from tests.integration.api.cloud import App, Cloud

NOBODY = "3f0f6a3e-6d0a-5c0e-9a53-0c8f2f1b7d11"
READ = ("/accounts", "/account/cloud", "/account/cloud/transfers", "/healthcheck", "/schema", "/docs")
WRITE = ("/create_account", "/transfer")


@pytest.fixture(autouse=True)
def account(home: App) -> None:
    """One account."""
    home.create("cloud", 1000)


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("slash", ["", "/"])
def test_head_is_get_without_a_body(home: App, path: str, slash: str) -> None:
    response = home.request("HEAD", path + slash)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Content-Type"] == home.get(path + slash).headers["Content-Type"]


def test_head_of_what_is_not_there_is_a_404(home: App) -> None:
    assert home.request("HEAD", "/account/nobody").status_code == 404


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        *((path, "GET, HEAD, OPTIONS") for path in (*READ, f"/transfer/{NOBODY}")),
        *((p, "POST, OPTIONS") for p in WRITE),
    ],
)
def test_options_and_405_tell_the_methods(home: App, path: str, allowed: str) -> None:
    options = home.request("OPTIONS", path)
    assert (options.status_code, options.content, options.headers["Allow"]) == (204, b"", allowed)
    refused = home.request("DELETE", path)
    assert (refused.status_code, refused.json()["code"], refused.headers["Allow"]) == (
        405,
        "method-not-allowed",
        allowed,
    )


def test_a_success_does_not_list_methods(home: App) -> None:
    assert "Allow" not in home.get("/accounts").headers


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "application/*",
        "text/html, */*;q=0.1",
        "application/xml;q=0.9, application/json;q=0.1",
    ],
)
def test_an_accept_header_that_allows_json_gets_json(home: App, accept: str) -> None:
    response = home.get("/account/cloud", accept=accept)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", 'application/json; charset="UTF-8"']
)
def test_a_content_type_of_json_is_read(home: App, content_type: str) -> None:
    response = home.post("/create_account", {"account_id": "it", "balance": 0}, content_type=content_type)
    assert response.status_code == 201


def test_a_media_type_that_is_not_answered_is_refused_before_anything_is_done(cloud: Cloud, home: App) -> None:
    cloud.calls.clear()
    body = {"account_id": "it", "balance": 0}
    assert home.post("/create_account", body, accept="text/html").status_code == 406
    assert not cloud.calls


def test_a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not(home: App) -> None:
    body = json.dumps({"account_id": "it", "balance": 0})
    assert home.post("/create_account", body.ljust(LARGEST_BODY + 1)).status_code == 413
    assert home.post("/create_account", body.ljust(LARGEST_BODY)).status_code == 201


def test_the_request_id_comes_back(home: App) -> None:
    assert home.get("/accounts", x_request_id="abc-1").headers["X-Request-ID"] == "abc-1"
    refused = home.get("/nowhere", x_request_id="abc-2")
    assert refused.headers["X-Request-ID"] == refused.json()["request_id"] == "abc-2"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 129, "é", "a\x00"])
def test_a_request_id_that_cannot_be_logged_is_replaced(home: App, sent: str) -> None:
    assert len(home.get("/accounts", x_request_id=sent).headers["X-Request-ID"]) == 36


def test_the_request_id_stands_in_the_journal(cloud: Cloud, home: App) -> None:
    home.create("it")
    home.pay("cloud", "it", 1, x_request_id="abc-3")
    entries = cloud.items(home.region, "journal-table")
    assert [item["request_id"]["S"] for item in entries if item["kind"]["S"] == "transfer"] == ["abc-3"]


@pytest.mark.parametrize("path", [*READ, "/nowhere", f"/transfer/{NOBODY}"])
def test_nobody_keeps_or_frames_an_answer(home: App, path: str) -> None:
    headers = home.get(path).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
