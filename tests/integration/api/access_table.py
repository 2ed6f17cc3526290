"""Who gets which answer from which call: found out by asking, and written down in ``docs/access.md``."""

from collections.abc import Mapping, Sequence
from typing import Any

from access.keys import SCOPES
from access.system_accounts import adjustments_account
from tests.integration.api.cloud import App
from tests.integration.api.keyed import LONG_AGO, make, revoke

NOBODY = f"Bearer alk_{'0' * 16}_{'0' * 64}"
SYSTEM = adjustments_account("USD")
OPEN = "no key, open access"
INTRODUCTION = """\
# Who may call what

Made from the answers of the application by `tests/integration/api/test_access_table.py`, which compares, and with
`WRITE_DOCS=1` writes. Each row is a caller with one API key; a key may have several scopes. The transfer is out of the
account `cloud`, or out of a system account, which only operators debit, in the admin.
"""


class Answer:
    """What matters of an answer."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        problem = response.headers["Content-Type"] == "application/problem+json"
        self.code: str = response.json()["code"] if problem else ""
        self.challenge: str = response.headers.get("WWW-Authenticate", "")


def routes(transfer_id: str) -> dict[str, tuple[str, str, Any]]:
    """Every call: its name in the table, method, path and body. Accounts are created under new names (``{n}``)."""
    return {
        "POST /create_account": ("POST", "/create_account", {"account_id": "new-{n}", "balance": 1}),
        "POST /transfer": ("POST", "/transfer", {"from_account": "cloud", "to_account": "it", "amount": 1}),
        "POST /transfer (from `system:…`)": (
            "POST",
            "/transfer",
            {"from_account": SYSTEM, "to_account": "it", "amount": 1},
        ),
        "GET /account/{account_id}": ("GET", "/account/cloud", None),
        "GET /accounts": ("GET", "/accounts", None),
        "GET /account/{account_id}/transfers": ("GET", "/account/cloud/transfers", None),
        "GET /transfer/{transfer_id}": ("GET", f"/transfer/{transfer_id}", None),
        "GET /healthcheck": ("GET", "/healthcheck", None),
        "GET /schema": ("GET", "/schema", None),
        "GET /docs": ("GET", "/docs", None),
    }


def callers(app: App) -> dict[str, str]:
    """Every kind of caller, and the Authorization header that it sends."""
    revoked = make(app, "admin")
    revoke(app, revoked)
    debits = {"transfer": ("cloud",)}
    return {
        "no key": "",
        "another scheme": "Basic dGVsbGVyOnNlY3JldA==",
        "malformed key": "Bearer alk_1",
        "unknown key": NOBODY,
        "expired key": make(app, "admin", expires_at=LONG_AGO),
        "revoked key": revoked,
        **{f"scope `{scope}`": make(app, scope, debits=debits.get(scope, ())) for scope in SCOPES},
        "scope `transfer`, of other accounts": make(app, "transfer", debits=("till-*",)),
        OPEN: "",
    }


def ask(app: App, settings: Any) -> dict[str, dict[str, Answer]]:
    """The answers by caller and call."""
    settings.LEDGER_OPEN_ACCESS = True
    app.create("cloud", 1000)
    app.create("it")
    transfer_id = app.pay("cloud", "it", 1).json()["transfer_id"]
    found: dict[str, dict[str, Answer]] = {}
    for number, (caller, header) in enumerate(callers(app).items()):
        settings.LEDGER_OPEN_ACCESS = caller == OPEN
        headers = {"authorization": header} if header else {}
        found[caller] = {}
        for route, (method, path, body) in routes(transfer_id).items():
            if method == "GET":
                response = app.get(path, **headers)
            else:
                filled = {
                    name: value.format(n=number) if isinstance(value, str) else value for name, value in body.items()
                }
                response = app.post(path, filled, **headers)
            found[caller][route] = Answer(response)
    return found


def page(found: Mapping[str, Mapping[str, Answer]]) -> str:
    """``docs/access.md``."""
    calls = list(next(iter(found.values())))
    lines = [INTRODUCTION, *_table(["", *map(_code, calls)], [_row(*entry) for entry in found.items()])]
    lines += ["", "What the refusals say:", ""]
    refusals = {
        (answer.status, f"`{answer.code}`", f"`{answer.challenge}`")
        for answers in found.values()
        for answer in answers.values()
        if answer.code
    }
    lines += _table(["status", "`code`", "`WWW-Authenticate`"], [list(map(str, entry)) for entry in sorted(refusals)])
    return "\n".join(lines) + "\n"


def _code(call: str) -> str:
    route, _, remark = call.partition(" (")
    return f"`{route}` ({remark}" if remark else f"`{route}`"


def _row(caller: str, answers: Mapping[str, Answer]) -> list[str]:
    return [caller, *(str(answer.status) for answer in answers.values())]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
