"""The list of accounts and the page of one."""

import re
from typing import Any

import pytest

from tests.integration.api.cloud import AWAY, HOME, Cloud
from tests.integration.api.faults import cut
from tests.integration.console.browsing import Somebody, link, text

LIST = "/admin/console/account/"
KNOWN = ["BatchGetItem", "BatchGetItem"]  # of every page: whether the session was ended, and the operator


def page_of(account_id: str) -> str:
    return f"{LIST}{account_id}/change/"


def ids(page: str) -> list[str]:
    """The accounts in a list, in their order."""
    return re.findall(r'<th class="field-account_id">.*?>([^<]+)</a>', page)


def operations(cloud: Cloud) -> list[str]:
    found = [call.operation for call in cloud.calls]
    cloud.calls.clear()
    return found


@pytest.fixture
def many(cloud: Cloud, ann: Somebody) -> list[str]:
    """120 accounts in three currencies, of which two are frozen."""
    names = [f"customer-{n:03}" for n in range(120)]
    template = {}
    ann.app.create("template", 7)
    (template,) = cloud.items(HOME, "account-table")
    for n, name in enumerate(names):
        changed: dict[str, Any] = {"account_id": {"S": name}, "currency": {"S": ("USD", "EUR", "KRW")[n % 3]}}
        frozen = {"status": {"S": "frozen"}} if n in (5, 110) else {}
        cloud.put(HOME, "account-table", template | changed | frozen)
    cloud.calls.clear()
    return names


def walk(somebody: Somebody, path: str) -> list[list[str]]:
    """The accounts of all pages, from the first on."""
    pages = [somebody.get(path)]
    while True:
        try:
            following = link(pages[-1], "Next page")
        except AssertionError:
            return [ids(page) for page in pages]
        pages.append(somebody.get(LIST + following))


def joined(pages: list[list[str]]) -> list[str]:
    return [name for page in pages for name in page]


def test_pages_lead_to_every_account_once_in_both_directions(many: list[str], ann: Somebody) -> None:
    everyone = [*many, "template"]
    pages = walk(ann, LIST)
    assert [len(page) for page in pages] == [50, 50, 21]
    assert joined(pages) == everyone
    assert joined(walk(ann, f"{LIST}?o=-0")) == everyone[::-1]


def test_a_page_costs_two_requests_wherever_it_is(cloud: Cloud, many: list[str], ann: Somebody) -> None:
    ann.get(LIST)
    (*known, query, batch), asked = operations(cloud), cloud.calls
    assert (known, query, batch, asked) == (KNOWN, "Query", "BatchGetItem", [])
    ann.get(f"{LIST}?after=customer-090&o=0")
    assert operations(cloud) == [*KNOWN, "Query", "BatchGetItem"]


def test_the_search_is_for_the_beginning_of_ids_and_goes_on_over_pages(many: list[str], ann: Somebody) -> None:
    assert ids(ann.get(f"{LIST}?q=customer-11")) == many[110:]
    assert joined(walk(ann, f"{LIST}?q=customer-0")) == many[:100]
    assert joined(walk(ann, f"{LIST}?q=customer-0&o=-0")) == many[:100][::-1]
    assert ids(ann.get(f"{LIST}?q=Customer")) == []


def test_filters_look_at_a_bounded_number_of_accounts(cloud: Cloud, many: list[str], ann: Somebody) -> None:
    assert ids(ann.get(f"{LIST}?status=frozen")) == ["customer-005", "customer-110"]
    assert operations(cloud) == [*KNOWN, "Query", "BatchGetItem"]
    assert ids(ann.get(f"{LIST}?status=frozen&currency=KRW&q=customer")) == many[5:6] + many[110:111]
    assert joined(walk(ann, f"{LIST}?currency=EUR")) == many[1::3]
    assert ids(ann.get(f"{LIST}?currency=XXX")) == []


