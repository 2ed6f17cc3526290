"""Freezing and unfreezing from the admin: who may, what is asked, what is written, what the log says."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from console import oplog
from tests.integration.api.cloud import AWAY, HOME, Call, Cloud
from tests.integration.api.faults import cut
from tests.integration.console.browsing import Somebody, create, text
from tests.integration.console.conftest import logged_in

ACCOUNT = "/admin/console/account/cloud/"


def log_of(cloud: Cloud, region: str = HOME) -> list[tuple[str, str, str, str]]:
    """What was done to accounts, oldest first: action, subject, outcome, note."""
    lines, _ = oplog.page(cloud.apps[region].ledger, 100)
    return [(line.action, line.subject, line.outcome, line.note) for line in reversed(lines) if line.subject]


def test_it_asks_first_and_wants_to_know_why(cloud: Cloud, ann: Somebody) -> None:
    ann.app.create("cloud", 1000)
    page = text(ann.get(f"{ACCOUNT}freeze/"))
    assert "Freeze cloud?" in page
    assert "Balance 1,000.00 USD" in page
    for note in ("", "   ", "x" * 501, "\0"):
        assert "Freeze cloud?" in text(ann.read(ann.send(f"{ACCOUNT}freeze/", note=note)))
    assert ann.app.get("/account/cloud").json()["status"] == "active"
    assert log_of(cloud) == []


def test_a_frozen_account_pays_no_more_until_it_is_unfrozen(cloud: Cloud, ann: Somebody) -> None:
    ann.app.create("cloud", 1000)
    ann.app.create("it", 0)
    page = text(ann.follow(ann.send(f"{ACCOUNT}freeze/", note="court order 12")))
    assert "Account cloud is frozen: done at home; the other regions follow." in page
    refused = ann.app.pay("cloud", "it", 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "account-frozen")
    assert "Unfreeze" in page
    assert "was so already" in text(ann.follow(ann.send(f"{ACCOUNT}freeze/", note="again")))
    assert "Account cloud is active: done at home" in text(ann.follow(ann.send(f"{ACCOUNT}unfreeze/", note="lifted")))
    assert ann.app.pay("cloud", "it", 1).status_code == 200
    assert log_of(cloud) == [
        ("freeze", "cloud", "begun", "court order 12"),
        ("freeze", "cloud", "done", ""),
        ("freeze", "cloud", "begun", "again"),
        ("freeze", "cloud", "done", ""),
        ("unfreeze", "cloud", "begun", "lifted"),
        ("unfreeze", "cloud", "done", ""),
    ]
    page = text(ann.get("/admin/console/logline/"))
    assert "ann freeze cloud begun court order 12" in page


def test_it_is_shown_which_regions_have_it_already(cloud: Cloud, ann: Somebody, ann_away: Somebody) -> None:
    ann.app.create("cloud", 1000)
    ann_away.app.create("it", 1)
    cloud.replicate()
    ann_away.app.pay("cloud", "it", 100)
    cloud.replicate()
    ann_away.send(f"{ACCOUNT}freeze/", note="from the other region")
    page = text(ann.get(f"{ACCOUNT}change/"))
    assert f"{AWAY} 400.00 – active not yet (version 1)" in page
    assert "– frozen up to date (version 2)" in page
    assert log_of(cloud, AWAY)[-1] == ("freeze", "cloud", "done", "")
    assert log_of(cloud, HOME) == []


def test_a_freeze_that_home_does_not_answer_is_not_done_and_says_so(
    cloud: Cloud, ann: Somebody, ann_away: Somebody
) -> None:
    ann.app.create("cloud", 1000)
    cloud.replicate()
    cloud.faults.append(cut(HOME))
    page = text(ann_away.follow(ann_away.send(f"{ACCOUNT}freeze/", note="now")))
    assert f"Not done. Out of reach: {HOME}." in page
    assert "Status active" in page
    assert log_of(cloud, AWAY)[-1][2].startswith(f"refused: Out of reach: {HOME}")
    page = text(ann_away.get(f"{ACCOUNT}change/?ask"))
    assert f"Could not be asked: {HOME}. Shown is the copy that is here." in page


def test_nothing_is_done_that_the_log_does_not_have(cloud: Cloud, ann: Somebody) -> None:
    ann.app.create("cloud", 1000)

    def no_log(call: Call) -> Any:
        if call.operation == "PutItem" and "operator-log" in str(call.body):
            raise ReadTimeoutError(endpoint_url=HOME)

    cloud.faults.append(no_log)
    assert "look into the operator log" in text(ann.read(ann.send(f"{ACCOUNT}freeze/", note="now"), 503))
    cloud.faults.clear()
    assert ann.app.get("/account/cloud").json()["status"] == "active"


def test_an_account_that_is_not_there_cannot_be_frozen(cloud: Cloud, ann: Somebody) -> None:
    ann.get(f"{ACCOUNT}freeze/", 404)


@pytest.mark.parametrize("verb", ["freeze", "unfreeze"])
def test_inspectors_only_look(cloud: Cloud, verb: str) -> None:
    create(cloud, "ian", "inspectors")
    ian = logged_in(cloud, HOME, "ian")
    ian.app.create("cloud", 1000)
    page = ian.get(f"{ACCOUNT}change/")
    assert "Freeze" not in text(page)
    assert "Your group may not do this." in text(ian.get(f"{ACCOUNT}{verb}/", 403))
    token = ian.token(f"{ACCOUNT}change/")
    ian.read(ian.request("POST", f"{ACCOUNT}{verb}/", {"csrfmiddlewaretoken": token, "note": "x"}), 403)
    assert ian.app.get("/account/cloud").json()["status"] == "active"
