"""API keys over HTTP: who gets in, who does not, and what it costs."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from access import known
from ledger.start import SystemClock
from tests.integration.api import faults
from tests.integration.api.cloud import AWAY, HOME, App, Cloud
from tests.integration.api.keyed import LONG_AGO, id_of, make, revoke

REALM = 'Bearer realm="account-ledger"'
INVALID = f'{REALM}, error="invalid_token"'
NOBODY = f"alk_{'0' * 16}_{'0' * 64}"


@pytest.fixture(autouse=True)
def closed(settings: Settings) -> None:
    """Keys are asked for, as in production."""
    settings.LEDGER_OPEN_ACCESS = False


class Ahead(SystemClock):
    """The clock of the machine, put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


@pytest.fixture
def clock(cloud: Cloud) -> Ahead:
    """The clock of both applications."""
    clock = Ahead()
    cloud.set_clock(clock)
    return clock


def told(response: Any) -> tuple[int, str, str | None]:
    return response.status_code, response.json()["code"], response.headers.get("WWW-Authenticate")


def test_a_key_opens_what_its_scopes_say(home: App) -> None:
    key = make(home, "read", "create", "transfer", debits=("cloud",))
    home.create("cloud", 1000, authorization=key)
    home.create("it", authorization=key)
    assert home.pay("cloud", "it", 1, authorization=key).status_code == 200
    assert home.get("/account/cloud", authorization=key).json()["balance"] == "999.00"


def test_a_key_without_the_scope_is_told_which_one_it_needs(home: App) -> None:
    response = home.post("/create_account", {"account_id": "x", "balance": 1}, authorization=make(home, "read"))
    assert told(response) == (403, "insufficient-scope", f'{REALM}, error="insufficient_scope", scope="create"')
    assert response.json()["scope"] == "create"


def test_a_key_debits_its_own_accounts_only_and_credits_all(home: App) -> None:
    maker, payer = make(home, "create"), make(home, "transfer", debits=("till-*",))
    for account_id in ("till-1", "cloud"):
        home.create(account_id, 10, authorization=maker)
    home.calls.clear()
    response = home.pay("cloud", "till-1", 1, authorization=payer)
    assert told(response) == (403, "debit-not-allowed", f'{REALM}, error="insufficient_scope"')
    assert response.json()["account_id"] == "cloud"
    assert "TransactWriteItems" not in [call.operation for call in home.calls]
    assert home.pay("till-1", "cloud", 1, authorization=payer).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_the_name_of_the_scheme_has_no_case(home: App, scheme: str) -> None:
    key = make(home, "read").removeprefix("Bearer ")
    assert home.get("/accounts", authorization=f"{scheme} {key}").status_code == 200


def test_what_opens_nothing_is_not_told_apart(home: App) -> None:
    good = make(home, "read")
    expired = make(home, "read", expires_at=LONG_AGO)
    revoked = make(home, "read")
    revoke(home, revoked)
    other_secret = good[:-1] + ("0" if good[-1] != "0" else "1")
    answers = [
        home.get("/accounts", authorization=key)
        for key in (f"Bearer {NOBODY}", expired, revoked, other_secret, "Bearer x", "Bearer")
    ]
    assert {told(answer) for answer in answers} == {(401, "invalid-key", INVALID)}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert home.get("/accounts", authorization=good).status_code == 200


def test_no_key_and_another_scheme_are_asked_for_one(home: App) -> None:
    for headers in ({}, {"authorization": "Basic dGVsbGVyOnNlY3JldA=="}, {"authorization": ""}):
        assert told(home.get("/accounts", **headers)) == (401, "unauthenticated", REALM)


def test_a_key_is_looked_at_also_where_none_is_needed(home: App, settings: Settings) -> None:
    settings.LEDGER_OPEN_ACCESS = True
    reader = make(home, "read")
    assert home.create("cloud", 1).status_code == 201
    assert home.get("/account/cloud", authorization=reader).status_code == 200
    assert home.pay("cloud", "it", 1, authorization=reader).json()["code"] == "insufficient-scope"
    assert home.get("/account/cloud", authorization=f"Bearer {NOBODY}").json()["code"] == "invalid-key"


