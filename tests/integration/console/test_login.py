"""Who is let in, for how long, and how often somebody may try."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings

from console import operators, oplog, throttle
from ledger.start import SystemClock
from tests.integration.api.cloud import AWAY, HOME, Cloud
from tests.integration.console.browsing import PASSWORD, Somebody, create, hashed, text
from tests.integration.console.conftest import logged_in

WRONG = "Name or password is wrong, or the operator may not log in."


class LaterClock(SystemClock):
    """The machine's clock, ahead by ``by``."""

    by = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


def log_of(cloud: Cloud, region: str = HOME) -> list[tuple[str, str, str]]:
    """The operator log, oldest first: who, what, and the outcome."""
    lines, _ = oplog.page(cloud.apps[region].ledger, 100)
    return [(line.operator, line.action, line.outcome) for line in reversed(lines)]


def test_nobody_sees_a_page_without_logging_in(cloud: Cloud) -> None:
    stranger = Somebody(cloud.apps[HOME])
    for path in ("/admin/", "/admin/console/account/", "/admin/console/account/cloud/freeze/", "/admin/nowhere/"):
        response = stranger.request("GET", path)
        assert (response.status_code, response["Location"]) == (302, f"/admin/login/?next={path}")
    assert cloud.calls == []


def test_the_address_without_a_slash_leads_to_the_admin(cloud: Cloud) -> None:
    response = Somebody(cloud.apps[HOME]).request("GET", "/admin")
    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_a_login_leads_to_the_page_that_was_asked_for(cloud: Cloud) -> None:
    create(cloud)
    somebody = Somebody(cloud.apps[HOME])
    response = somebody.send("/admin/login/", username="ann", password=PASSWORD, next="/admin/console/account/")
    assert response["Location"] == "/admin/console/account/"
    assert "ann" in text(somebody.follow(response))
    assert log_of(cloud) == [("ann", "log in", "done")]


def test_a_login_leads_nowhere_else(cloud: Cloud) -> None:
    create(cloud)
    response = Somebody(cloud.apps[HOME]).send(
        "/admin/login/", username="ann", password=PASSWORD, next="https://elsewhere.example/"
    )
    assert response["Location"] == "/admin/"


@pytest.mark.parametrize(
    ("name", "password"),
    [("ann", "wrong"), ("nobody", PASSWORD), ("Ann", PASSWORD), ("", ""), ("a\0b", "x"), ("a" * 300, "x")],
)
def test_wrong_names_and_passwords_are_told_the_same(cloud: Cloud, name: str, password: str) -> None:
    create(cloud)
    somebody = Somebody(cloud.apps[HOME])
    page = somebody.read(somebody.log_in(name, password))
    assert "errornote" in page or "errorlist" in page
    if name in ("ann", "nobody"):
        assert WRONG in text(page)
        told = name if name == "ann" else "(unknown name)"
        assert log_of(cloud) == [(told, "log in", "refused: wrong name or password")]
    else:
        assert log_of(cloud) == []
    assert somebody.request("GET", "/admin/").status_code == 302


def test_a_disabled_operator_is_out_at_once_and_cannot_come_back(cloud: Cloud, ann: Somebody) -> None:
    operators.disable(ann.app.ledger, "ann")
    assert ann.request("GET", "/admin/").status_code == 302
    assert WRONG in text(ann.read(ann.log_in()))


def test_a_new_password_ends_open_sessions(cloud: Cloud, ann: Somebody) -> None:
    operators.change_password(ann.app.ledger, "ann", hashed("another sentence that nobody guesses"))
    assert ann.request("GET", "/admin/").status_code == 302


def test_after_five_attempts_the_right_password_has_to_wait_too(cloud: Cloud) -> None:
    create(cloud)
    clock = LaterClock()
    app = cloud.apps[HOME]
    app.ledger = replace(app.ledger, clock=clock)
    somebody = Somebody(app)
    for _ in range(throttle.MOST):
        assert WRONG in text(somebody.read(somebody.log_in("ann", "wrong")))
    assert log_of(cloud)[-1] == ("ann", "log in", "refused: wrong name or password; no further attempt for a while")
    response = somebody.log_in()
    assert "Too many attempts under this name. Try again in 15 min." in text(somebody.read(response, 429))
    assert 0 < int(response["Retry-After"]) <= 900
    clock.by = throttle.WINDOW + timedelta(seconds=1)
    assert somebody.log_in().status_code == 302