def test_a_rare_kind_is_looked_for_further_on_request(
    cloud: Cloud, many: list[str], ann: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.queries.accounts.LOOKED_AT", 20)
    page = ann.get(f"{LIST}?status=frozen")
    assert operations(cloud) == [*KNOWN, "Query", "Query", "Query", "BatchGetItem"]
    assert "Looked at 60 accounts so far, up to customer-059." in text(page)
    page = ann.get(LIST + link(page, "Look further"))
    assert ids(page) == ["customer-110"]


def test_a_page_shows_the_money_of_every_region(cloud: Cloud, ann: Somebody, ann_away: Somebody) -> None:
    ann.app.create("cloud", 1000)
    ann_away.app.create("it", "0.50")
    cloud.replicate()
    ann_away.app.pay("cloud", "it", 300)
    page = text(ann_away.get(page_of("cloud")))
    assert "Balance 700.00 USD" in page
    assert "Available here 200.00" in page
    assert "Available elsewhere 500.00" in page
    ann.app.ledger.stores[AWAY]  # the grant was asked for at home's endpoint, and home sees it as on the way
    here = ann.get(page_of("cloud"))
    assert "On the way 500.00" in text(here)
    assert f"500.00 to {AWAY}" in text(here)
    assert re.findall(r'<rect class="([a-z0-9-]+)" x="(\d+)" y="0" width="(\d+)"', here) == [
        ("share-0", "0", "500"),
        ("on-the-way", "500", "500"),
    ]


def test_asking_every_region_costs_one_more_request_for_each(cloud: Cloud, ann: Somebody, ann_away: Somebody) -> None:
    ann.app.create("cloud", 1000)
    ann_away.app.create("it", 1)
    cloud.replicate()
    ann_away.app.pay("cloud", "it", 300)
    cloud.calls.clear()
    ann.get(page_of("cloud"))
    # The shares; transfers sent, received; the newest incidents. No voids to look for, as there are no transfers.
    assert operations(cloud) == [*KNOWN, "BatchGetItem", "Query", "Query", "Query"]
    page = text(ann.get(page_of("cloud") + "?ask"))
    assert [(call.region, call.operation) for call in cloud.calls][3] == (AWAY, "BatchGetItem")
    assert len(cloud.calls) == 7
    assert "Balance 700.00 USD" in page
    assert page.count("where it is written") == 2


def test_transfers_are_paged_newest_first_with_links_to_the_other_side(cloud: Cloud, ann: Somebody) -> None:
    ann.app.create("cloud", 1000)
    ann.app.create("it", 0)
    for amount in range(1, 31):
        ann.app.pay("cloud", "it", amount)
    cloud.calls.clear()
    page = ann.get(page_of("cloud"))
    assert operations(cloud) == [*KNOWN, "BatchGetItem", "Query", "Query", "BatchGetItem", "Query"]
    assert re.findall(r"−([\d.]+)", page) == [f"{amount}.00" for amount in range(30, 5, -1)]
    assert link(page, "it") == page_of("it")
    page = ann.get(page_of("cloud") + link(page, "Older"))
    assert re.findall(r"−([\d.]+)", page) == [f"{amount}.00" for amount in range(5, 0, -1)]
    other = ann.get(page_of("it"))
    assert re.findall(r"\+([\d.]+)", other) == [f"{amount}.00" for amount in range(30, 5, -1)]
    assert link(other, "cloud") == page_of("cloud")


def test_raw_items_are_shown_on_demand(ann: Somebody) -> None:
    ann.app.create("cloud", 1000)
    assert "ledger_balance" not in ann.get(page_of("cloud"))
    assert "&quot;ledger_balance&quot;: &quot;1000&quot;" in ann.get(page_of("cloud") + "?raw")


def test_an_account_that_has_not_arrived_is_asked_for_at_home(cloud: Cloud, ann: Somebody, ann_away: Somebody) -> None:
    ann.app.create("cloud", 1000)
    assert "Balance 1,000.00 USD" in text(ann_away.get(page_of("cloud")))
    assert "There is nothing at this address." in text(ann_away.get(page_of("nobody"), 404))
    cloud.faults.append(cut(HOME))
    page = text(ann_away.get(page_of("cloud"), 404))
    assert f"{AWAY} does not know it. It may be in {HOME}, which cannot be asked now: look again later." in page


@pytest.mark.parametrize("name", ["no id", "~x", "a@b", "x" * 129, "%00", "%ff", "a_2Fb"])
def test_what_cannot_be_an_account_is_not_found(cloud: Cloud, ann: Somebody, name: str) -> None:
    ann.get(page_of(name.replace("%", "_25") if "%" in name else name), 404)
    assert operations(cloud) == KNOWN


HAND_MADE: list[dict[str, Any]] = [
    {"balance": {"N": "7"}},
    {"balance": {"S": "much"}, "currency": {"N": "5"}, "status": {"S": "active"}, "bucket": {"S": "account"}},
    {"bucket": {"S": "account"}, "currency": {"S": "USD"}, "status": {"S": "<script>alert(1)</script>"}},
    {"balance": {"N": "9E125"}, "granted": {"L": [{"B": b"\x00\xff"}]}, "x": {"SS": ["a"]}, "bucket": {"S": "account"}},
]


@pytest.mark.parametrize("attributes", HAND_MADE)
def test_rows_that_a_hand_has_put_are_shown_as_what_they_are(
    cloud: Cloud, ann: Somebody, attributes: dict[str, Any]
) -> None:
    cloud.put(HOME, "account-table", {"account_id": {"S": "by-hand"}, **attributes})
    page = ann.get(page_of("by-hand") + "?raw")
    assert "cannot be believed now" in text(page)
    assert "<script>alert" not in page
    assert ids(ann.get(LIST)) == (["by-hand"] if "bucket" in attributes else [])


@pytest.mark.parametrize(
    "query",
    ["?foo=1", "?after=", "?after=%00", "?o=x", "?o=-9.3.-1", "?p=5", "?e=1", "?account_id__gt=a", "?q=%00", "?all=",
     "?_popup=1", "?_to_field=x", "?currency=%FF", "?q=%ED%A0%80", "?after=" + "x" * 1100, "?status=&currency="],
)  # fmt: skip
def test_odd_questions_get_an_answer(ann: Somebody, query: str) -> None:
    ann.app.create("cloud", 1000)
    for path in (
        LIST,
        page_of("cloud"),
        "/admin/console/transfer/",
        "/admin/console/incident/",
        "/admin/console/logline/",
    ):
        assert ann.request("GET", path + query).status_code < 500, path
