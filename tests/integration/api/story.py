"""``docs/api.md``: every call with real requests and answers, told by asking the application."""

import json
from dataclasses import dataclass, field
from typing import Any

from ledger.freezing import set_status
from ledger.shares import FROZEN
from tests.integration.api import faults
from tests.integration.api.cloud import AWAY, HOME, App, Cloud
from tests.integration.api.keyed import make, revoke
from tests.support.cloud import SetClock

SHOWN = ("Idempotency-Key", "Idempotency-Replayed", "Retry-After", "WWW-Authenticate", "Allow", "Content-Type")
INTRODUCTION = """\
# The API by example

Made from the answers of the application by `tests/integration/api/test_api_document.py`, which compares, and with
`WRITE_DOCS=1` writes. `$SEOUL` is the application of ap-northeast-2, `$FRANKFURT` that of eu-central-1, `$KEY` an API
key with the scope `admin`. Members of the answers are shown on lines of their own; all answers have `X-Request-ID`.
The contract is in `/schema` and `/docs` of each application; README.md says what keys, retries and reads promise.
"""


@dataclass
class Story:
    """What was asked and answered so far. ``key``: the header of the key that ``$KEY`` stands for."""

    key: str
    lines: list[str] = field(default_factory=lambda: [INTRODUCTION])
    requests: int = 0

    def title(self, text: str) -> None:
        """Begin a section."""
        self.lines += [f"## {text}", ""]

    def say(self, text: str) -> None:
        """A paragraph."""
        self.lines += [text, ""]

    def get(self, app: App, path: str, status: int = 200, *, with_key: bool = True) -> Any:
        """``GET``, which must be answered with ``status``."""
        return self._ask(app, "GET", path, None, status, with_key, {})

    def post(self, app: App, path: str, body: Any, status: int, idempotency_key: str) -> Any:
        """``POST`` of ``body`` as JSON (a string as it is), which must be answered with ``status``."""
        return self._ask(app, "POST", path, body, status, True, {"Idempotency-Key": idempotency_key})

    def _ask(
        self, app: App, method: str, path: str, body: Any, status: int, with_key: bool, given: dict[str, str]
    ) -> Any:
        self.requests += 1
        sent = {"X-Request-ID": f"example-{self.requests}", **given}
        if with_key:
            sent["authorization"] = self.key
        text = body if isinstance(body, str) else json.dumps(body)
        content = {"content_type": "application/json"} if method == "POST" else {}
        response = app.request(method, path, text if method == "POST" else "", **sent, **content)
        assert response.status_code == status, response.content
        self.lines += [*_request(app, method, path, text, with_key, given), "", *_answer(response), ""]
        return response.json()

    def page(self) -> str:
        """The document."""
        return "\n".join(self.lines).rstrip() + "\n"


def _request(app: App, method: str, path: str, text: str, with_key: bool, headers: dict[str, str]) -> list[str]:
    address = {HOME: "$SEOUL", AWAY: "$FRANKFURT"}[app.region]
    words = ["curl"] + (["-X POST"] if method == "POST" else [])
    words.append(f'"{address}{path}"' if "?" in path else f"{address}{path}")
    if with_key:
        words.append('-H "Authorization: Bearer $KEY"')
    words += [f'-H "{name}: {value}"' for name, value in headers.items()]
    if method == "POST":
        words += ['-H "Content-Type: application/json"', f"-d '{text}'"]
    return [f"    {' '.join(words)}"]


def _answer(response: Any) -> list[str]:
    shown = [f"{name}: {response.headers[name]}" for name in SHOWN if name in response.headers]
    return [
        f"    HTTP {response.status_code} {response.reason_phrase}",
        *(f"    {line}" for line in shown),
        "",
        *(f"    {line}" for line in _members(response.json())),
    ]


def _members(body: dict[str, Any]) -> list[str]:
    """A JSON object with each of its members on a line."""
    members = [f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in body.items()]
    return ["{", *(f"{member}," for member in members[:-1]), members[-1], "}"]