def test_a_rotated_key_does_not_pay_twice(home: App) -> None:
    maker = make(home, "create", "read")
    old, new = (make(home, "transfer", debits=("*",)) for _ in range(2))
    for account_id in ("cloud", "it"):
        home.create(account_id, 10, authorization=maker)
    first = home.pay("cloud", "it", 1, authorization=old, idempotency_key="k")
    revoke(home, old)
    again = home.pay("cloud", "it", 1, authorization=new, idempotency_key="k")
    assert (again.status_code, again.json(), again.headers["Idempotency-Replayed"]) == (200, first.json(), "true")
    assert home.get("/account/it", authorization=maker).json()["balance"] == "11.00"


def test_idempotency_keys_belong_to_the_caller(home: App) -> None:
    maker = make(home, "create", "read")
    home.create("cloud", 10, authorization=maker)
    home.create("it", 10, authorization=maker)
    paid = [
        home.pay("cloud", "it", 1, authorization=make(home, "transfer", debits=("*",), principal=principal),
                 idempotency_key="k").json()["transfer_id"]
        for principal in ("one", "two")
    ]  # fmt: skip
    assert len(set(paid)) == 2
    assert home.get("/account/it", authorization=maker).json()["balance"] == "12.00"


def test_a_known_key_costs_no_request_to_a_table(cloud: Cloud, home: App) -> None:
    key = make(home, "create", "transfer", debits=("cloud",))
    home.create("cloud", 10, authorization=key)
    home.create("it", 10, authorization=key)
    cloud.calls.clear()
    assert home.pay("cloud", "it", 1, authorization=key).status_code == 200
    assert [(call.region, call.operation) for call in cloud.calls] == [(HOME, "TransactWriteItems")]


def test_a_new_key_costs_one_read_and_later_its_last_use(cloud: Cloud, home: App) -> None:
    key = make(home, "transfer", debits=("*",))
    home.post("/transfer", {}, authorization=key)
    assert [(call.operation, call.body["TableName"]) for call in cloud.calls] == [
        ("Query", "control-table"),
        ("UpdateItem", "control-table"),  # by a thread of its own, in a running application
    ]
    assert cloud.calls[0].body["ConsistentRead"] is True
    home.post("/transfer", {}, authorization=key)
    assert len(cloud.calls) == 2


def test_what_is_no_key_costs_no_request_to_a_table(cloud: Cloud, home: App) -> None:
    for header in ({}, {"authorization": "Bearer x"}, {"authorization": "Basic x"}):
        home.get("/accounts", **header)
    assert not cloud.calls
    home.get("/accounts", authorization=f"Bearer {NOBODY}")
    home.get("/accounts", authorization=f"Bearer {NOBODY}")
    assert [call.operation for call in cloud.calls] == ["Query"]


def test_a_key_of_another_region_works_when_it_has_arrived(cloud: Cloud, home: App, away: App, clock: Ahead) -> None:
    key = make(home, "read")
    assert away.get("/accounts", authorization=key).status_code == 401
    cloud.replicate()
    clock.ahead = known.UNKNOWN
    assert away.get("/accounts", authorization=key).status_code == 200


def test_a_revocation_is_in_effect_everywhere_in_time(cloud: Cloud, home: App, away: App, clock: Ahead) -> None:
    key = make(home, "read")
    cloud.replicate()
    for app in (home, away):
        assert app.get("/accounts", authorization=key).status_code == 200
    assert revoke(home, key).written == (HOME, AWAY)  # nothing is replicated here
    clock.ahead = 2 * known.FRESH
    for app in (home, away):
        assert told(app.get("/accounts", authorization=key)) == (401, "invalid-key", INVALID)


def test_a_revoked_key_works_behind_a_cut_link_until_it_is_healed_or_revoked_there(
    cloud: Cloud, home: App, away: App, clock: Ahead
) -> None:
    key, other = make(home, "read"), make(home, "read")
    cloud.replicate()
    for authorization in (key, other):
        assert away.get("/accounts", authorization=authorization).status_code == 200
    cut = faults.cut(AWAY)
    cloud.faults.append(cut)
    assert (revoke(home, key).missed, revoke(home, other).missed) == ((AWAY,), (AWAY,))
    cloud.faults.remove(cut)  # the operator now works in the other region, which does not reach home
    cloud.faults.append(faults.cut(HOME))
    assert revoke(away, other).written == (AWAY,)
    clock.ahead = 2 * known.FRESH
    assert away.get("/accounts", authorization=other).status_code == 401
    assert away.get("/accounts", authorization=key).status_code == 200
    cloud.faults.clear()
    cloud.replicate()
    clock.ahead = 4 * known.FRESH
    for app in (home, away):
        assert app.get("/accounts", authorization=key).status_code == 401


