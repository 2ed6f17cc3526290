"""What anybody can send: each with its exact status and code. None is a 500 and none changes the books."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.api.cloud import Cloud

PAY = "/transfer"
CREATE = "/create_account"
NOBODY = "3f0f6a3e-6d0a-5c0e-9a53-0c8f2f1b7d11"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request and what it must get. ``field``: what the answer must blame."""

    name: str
    method: str
    path: str
    content: bytes
    headers: dict[str, str]
    status: int
    code: str
    field: str | None = None


def raw(
    name: str, path: str, content: str | bytes, status: int = 400, code: str = "invalid", field: str | None = None,
    method: str = "POST", **headers: str,
) -> Sent:  # fmt: skip
    """A request with ``content`` as its body."""
    body = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return Sent(name, method, path, body, {"content_type": "application/json", **headers}, status, code, field)


def pay(name: str, changes: str, field: str | None = None, status: int = 400, code: str = "invalid") -> Sent:
    """A transfer of which one member, as JSON text, is hostile; the others are right unless it names them."""
    members = {"from_account": '"cloud"', "to_account": '"it"', "amount": "1"}
    kept = [f'"{member}": {value}' for member, value in members.items() if f'"{member}"' not in changes]
    return raw(name, PAY, "{" + ", ".join([*kept, changes]) + "}", status, code, field)


def create(name: str, changes: str, field: str | None = None, status: int = 400, code: str = "invalid") -> Sent:
    """A creation of which one member is hostile."""
    members = {"account_id": '"new"', "balance": "1", "currency": '"USD"'}
    kept = [f'"{member}": {value}' for member, value in members.items() if f'"{member}"' not in changes]
    return raw(name, CREATE, "{" + ", ".join([*kept, changes]) + "}", status, code, field)


def get(
    name: str, path: str, status: int = 400, code: str = "invalid", field: str | None = None, **headers: str
) -> Sent:
    """A ``GET``."""
    return Sent(name, "GET", path, b"", headers, status, code, field)