def tell(cloud: Cloud) -> Story:
    """Ask everything, in one story."""
    cloud.set_clock(SetClock())
    home, away = cloud.apps[HOME], cloud.apps[AWAY]
    story = Story(make(home, "admin"))
    cloud.replicate()
    _accounts(story, home)
    cloud.replicate()
    _payments(story, home, away, cloud)
    _reading(story, home, away)
    _refusals(story, home, away, cloud)
    _keys(story, home)
    return story


def _accounts(story: Story, home: App) -> None:
    story.title("Create an account")
    body = {"account_id": "cloud", "balance": 1000, "currency": "USD"}
    story.post(home, "/create_account", body, 201, "open-cloud")
    story.say("Sent again with the same `Idempotency-Key`, in any region, it gives the first answer again:")
    story.post(home, "/create_account", body, 201, "open-cloud")
    story.say("Under another key it is another request, and the id is taken:")
    story.post(home, "/create_account", body, 409, "open-cloud-2")
    story.say("`currency` may be left out: USD.")
    story.post(home, "/create_account", {"account_id": "it", "balance": 0}, 201, "open-it")


def _payments(story: Story, home: App, away: App, cloud: Cloud) -> None:
    story.title("Pay")
    body = {"from_account": "cloud", "to_account": "it", "amount": "500.00", "reference": "invoice 4711"}
    story.post(away, "/transfer", body, 200, "invoice-4711")
    cloud.replicate()
    story.say("The repetition, in the other region: executed once.")
    story.post(home, "/transfer", body, 200, "invoice-4711")
    story.say("Another body under a key that was used:")
    story.post(home, "/transfer", {**body, "amount": "50.00"}, 422, "invoice-4711")
    story.say("More than there is, in all regions together:")
    story.post(home, "/transfer", {**body, "amount": 5000}, 409, "invoice-4712")


def _reading(story: Story, home: App, away: App) -> None:
    story.title("Read an account")
    story.say("`balance` is all of it; `available_here` can be paid here without asking another region.")
    story.get(away, "/account/cloud")
    story.title("List accounts")
    first = story.get(home, "/accounts?limit=1")
    story.say("`next_cursor` leads to the next page; it is null on the last.")
    story.get(home, f"/accounts?limit=1&cursor={first['next_cursor']}")
    story.title("List an account's transfers")
    statement = story.get(home, "/account/it/transfers?limit=10")
    story.title("Read a transfer")
    story.get(home, f"/transfer/{statement['items'][0]['transfer_id']}")
    story.title("Ask for its health")
    story.get(home, "/healthcheck", with_key=False)


def _refusals(story: Story, home: App, away: App, cloud: Cloud) -> None:
    story.title("Refusals")
    story.say("`code` is stable, `detail` is for people, `field` names what is wrong.")
    body = {"from_account": "cloud", "to_account": "it", "amount": "0.001"}
    story.post(home, "/transfer", body, 400, "bad-amount")
    story.post(home, "/transfer", '{"from_account": "cloud"', 400, "bad-json")
    story.get(home, "/account/nobody", 404)
    story.get(home, "/transfer", 405)
    story.say("A frozen account neither pays nor is paid:")
    set_status(home.ledger, "it", FROZEN)
    story.post(home, "/transfer", {**body, "amount": 1}, 409, "frozen")
    story.say(
        "The other region holds money that is needed, and cannot be reached. Nothing was done; the same request with"
        " the same key is safe, here or there:"
    )
    cloud.faults.append(faults.cut(HOME))
    story.post(away, "/transfer", {**body, "amount": 400}, 503, "far-money")
    cloud.faults.clear()


def _keys(story: Story, home: App) -> None:
    story.title("API keys")
    story.say("No key:")
    story.get(home, "/account/cloud", 401, with_key=False)
    body = {"from_account": "cloud", "to_account": "it", "amount": 1}
    for words, scope, debits, status in (
        ("One that was revoked:", "admin", (), 401),
        ("One with the scope `read`:", "read", (), 403),
        ("One that may debit `till-*`:", "transfer", ("till-*",), 403),
    ):
        story.say(words)
        story.key = make(home, scope, debits=debits)
        if status == 401:
            revoke(home, story.key)
        story.post(home, "/transfer", body, status, f"as-{scope}")