def test_without_the_control_table_known_keys_go_on_for_a_while_and_others_get_503(
    cloud: Cloud, home: App, clock: Ahead
) -> None:
    key, unseen = make(home, "read"), make(home, "read")
    home.get("/accounts", authorization=key)

    def away(call: Any) -> None:
        if call.body.get("TableName") == "control-table":
            faults.cut(HOME)(call)

    cloud.faults.append(away)
    clock.ahead = 2 * known.FRESH
    assert home.get("/accounts", authorization=key).status_code == 200
    response = home.get("/accounts", authorization=unseen)
    assert (response.status_code, response.json()["code"], response.headers["Retry-After"]) == (503, "busy", "1")
    clock.ahead = known.LONGEST + 1
    assert home.get("/accounts", authorization=key).status_code == 503


def test_a_key_that_is_too_fast_is_told_when_to_come_again(cloud: Cloud, settings: Settings, clock: Ahead) -> None:
    settings.LEDGER_KEY_RATE = 2
    app = cloud.app(HOME)
    key, other = make(app, "read"), make(app, "read")
    statuses = [app.get("/account/x", authorization=key).status_code for _ in range(4)]
    refused = app.get("/account/x", authorization=key)
    assert statuses == [404] * 4
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
    assert refused.headers["Retry-After"] == "1"
    assert app.get("/account/x", authorization=other).status_code == 404
    assert app.get("/accounts", authorization=f"Bearer {NOBODY}").status_code == 401


def test_a_refused_payment_names_the_key_to_repeat_it_with(home: App) -> None:
    response = home.pay("cloud", "it", 1, authorization=make(home, "read"), idempotency_key="k")
    assert (response.status_code, response.headers["Idempotency-Key"]) == (403, "k")


def test_an_open_demonstration_lets_everybody_in_at_the_rate_of_one_key(cloud: Cloud, settings: Settings) -> None:
    settings.LEDGER_OPEN_DEMONSTRATION = True
    settings.LEDGER_KEY_RATE = 1
    app = cloud.app(HOME)
    assert app.create("cloud", 5).status_code == 201
    assert app.get("/account/cloud").status_code == 200
    assert app.get("/account/cloud").status_code == 429
    assert app.get("/account/cloud", authorization=make(app, "read")).status_code == 200


def test_the_last_use_is_kept(cloud: Cloud, home: App) -> None:
    key = make(home, "read")
    home.get("/accounts", authorization=key)
    (row,) = [row for row in cloud.items(HOME, "control-table") if row["sk"]["S"] == f"{id_of(key)}~used~{HOME}"]
    assert row["last_used_at"]["S"] <= home.ledger.now()


def test_logs_name_the_key_by_its_id_and_never_show_it(
    home: App, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    key = make(home, "read")
    revoked = make(home, "read")
    revoke(home, revoked)
    for authorization in (key, revoked, key[:-1], key + "0", f"Basic {key}", f"Bearer {key}"):
        home.get("/accounts", authorization=authorization)
        home.post("/transfer", {}, authorization=authorization)
    lines = [vars(record) for record in caplog.records if record.name == "access"]
    assert [(line["principal"], line["key_id"]) for line in lines[:4]] == [
        ("teller", id_of(key)), ("teller", id_of(key)), (None, id_of(revoked)), (None, id_of(revoked)),
    ]  # fmt: skip
    logged = capsys.readouterr().out + "".join(str(record.__dict__) for record in caplog.records)
    for authorization in (key, revoked):
        assert authorization.rpartition("_")[2][:-1] not in logged


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.text(st.characters(max_codepoint=255), max_size=100)
    | st.text(st.characters(max_codepoint=255), max_size=100).map(lambda text: f"Bearer {text}")
    | st.from_regex(r"Bearer alk_[0-9a-f]{16}_[0-9a-f]{63,65}( |,|\x00)?")
    | st.sampled_from(["Bearer " + "a" * 9000, "Bearer ,Bearer ", "Bearer\t" + NOBODY, "Bearer " + NOBODY * 2])
)
def test_no_authorization_header_breaks_it(home: App, header: str) -> None:
    for path in ("/accounts", "/account/x"):
        response = home.get(path, authorization=header)
        assert response.status_code in (401, 429)
        assert response.headers["WWW-Authenticate"].startswith(REALM) or response.status_code == 429
