"""The switches refuse what they do not understand, and go on."""

import json
import urllib.error
import urllib.request

import pytest

from sandbox.testing import Sandbox
from tests.integration.sandbox.tables import HOME

DONE = {"arn": "none", "after": None}
ODD = [
    ("POST", "links", {"cut": 1}),
    ("POST", "links", {"from": ["ap-northeast-2"], "cut": True}),
    ("POST", "links", {"from": "mars", "cut": True}),
    ("POST", "links", {"lag": "long"}),
    ("POST", "links", {"lag": float("nan")}),
    ("POST", "links", {"colour": 1}),
    ("POST", "sweep", {"now": True}),
    ("POST", f"resolvers/{HOME}", {"stopped": "yes"}),
    ("POST", f"resolvers/{HOME}/sweep", {"mended": "many"}),
    ("POST", f"resolvers/{HOME}/dead-letters", {}),
    ("POST", f"resolvers/{HOME}/dead-letters", {"letter": "lost"}),
    ("POST", f"resolvers/{HOME}/mappings/account-table", {"arn": 1}),
    ("POST", f"resolvers/{HOME}/mappings/account-table", DONE | {"after": 7}),
    ("POST", f"resolvers/{HOME}/mappings/account-table", DONE | {"more": 1}),
    ("GET", f"resolvers/{HOME}/sweep?wait=soon", None),
    ("GET", f"resolvers/{HOME}/sweep?region=1", None),
    ("GET", "resolvers/mars/sweep?wait=0", None),
    ("GET", f"resolvers/{HOME}/mappings/none?wait=0", None),
    ("GET", "status?all=1", None),
    ("GET", "nothing", None),
    ("DELETE", "links", None),
]


def call(sandbox: Sandbox, method: str, path: str, body: object) -> int:
    """The status of the answer, which must be JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{sandbox.settings.control_port}/{path}", data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            status, told = answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            status, told = error.code, json.load(error)
    assert ("error" in told) == (status >= 400)
    return int(status)


@pytest.mark.parametrize("method, path, body", ODD, ids=[f"{m} {p} {json.dumps(b)}" for m, p, b in ODD])
def test_an_odd_request_is_refused(engine: Sandbox, method: str, path: str, body: object) -> None:
    assert 400 <= call(engine, method, path, body) < 500
    assert call(engine, "GET", "status", None) == 200


def test_what_the_resolvers_ask_for_is_taken(engine: Sandbox) -> None:
    assert call(engine, "GET", f"resolvers/{HOME}/sweep?wait=0", None) == 200
    assert call(engine, "POST", f"resolvers/{HOME}/sweep", {"mended": 1, "error": None}) == 200
    assert call(engine, "POST", f"resolvers/{HOME}/dead-letters", {"letter": {"why": "test"}}) == 200