AMOUNTS = [
    pay("zero", '"amount": 0', "amount"),
    pay("zero with digits", '"amount": "0.00"', "amount"),
    pay("negative", '"amount": -1', "amount"),
    pay("negative text", '"amount": "-1"', "amount"),
    pay("minus zero", '"amount": -0', "amount"),
    pay("plus", '"amount": "+1"', "amount"),
    pay("NaN", '"amount": NaN', "body"),
    pay("NaN text", '"amount": "NaN"', "amount"),
    pay("Infinity", '"amount": Infinity', "body"),
    pay("minus Infinity", '"amount": -Infinity', "body"),
    pay("exponent", '"amount": 1e2', "amount"),
    pay("huge exponent", '"amount": 1e400', "amount"),
    pay("exponent text", '"amount": "1E2"', "amount"),
    pay("tiny exponent", '"amount": 1e-400', "amount"),
    pay("three digits of cents", '"amount": 0.001', "amount"),
    pay("five digits of cents", '"amount": "1.00000"', "amount"),
    pay("sixteen digits", '"amount": 1000000000000000', "amount"),
    pay("five thousand digits", f'"amount": {"9" * 5000}', "amount"),
    pay("sixty thousand zeros", f'"amount": "{"0" * 60_000}1"', "amount"),
    pay("hexadecimal", '"amount": "0x10"', "amount"),
    pay("underscore", '"amount": "1_000"', "amount"),
    pay("comma", '"amount": "1,50"', "amount"),
    pay("spaces", '"amount": " 1 "', "amount"),
    pay("line feed", '"amount": "1\\n"', "amount"),
    pay("NUL", '"amount": "1\\u0000"', "amount"),
    pay("digits of another script", '"amount": "١٢"', "amount"),
    pay("full-width digits", '"amount": "１"', "amount"),
    pay("superscript", '"amount": "²"', "amount"),
    pay("no whole digits", '"amount": ".5"', "amount"),
    pay("no minor digits", '"amount": "5."', "amount"),
    pay("empty", '"amount": ""', "amount"),
    pay("null", '"amount": null', "amount"),
    pay("true", '"amount": true', "amount"),
    pay("a list", '"amount": [1]', "amount"),
    pay("an object", '"amount": {"N": "1"}', "amount"),
    pay("leading zero", '"amount": 01', "body"),
    pay("more than there is", '"amount": 999999999999999', None, 409, "insufficient-funds"),
]
ACCOUNTS = [
    pay("self", '"to_account": "cloud"', "to_account"),
    pay("a number", '"from_account": 7', "from_account"),
    pay("null", '"from_account": null', "from_account"),
    pay("empty", '"from_account": ""', "from_account"),
    pay("a list", '"to_account": ["it"]', "to_account"),
    pay("an object", '"to_account": {"S": "it"}', "to_account"),
    pay("a share of another region", '"from_account": "cloud@eu-central-1"', "from_account"),
    pay("a system account", '"from_account": "system~mint"', "from_account"),
    pay("spaces", '"to_account": " it"', "to_account"),
    pay("line feed", '"to_account": "it\\n"', "to_account"),
    pay("NUL", '"to_account": "it\\u0000"', "to_account"),
    pay("lone surrogate", '"to_account": "\\ud800"', "to_account"),
    pay("path", '"to_account": "../it"', "to_account"),
    pay("Cyrillic look-alike", '"to_account": "іt"', "to_account"),
    pay("129 characters", f'"to_account": "{"a" * 129}"', "to_account"),
    pay("unknown", '"to_account": "nobody"', None, 404, "unknown-account"),
    pay("no sender", '"from_accont": "cloud"', "from_accont"),
    pay("unknown field", '"ammount": 1', "ammount"),
    pay("unknown field of surrogates", '"\\ud800": 1', "?"),
    pay("prototype", '"__proto__": {}', "__proto__"),
    raw("empty object", PAY, "{}", 400, "invalid", "from_account"),
]
REFERENCES = [
    pay("141 characters", f'"reference": "{"x" * 141}"', "reference"),
    pay("141 wide characters", f'"reference": "{"界" * 141}"', "reference"),
    pay("empty", '"reference": ""', "reference"),
    pay("a number", '"reference": 1', "reference"),
    pay("NUL", '"reference": "a\\u0000b"', "reference"),
    pay("text turned around", '"reference": "a\\u202eb"', "reference"),
    pay("escape", '"reference": "\\u001b[2J"', "reference"),
    pay("line feed", '"reference": "a\\nb"', "reference"),
    pay("line separator", '"reference": "a\\u2028b"', "reference"),
    pay("delete", '"reference": "\\u007f"', "reference"),
    pay("lone surrogate", '"reference": "\\ud800"', "reference"),
    pay("surrogates in the wrong order", '"reference": "\\udc00\\ud800"', "reference"),
]
CREATIONS = [
    create("negative balance", '"balance": -0.01', "balance"),
    create("unknown field", '"balanse": 1', "balanse"),
    raw("no balance", CREATE, '{"account_id": "new"}', 400, "invalid", "balance"),
    create("cents of a cent", '"balance": 0.001', "balance"),
    create("sixteen digits", '"balance": "9999999999999999"', "balance"),
    create("true", '"balance": true', "balance"),
    create("lower case", '"currency": "usd"', "currency"),
    create("no such currency", '"currency": "ZZZ"', "currency"),
    create("gold", '"currency": "XAU"', "currency"),
    create("a list", '"currency": ["USD"]', "currency"),
    create("null", '"currency": null', "currency"),
    create("lone surrogate", '"currency": "\\udfff"', "currency"),
    create("a share of another region", '"account_id": "x@eu-central-1"', "account_id"),
    create("a journal entry", '"account_id": "opening~cloud"', "account_id"),
    create("dot", '"account_id": "."', "account_id"),
    create("a number", '"account_id": 12', "account_id"),
    create("frozen", '"status": "frozen"', "status"),
    create("taken", '"account_id": "cloud"', None, 409, "account-exists"),
]
BODIES = [
    raw("nothing", PAY, "", 400, "invalid", "from_account"),
    raw("white space", PAY, "   ", 400, "invalid", "body"),
    raw("not JSON", PAY, "from=cloud", 400, "invalid", "body"),
    raw("half", PAY, '{"from_account": "cloud"', 400, "invalid", "body"),
    raw("two", PAY, "{}{}", 400, "invalid", "body"),
    raw("a list", PAY, "[]", 400, "invalid", "body"),
    raw("a string", PAY, '"cloud"', 400, "invalid", "body"),
    raw("a number", PAY, "1", 400, "invalid", "body"),
    raw("null", PAY, "null", 400, "invalid", "body"),
    raw("single quotes", PAY, "{'from_account': 'cloud'}", 400, "invalid", "body"),
    raw("comment", PAY, "{} // mine", 400, "invalid", "body"),
    raw("bad UTF-8", PAY, b'{"from_account": "\xff"}', 400, "invalid", "body"),
    raw("raw surrogate", PAY, '{"from_account": "\ud800"}', 400, "invalid", "body"),
    raw("UTF-16", PAY, '{"from_account": "cloud"}'.encode("utf-16"), 400, "invalid", "body"),
    raw("byte order mark", PAY, b"\xef\xbb\xbf{}", 400, "invalid", "body"),
    raw("NUL bytes", PAY, b"{}\x00", 400, "invalid", "body"),
    raw("raw control character", PAY, b'{"from_account": "a\x01"}', 400, "invalid", "body"),
    raw("deep lists", PAY, b"[" * 60_000, 400, "invalid", "body"),
    raw("deep objects", PAY, b'{"a":' * 13_000, 400, "invalid", "body"),
    raw("deep member", PAY, b'{"amount":' + b"[" * 30_000 + b"]" * 30_000 + b"}", 400, "invalid", "body"),
    pay("a name twice", '"amount": 1, "amount": 100', "amount"),
    pay("a name twice, once escaped", '"amount": 1, "\\u0061mount": 100', "amount"),
    raw("too large", PAY, b'{"reference": "' + b"x" * 65_536 + b'"}', 413, "body-too-large"),
    raw("too large and not JSON", CREATE, b"\x00" * 65_537, 413, "body-too-large"),
    raw("a form", PAY, "from_account=cloud", 415, "unsupported-media-type",
        content_type="application/x-www-form-urlencoded"),
    raw("text", PAY, "{}", 415, "unsupported-media-type", content_type="text/plain"),
    raw("no type", PAY, "{}", 415, "unsupported-media-type", content_type=""),
    raw("a malformed type", PAY, "{}", 415, "unsupported-media-type", content_type=";;=/"),
    raw("another charset", PAY, "{}", 415, "unsupported-media-type", content_type="application/json; charset=utf-16"),
    raw("multipart", PAY, "--x--", 415, "unsupported-media-type", content_type="multipart/form-data; boundary=x"),
]  # fmt: skip
HEADERS = [
    raw("an empty key", PAY, "{}", 400, "invalid", "Idempotency-Key", idempotency_key=""),
    raw("a long key", PAY, "{}", 400, "invalid", "Idempotency-Key", idempotency_key="k" * 256),
    raw("a key with spaces", PAY, "{}", 400, "invalid", "Idempotency-Key", idempotency_key="a b"),
    raw("a key beyond ASCII", PAY, "{}", 400, "invalid", "Idempotency-Key", idempotency_key="ключ"),
    raw("a key with a NUL", CREATE, "{}", 400, "invalid", "Idempotency-Key", idempotency_key="a\x00"),
    raw("Accept XML", PAY, "{}", 406, "not-acceptable", accept="application/xml"),
    raw("Accept nothing", PAY, "{}", 406, "not-acceptable", accept="application/json;q=0"),
    get("Accept garbage", "/accounts", 406, "not-acceptable", accept=";;;,/,\x00"),
    get("a foreign host", "/accounts", 400, "invalid", host="evil.example"),
    get("a malformed host", "/accounts", 400, "invalid", host="a b:c"),
]
PATHS = [
    get("unknown path", "/nowhere", 404, "not-found"),
    get("the root", "/", 404, "not-found"),
    get("two slashes", "//accounts", 404, "not-found"),
    get("an empty account id", "/account/", 404, "not-found"),
    get("line feed after the path", "/healthcheck%0A", 404, "not-found"),
    get("upwards", "/account/../accounts", 404, "not-found"),
    get("an escaped slash", "/account/a%2Fb", 404, "not-found"),
    get("a share of another region", "/account/cloud@eu-central-1", 400, "invalid", "account_id"),
    get("NUL", "/account/%00", 400, "invalid", "account_id"),
    get("bad UTF-8", "/account/%ff%fe", 400, "invalid", "account_id"),
    get("malformed escape", "/account/%zz", 400, "invalid", "account_id"),
    get("a space", "/account/%20", 400, "invalid", "account_id"),
    get("a long id", f"/account/{'a' * 129}", 400, "invalid", "account_id"),
    get("a very long id", f"/account/{'a' * 60_000}", 400, "invalid", "account_id"),
    get("no transfers of NUL", "/account/%00/transfers", 400, "invalid", "account_id"),
    get("unknown account", "/account/nobody", 404, "unknown-account"),
    get("transfers of an unknown account", "/account/nobody/transfers", 404, "unknown-account"),
    get("no UUID", "/transfer/7", 400, "invalid", "transfer_id"),
    get("a UUID in braces", f"/transfer/%7B{NOBODY}%7D", 400, "invalid", "transfer_id"),
    get("a journal entry", "/transfer/opening~cloud", 400, "invalid", "transfer_id"),
    get("unknown transfer", f"/transfer/{NOBODY}", 404, "unknown-transfer"),
]
PARAMETERS = [
    *(
        get(f"limit {limit!r}", f"/accounts?limit={limit}", 400, "invalid", "limit")
        for limit in ("0", "101", "-1", "1.5", "ten", "", "%00", "1e1", "%D9%A1", "9" * 5000, "+5")
    ),
    get("limit twice", "/accounts?limit=1&limit=2", 400, "invalid", "limit"),
    get("unknown parameter", "/accounts?limt=1", 400, "invalid", "limt"),
    get("bad UTF-8 parameter", "/accounts?%ff=1", 400, "invalid"),
    get("two thousand parameters", "/accounts?" + "&".join(f"a{n}" for n in range(2000)), 400, "invalid"),
    *(
        get(f"cursor {cursor[:20]!r}", f"{path}?cursor={cursor}", 400, "invalid", "cursor")
        for path in ("/accounts", "/account/cloud/transfers")
        for cursor in ("", "%00", "x", "====", "bnVsbA", "WzFd", "eyJhIjoxfQ", "W" * 2000, "%F0%9F%92%A9", "W10")
    ),
]
METHODS = [
    *(
        Sent(f"{method} {path}", method, path, b"", {}, 405, "method-not-allowed")
        for method, path in (
            ("GET", PAY), ("PUT", PAY), ("DELETE", CREATE), ("PATCH", CREATE), ("POST", "/accounts"),
            ("POST", "/account/cloud"), ("DELETE", "/account/cloud"), ("POST", "/healthcheck"), ("TRACE", "/accounts"),
            ("BREW", PAY), ("POST", f"/transfer/{NOBODY}"), ("POST", "/account/cloud/transfers/"), ("PUT", "/schema"),
        )
    ),
]  # fmt: skip
ALL = {
    f"{group}: {sent.name}": sent
    for group, requests in {
        "amount": AMOUNTS,
        "account": ACCOUNTS,
        "reference": REFERENCES,
        "creation": CREATIONS,
        "body": BODIES,
        "header": HEADERS,
        "path": PATHS,
        "parameter": PARAMETERS,
        "method": METHODS,
    }.items()
    for sent in requests
}


@pytest.fixture(scope="module")
def prepared(connected: Cloud) -> tuple[Cloud, Any]:
    """Two regions with some money in them, and what stands in their tables."""
    connected.empty()
    home, away = connected.apps.values()
    home.create("cloud", 1000)
    home.create("it", 1000)
    connected.replicate()
    for app in (home, away):  # so that both have a share of both accounts, and no request has a reason to open one
        assert app.pay("cloud", "it", 1).status_code == 200
        connected.replicate()
    return connected, connected.books()


@pytest.mark.parametrize("name", ALL)
def test_it_is_refused_and_nothing_changes(prepared: tuple[Cloud, Any], name: str) -> None:
    cloud, before = prepared
    sent = ALL[name]
    for app in cloud.apps.values():
        response = app.request(sent.method, sent.path, sent.content, **sent.headers)
        problem = response.json()
        assert (response.status_code, problem["code"]) == (sent.status, sent.code), problem
        if sent.field is not None:
            assert problem["field"] == sent.field
        assert ("Allow" in response.headers) == (sent.status == 405)
    assert cloud.books() == before, "the books have changed"


def test_there_are_enough_of_them() -> None:
    assert len(ALL) >= 60