def test_waiting_is_not_prolonged_by_asking_again(cloud: Cloud) -> None:
    create(cloud)
    clock = LaterClock()
    app = cloud.apps[HOME]
    app.ledger = replace(app.ledger, clock=clock)
    somebody = Somebody(app)
    for minute in range(throttle.MOST + 9):
        clock.by = timedelta(minutes=minute)
        somebody.log_in("ann", "wrong")
    clock.by = throttle.WINDOW + timedelta(minutes=1)
    assert somebody.log_in().status_code == 302


def test_a_login_that_succeeds_forgets_the_attempts_before(cloud: Cloud) -> None:
    create(cloud)
    for _ in range(3):
        somebody = Somebody(cloud.apps[HOME])
        for _ in range(throttle.MOST - 1):
            assert somebody.log_in("ann", "wrong").status_code == 200
        assert somebody.log_in().status_code == 302


def test_attempts_count_for_one_name_only(cloud: Cloud) -> None:
    create(cloud)
    create(cloud, "bob")
    somebody = Somebody(cloud.apps[HOME])
    for _ in range(throttle.MOST + 1):
        somebody.log_in("bob", "wrong")
    assert somebody.log_in("bob").status_code == 429
    assert somebody.log_in("ann").status_code == 302


def test_logging_out_ends_every_copy_of_the_cookie(cloud: Cloud, ann: Somebody) -> None:
    copy = Somebody(cloud.apps[HOME])
    copy.client.cookies = ann.client.cookies.copy()
    copy.get("/admin/")
    page = ann.get("/admin/")
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    ann.read(ann.request("POST", "/admin/logout/", {"csrfmiddlewaretoken": token}))
    assert ann.request("GET", "/admin/").status_code == 302
    assert copy.request("GET", "/admin/").status_code == 302
    assert log_of(cloud)[-1] == ("ann", "log out", "done")


def test_a_session_is_good_in_every_region_at_once(cloud: Cloud, ann_away: Somebody) -> None:
    assert AWAY in text(ann_away.get("/admin/"))


def test_a_forged_or_old_cookie_opens_nothing_and_costs_no_request(cloud: Cloud, ann: Somebody) -> None:
    cookie = ann.client.cookies["console_session"]
    good = cookie.value
    for value in (good[:-1] + ("A" if good[-1] != "A" else "B"), "x", ""):
        ann.client.cookies["console_session"] = value
        assert ann.request("GET", "/admin/").status_code == 302
    ann.client.cookies["console_session"] = good
    cloud.calls.clear()
    with override_settings(SESSION_COOKIE_AGE=-1):
        assert ann.request("GET", "/admin/").status_code == 302
    assert cloud.calls == []


def test_cookies_are_for_the_admin_alone_and_no_script_reads_them(cloud: Cloud, ann: Somebody) -> None:
    for name in ("console_session", "console_csrf"):
        cookie: Any = ann.client.cookies[name]
        assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/admin/", "Strict", True)
    assert ann.client.cookies["console_session"]["max-age"] == ""  # ends with the browser


def test_a_form_without_its_token_is_refused(cloud: Cloud, ann: Somebody) -> None:
    page = ann.read(ann.request("POST", "/admin/console/account/cloud/freeze/", {"note": "x"}), 403)
    assert "load the page again" in text(page)
    for origin in ("https://elsewhere.example", "null"):
        token = ann.get("/admin/").split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        response = ann.request("POST", "/admin/logout/", {"csrfmiddlewaretoken": token}, origin=origin)
        assert response.status_code == 403
    assert ann.get("/admin/")


def test_the_table_is_asked_few_times_for_a_page_and_a_login(cloud: Cloud) -> None:
    create(cloud)
    somebody = Somebody(cloud.apps[HOME])
    assert somebody.log_in().status_code == 302
    # The form costs nothing. Attempts, this attempt, attempts again, the operator, success, the line of the log.
    assert [call.operation for call in cloud.calls] == [
        "Query",
        "PutItem",
        "Query",
        "BatchGetItem",
        "PutItem",
        "PutItem",
    ]
    logged_in(cloud, HOME)
    somebody.get("/admin/")
    # Whether the session was ended, the operator, and the newest lines of the log.
    assert [call.operation for call in cloud.calls] == ["BatchGetItem", "BatchGetItem", "Query"]
