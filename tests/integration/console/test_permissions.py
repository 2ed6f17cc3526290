"""Which group may open which page, and what every page has in common."""

import os
import uuid
from collections import Counter

import pytest
from django.contrib.admin import site
from django.urls import resolve

from console.groups import GROUPS
from sandbox.config import ROOT
from tests.integration.api.cloud import AWAY, HOME, Cloud
from tests.integration.api.faults import cut, refuse, time_out
from tests.integration.console.browsing import Somebody, create, text
from tests.integration.console.conftest import logged_in
from tests.integration.console.test_incidents import report
from tests.integration.console.test_keys import id_of, make

# What to open, and the groups that may. The names in braces are made by the fixture below.
PAGES = {
    "/admin/": set(GROUPS),
    "/admin/console/": set(GROUPS),
    "/admin/console/account/": set(GROUPS),
    "/admin/console/account/cloud/change/": set(GROUPS),
    "/admin/console/account/cloud/change/?raw&ask": set(GROUPS),
    "/admin/console/account/cloud/freeze/": {"operators", "supervisors"},
    "/admin/console/account/cloud/unfreeze/": {"operators", "supervisors"},
    "/admin/console/account/cloud/adjust/": {"supervisors"},
    "/admin/console/account/open-adjustments/": {"supervisors"},
    "/admin/console/transfer/": set(GROUPS),
    "/admin/console/transfer/?q=cloud": set(GROUPS),
    "/admin/console/transfer/{transfer}/change/": set(GROUPS),
    "/admin/console/incident/": set(GROUPS),
    "/admin/console/incident/event~ap-northeast-2/change/": set(GROUPS),
    "/admin/console/incident/event~ap-northeast-2/acknowledge/": {"operators", "supervisors"},
    "/admin/console/apikey/": set(GROUPS),
    "/admin/console/apikey/{key}/change/": set(GROUPS),
    "/admin/console/apikey/create/": {"supervisors"},
    "/admin/console/apikey/{key}/revoke/": {"supervisors"},
    "/admin/console/operator/": {"supervisors"},
    "/admin/console/logline/": set(GROUPS),
}

_ACTIONS = ("freeze/", "adjust/", "-adjustments/", "/acknowledge/", "/create/", "/revoke/")
FORMS = [path for path in PAGES if path.endswith(_ACTIONS)]

TABLE = ROOT / "docs" / "admin-access.md"
INTRODUCTION = """\
# Who may open what in the admin

Made from the answers of the admin by `tests/integration/console/test_permissions.py`, which compares, and with
`WRITE_DOCS=1` writes. 302 is the way to the login page; POST is a form that is sent with nothing filled in, so it is
shown again to those who may send it. Without its token it is a 403 for everybody. The last column counts what the page
asks the tables for a supervisor; two of these requests are for the session and the operator.

"""
NO_PAGES = [
    "/admin/nowhere/",
    "/admin/auth/group/",
    "/admin/password_change/",
    "/admin/autocomplete/",
    "/admin/r/1/2/",
    "/admin/console/account/add/",
    "/admin/console/account/cloud/delete/",
    "/admin/console/account/cloud/history/",
    "/admin/console/logline/x/change/",
    "/admin/console/operator/ann/change/",
]


@pytest.fixture
def names(cloud: Cloud, ann: Somebody) -> dict[str, str]:
    """Something of each kind; the parts of addresses that are known only now."""
    ann.app.create("cloud", 1000)
    ann.app.create("it", 0)
    transfer: str = ann.app.pay("cloud", "it", 5).json()["transfer_id"]
    report(cloud, "event", account="cloud")
    ann.send(
        "/admin/console/account/open-adjustments/", currency="USD", balance="0", reason="why", key=str(uuid.uuid4())
    )
    key = id_of(make(ann))
    cloud.calls.clear()
    return {"transfer": transfer, "key": key}


@pytest.mark.parametrize("group", list(GROUPS))
def test_each_group_opens_what_it_may(cloud: Cloud, names: dict[str, str], group: str) -> None:
    create(cloud, "gil", group)
    gil = logged_in(cloud, HOME, "gil")
    for path, groups in PAGES.items():
        page = gil.get(path.format(**names), 200 if group in groups else 403)
        assert "gil" in text(page), path


