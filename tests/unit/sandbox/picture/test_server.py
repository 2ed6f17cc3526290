"""Who may ask the picture for what: its own page, under its own name, and nobody else."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import pytest

from ledger.requests import Unreachable
from sandbox.client import NotRunning, Refused
from sandbox.config import Settings
from sandbox.picture.server import Picture

OWN = "127.0.0.1:8090"
ORIGIN = f"http://{OWN}"


class Parts:
    """Stands in for the sandbox, the looking and the demonstration; notes what it is told."""

    settings = Settings()

    def __init__(self, error: Exception | None = None) -> None:
        self.told: list[object] = []
        self.error = error
        self.control = self

    def look(self, account_ids: list[str]) -> dict[str, Any]:
        if self.error:
            raise self.error
        return {"accounts": account_ids}

    def describe(self) -> dict[str, Any]:
        return {}

    def post(self, path: str, **what: Any) -> None:
        self.told.append(what)

    def start(self, name: str) -> None:
        if self.error:
            raise self.error
        self.told.append(name)

    def reset(self) -> None:
        self.told.append("reset")


def ask(
    method: str, path: str, body: bytes = b"{}", *, parts: Parts | None = None, query: str = "", **headers: str
) -> tuple[int, dict[str, str], Any]:
    """The answer: status, headers, and what it says."""
    parts = parts or Parts()
    picture = Picture(parts, parts, parts)  # type: ignore[arg-type]  # a stand-in
    named = {"host": OWN} | headers
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }  # fmt: skip
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(picture(scope, receive, send))
    start, content = sent
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    text = content["body"].decode()
    return start["status"], answered, json.loads(text) if answered["content-type"] == "application/json" else text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8090", "127.0.0.1", "127.0.0.1:8091", ""])
@pytest.mark.parametrize("method, path", [("GET", "/"), ("GET", "/state"), ("POST", "/link")])
def test_under_a_foreign_name_nothing_is_answered(host: str, method: str, path: str) -> None:
    parts = Parts()
    status, _, told = ask(method, path, b'{"cut": true}', parts=parts, host=host, origin=f"http://{host}")
    assert (status, told, parts.told) == (421, {"error": "this page has another name"}, [])


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://localhost:8090", "https://" + OWN])
@pytest.mark.parametrize("path", ["/link", "/demonstration", "/reset"])
def test_the_buttons_are_for_the_own_page_alone(origin: str | None, path: str) -> None:
    parts = Parts()
    headers = {} if origin is None else {"origin": origin}
    assert ask("POST", path, b'{"cut": true}', parts=parts, **headers)[0] == 403
    assert parts.told == []


def test_the_buttons_do_what_they_say() -> None:
    for path, body, told in (
        ("/link", {"cut": True}, {"cut": True}),
        ("/link", {"lag": 2.5}, {"lag": 2.5}),
        ("/demonstration", {"step": "cut"}, "cut"),
        ("/demonstration", {}, "all"),
        ("/reset", {}, "reset"),
    ):
        parts = Parts()
        assert ask("POST", path, json.dumps(body).encode(), parts=parts, origin=ORIGIN)[0] == 200
        assert parts.told == [told]


def test_the_page_is_also_called_localhost() -> None:
    local = "localhost:8090"
    assert ask("GET", "/", host=local)[0] == 200
    assert ask("POST", "/reset", host=local, origin=f"http://{local}")[0] == 200


@pytest.mark.parametrize(
    "body",
    ["", "[]", "nonsense", "{}", '{"cut": 1}', '{"cut": true, "lag": 1}', '{"lag": -1}', '{"lag": 11}', '{"lag": true}',
     '{"lag": NaN}', '{"lag": 1e999}', '{"latency": 1}'],
)  # fmt: skip
def test_a_link_is_told_nothing_else(body: str) -> None:
    parts = Parts()
    assert ask("POST", "/link", body.encode(), parts=parts, origin=ORIGIN)[0] == 400
    assert parts.told == []


def test_what_is_too_large_unknown_or_another_method_is_refused() -> None:
    assert ask("POST", "/link", b" " * 10_001, origin=ORIGIN)[0] == 413
    assert ask("POST", "/nothing", origin=ORIGIN)[0] == 404
    assert ask("GET", "/../config.py")[0] == 404
    assert ask("OPTIONS", "/link", origin="http://evil.example")[0] == 405
    assert ask("DELETE", "/link", origin=ORIGIN)[0] == 405


def test_the_accounts_to_look_at_are_chosen() -> None:
    assert ask("GET", "/state")[2]["accounts"] == ["bakery", "cinema", "florist", "garage"]
    assert ask("GET", "/state", query="accounts=cloud,%20it,cloud,")[2]["accounts"] == ["cloud", "it"]
    assert ask("GET", "/state", query="accounts=a@b")[2] == {"error": "a@b cannot be an account."}
    assert ask("GET", "/state", query="accounts=a,b,c,d,e,f,g,h,i")[2] == {"error": "At most 8 accounts can be shown."}


@pytest.mark.parametrize("error", [NotRunning("away"), Unreachable("away")])
def test_an_engine_that_is_away_is_said_in_words(error: Exception) -> None:
    status, _, told = ask("GET", "/state", parts=Parts(error))
    assert (status, told["error"]) == (503, "The sandbox's engine does not answer; it may be starting again.")


def test_a_second_start_is_refused_in_words() -> None:
    status, _, told = ask("POST", "/demonstration", parts=Parts(Refused("a step is running")), origin=ORIGIN)
    assert (status, told) == (409, {"error": "a step is running"})


@pytest.mark.parametrize("path", ["/", "/state", "/picture.css", "/picture.js", "/link.js", "/icon.svg", "/nothing"])
def test_every_answer_keeps_to_this_origin(path: str) -> None:
    _, headers, _ = ask("GET", path)
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
