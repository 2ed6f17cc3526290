"""Incidents: the list, the two images side by side, and acknowledging."""

import re
from decimal import Decimal
from typing import Any

import pytest

from ledger import entries
from ledger.dynamodb import encode
from tests.integration.api.cloud import AWAY, HOME, Cloud
from tests.integration.console.browsing import Somebody, create, link, text
from tests.integration.console.conftest import logged_in

LIST = "/admin/console/incident/"


def report(cloud: Cloud, name: str, region: str = HOME, reason: str = "foreign-write", **details: Any) -> str:
    """Put an incident as the resolver does, known in both regions; returns the address of its page."""
    now = f"2026-11-24T10:{len(cloud.items(HOME, 'journal-table')) % 60:02}:00.000000Z"
    item = encode(entries.incident(name, region, reason, now, **details))
    for known_in in (HOME, AWAY):
        cloud.put(known_in, "journal-table", item)
    return f"{LIST}{name}~{region}/change/"


def test_the_list_is_newest_first_and_says_who_has_looked(cloud: Cloud, ann: Somebody) -> None:
    report(cloud, "one", account="cloud")
    report(cloud, "two", AWAY, "journal-changed", entry="x y")
    page = text(ann.get(LIST))
    assert page.index("journal-changed") < page.index("foreign-write")
    assert f"foreign-write cloud {HOME} nobody yet" in page
    assert [call.operation for call in cloud.calls][2:] == ["Query", "Query", "BatchGetItem"]


def test_pages_go_on_where_an_answer_was_cut_at_a_megabyte(cloud: Cloud, ann: Somebody) -> None:
    big = {"x": "y" * 25_000}
    for n in range(40):
        report(cloud, f"event-{n:02}", old=big, new=big)
    first = ann.get(LIST)
    second = ann.get(LIST + link(first, "Next page"))
    shown = [re.findall(r"/incident/(event-\d\d)~", page) for page in (first, second)]
    assert [len(set(names)) for names in shown] == [25, 15]
    assert "Next page" not in second


def test_both_images_stand_side_by_side_and_what_changed_is_marked(cloud: Cloud, ann: Somebody) -> None:
    old = {"account_id": "cloud", "balance": Decimal(10), "status": "active"}
    new = {"account_id": "cloud", "balance": Decimal("9999.5"), "extra": {"a": {"b"}}}
    page = ann.get(report(cloud, "event", account="cloud", share="cloud", old=old, new=new))
    assert sorted(re.findall(r'<tr class="changed"><th scope="row">(\w+)', page)) == ["balance", "extra", "status"]
    assert "account_id cloud cloud" in text(page)
    assert "balance (changed) 10 9999.5" in text(page)
    assert link(page, "cloud") == "/admin/console/account/cloud/change/"


def test_an_image_that_was_cut_off_is_shown_as_it_is(cloud: Cloud, ann: Somebody) -> None:
    page = ann.get(report(cloud, "event", new={"x": "y" * 30_000}))
    assert "side-by-side" in page
    assert "(nothing)" in page


def test_an_incident_of_an_account_is_on_its_page(cloud: Cloud, ann: Somebody) -> None:
    ann.app.create("cloud", 1000)
    ann.app.create("it", 1000)
    report(cloud, "event", account="cloud", share="cloud")
    report(cloud, "other", share=f"it@{AWAY}")
    page = ann.get("/admin/console/account/cloud/change/")
    assert link(page, "foreign-write") == f"{LIST}event~{HOME}/change/"
    assert "other~" not in page
    assert link(ann.get("/admin/console/account/it/change/"), "foreign-write") == f"{LIST}other~{HOME}/change/"


def test_it_is_acknowledged_with_a_note_once_in_a_region(cloud: Cloud, ann: Somebody, ann_away: Somebody) -> None:
    path = report(cloud, "rebuilt~op-1", account="cloud")
    acknowledge = path.replace("change/", "acknowledge/")
    assert "Acknowledge this incident?" in text(ann.read(ann.send(acknowledge, note="")))
    page = text(ann.follow(ann.send(acknowledge, note="My own hand, sorry.")))
    assert "Acknowledged. " in page
    assert f"in {HOME}: My own hand, sorry." in page
    assert "Somebody has acknowledged this incident already." in text(ann.follow(ann.send(acknowledge, note="me too")))
    assert f"in {AWAY}: Seen here." in text(ann_away.follow(ann_away.send(acknowledge, note="Seen here.")))
    assert "nobody yet" not in text(ann.get(LIST))
    log = text(ann.get("/admin/console/logline/"))
    assert f"acknowledge rebuilt~op-1~{HOME} begun My own hand, sorry." in log
    assert f"acknowledge rebuilt~op-1~{HOME} refused: Somebody has acknowledged this incident already." in log


def test_inspectors_acknowledge_nothing(cloud: Cloud) -> None:
    create(cloud, "ian", "inspectors")
    ian = logged_in(cloud, HOME, "ian")
    path = report(cloud, "event", account="cloud")
    assert "Acknowledge" not in re.findall(r"<li><a[^>]*>(\w+)", ian.get(path))
    ian.get(path.replace("change/", "acknowledge/"), 403)


@pytest.mark.parametrize("name", ["x", f"~{HOME}", "a~nowhere", f"nothing~{HOME}", "_00", f"x_0A~{HOME}"])
def test_what_is_no_incident_is_not_found(ann: Somebody, name: str) -> None:
    ann.get(f"{LIST}{name}/change/", 404)
    ann.get(f"{LIST}{name}/acknowledge/", 404)


@pytest.mark.parametrize("value", ["", "a\nb", "<b>", "x" * 500, "cloud@"])
def test_what_a_hand_has_put_into_an_incident_breaks_no_page(cloud: Cloud, ann: Somebody, value: str) -> None:
    ann.app.create("cloud", 1000)
    path = report(cloud, "event", account=value, transfer_id=value, entry=value, share=value, old={"a": value})
    for page in (path, LIST, "/admin/console/account/cloud/change/", path.replace("change/", "acknowledge/")):
        assert "<b>" not in ann.get(page)