@pytest.mark.timeout(600)  # about a hundred pages, on a machine that may be busy
def test_the_table_of_pages_and_groups_is_as_written(cloud: Cloud, names: dict[str, str]) -> None:
    people = {"nobody": Somebody(cloud.apps[HOME])}
    for number, group in enumerate(GROUPS):
        create(cloud, f"gil{number}", group)
        people[group] = logged_in(cloud, HOME, f"gil{number}")
    tokens = {name: person.token("/admin/" if name in GROUPS else "/admin/login/") for name, person in people.items()}
    rows = [["", *people, "requests"], ["---"] * (2 + len(people))]
    for method, path in [*(("GET", path) for path in PAGES), *(("POST", path) for path in FORMS)]:
        answers = []
        for name, person in people.items():
            cloud.calls.clear()
            sent = {"csrfmiddlewaretoken": tokens[name]}
            answers.append(str(person.request(method, path.format(**names), sent).status_code))
        rows.append([f"`{method} {path}`", *answers, counted(cloud)])
    written = INTRODUCTION + "".join(f"| {' | '.join(row)} |\n" for row in rows)
    if os.environ.get("WRITE_DOCS") == "1":
        TABLE.write_text(written, encoding="utf-8")
    assert TABLE.read_text(encoding="utf-8") == written


def counted(cloud: Cloud) -> str:
    """How many requests of which kind there were, and how many of them to the other region."""
    kinds = Counter(call.operation for call in cloud.calls)
    elsewhere = sum(call.region != HOME for call in cloud.calls)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) + (
        f" ({elsewhere} in the other region)" if elsewhere else ""
    )


def test_no_page_is_missing() -> None:
    """Every address that is routed below a list is opened above."""
    routed = {pattern.name for admin_of in site._registry.values() for pattern in admin_of.get_urls()}
    opened = {resolve(path.partition("?")[0].format(transfer="x", key="y")).url_name for path in PAGES}
    assert routed <= opened, routed - opened


def test_a_group_that_is_not_there_any_more_may_nothing(cloud: Cloud, names: dict[str, str]) -> None:
    create(cloud, "gil", "inspectors")
    gil = logged_in(cloud, HOME, "gil")
    row = next(row for row in cloud.items(HOME, "control-table") if row["sk"]["S"] == "gil")
    cloud.put(HOME, "control-table", row | {"group": {"S": "gone"}})
    assert "permission to view" in text(gil.get("/admin/"))
    for path in set(PAGES) - {"/admin/", "/admin/console/"}:
        gil.get(path.format(**names), 403)
    gil.get("/admin/console/", 404)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST", "OPTIONS", "TRACE", "FOO"])
def test_no_method_changes_what_a_page_only_shows(
    cloud: Cloud, names: dict[str, str], ann: Somebody, method: str
) -> None:
    before = cloud.books()
    for path in PAGES:
        assert ann.request(method, path.format(**names)).status_code < 500, path
    assert cloud.books() == before


def test_pages_are_kept_nowhere_and_framed_nowhere(names: dict[str, str], ann: Somebody) -> None:
    for path in PAGES:
        response = ann.request("GET", path.format(**names))
        assert "no-store" in response["Cache-Control"], path
        assert response["X-Frame-Options"] == "DENY"
        assert response["Referrer-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_a_parameter_of_djangos_that_no_page_has_is_refused_by_a_page(ann: Somebody) -> None:
    assert "The admin makes no such address" in text(ann.get("/admin/console/account/?_to_field=id", 400))


def test_an_address_without_a_page_is_a_page_that_says_so(ann: Somebody) -> None:
    for path in NO_PAGES:
        assert "There is nothing at this address." in text(ann.get(path, 404)), path


def test_with_the_other_region_away_every_page_shows_what_is_here(
    cloud: Cloud, names: dict[str, str], ann: Somebody
) -> None:
    cloud.faults.append(cut(AWAY))
    for path in PAGES:
        page = text(ann.get(path.format(**names)))
        assert ("Could not be asked" in page) == ("ask" in path), path


def test_with_home_away_every_page_shows_what_is_here(
    cloud: Cloud, names: dict[str, str], ann: Somebody, ann_away: Somebody
) -> None:
    cloud.replicate()
    for row in cloud.items(HOME, "control-table"):
        if row["pk"]["S"] == "api-key":
            cloud.put(AWAY, "control-table", row)
    cloud.faults.append(cut(HOME))
    for path in PAGES:
        page = text(ann_away.get(path.format(**names)))
        assert ("Could not be asked" in page) == ("ask" in path), path


def test_with_the_own_tables_away_every_page_says_so_in_time(
    cloud: Cloud, names: dict[str, str], ann: Somebody
) -> None:
    cloud.faults.append(time_out(HOME))
    for path in PAGES:
        page = text(ann.get(path.format(**names), 503))
        assert f"The tables of {HOME} do not answer now." in page, path
    stranger = Somebody(cloud.apps[HOME])
    assert "Log in" in stranger.get("/admin/login/")
    assert "do not answer now" in text(stranger.read(stranger.log_in(), 503))


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException", "InternalServerError"])
def test_whatever_the_table_says_is_no_500(cloud: Cloud, names: dict[str, str], ann: Somebody, code: str) -> None:
    for operation in ("Query", "BatchGetItem"):
        cloud.faults.append(refuse(code, operation))
        for path in PAGES:
            assert ann.request("GET", path.format(**names)).status_code in (200, 503), (operation, path)
        cloud.faults.clear()
