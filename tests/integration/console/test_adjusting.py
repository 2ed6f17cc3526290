"""Correcting a balance from the admin: who may, what is shown first, what is posted, what is refused and how."""

import re
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from access.system_accounts import adjustments_account
from ledger import transfers
from tests.integration.api.cloud import AWAY, HOME, Call, Cloud
from tests.integration.api.faults import cut, time_out
from tests.integration.console.browsing import Somebody, create, text
from tests.integration.console.conftest import logged_in
from tests.integration.console.test_freezing import log_of

ACCOUNT = "/admin/console/account/cloud/"
OPEN = "/admin/console/account/open-adjustments/"
SYSTEM = adjustments_account("USD")
KEY = "5a0e0f8e-4b1c-4f0f-9d5e-2a9b8c7d6e5f"
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@pytest.fixture
def books_open(ann: Somebody) -> Somebody:
    """Ann, an account with 1,000.00 and an adjustments account with 100.00."""
    ann.app.create("cloud", 1000)
    open_it(ann)
    return ann


def open_it(somebody: Somebody, **changes: str) -> str:
    fields = {"currency": "USD", "balance": "100", "reason": "audit finding 3", "key": KEY} | changes
    return text(somebody.follow(somebody.send(OPEN, **fields)))


def preview(somebody: Somebody, **changes: str) -> tuple[str, dict[str, str]]:
    """The page with both postings, and the fields of its form."""
    fields = {"direction": "credit", "amount": "12.50", "reason": "paid twice", "key": KEY} | changes
    page = somebody.read(somebody.send(f"{ACCOUNT}adjust/", **fields))
    return text(page), dict(_HIDDEN.findall(page))


def confirm(somebody: Somebody, fields: dict[str, str]) -> Any:
    return somebody.request("POST", f"{ACCOUNT}adjust/", fields | {"confirmed": "Post the adjustment"})


def adjust(somebody: Somebody, **changes: str) -> Any:
    return confirm(somebody, preview(somebody, **changes)[1])


def balances(somebody: Somebody) -> tuple[str, str]:
    return somebody.app.balance("cloud"), somebody.app.balance(SYSTEM)


def test_both_postings_are_shown_before_anything_is_done(cloud: Cloud, books_open: Somebody) -> None:
    before = log_of(cloud)
    page, fields = preview(books_open)
    assert f"debit {SYSTEM} −12.50 100.00 87.50" in page
    assert "credit cloud 12.50 1,000.00 1,012.50" in page
    assert "Why: paid twice" in page
    assert fields["key"] == KEY
    page, _ = preview(books_open, direction="debit", amount="1000.01")
    assert "debit cloud −1,000.01 1,000.00 −0.01 (not enough)" in page
    assert balances(books_open) == ("1000.00", "100.00")
    assert log_of(cloud) == before


def test_an_adjustment_is_a_transfer_with_reason_and_operator(cloud: Cloud, books_open: Somebody) -> None:
    page = text(books_open.follow(adjust(books_open)))
    assert "The adjustment of 12.50 USD is posted." in page
    assert "An adjustment , posted by operator ann . Why: paid twice" in page
    assert balances(books_open) == ("1012.50", "87.50")
    assert f"from {SYSTEM} +12.50 adjustment, by ann {HOME} paid twice" in text(books_open.get(f"{ACCOUNT}change/"))
    assert f"{SYSTEM} cloud 12.50 USD {HOME} adjustment" in text(books_open.get("/admin/console/transfer/?q=cloud"))
    (posted,) = books_open.app.get("/account/cloud/transfers").json()["items"]
    assert posted["reference"] == "paid twice"
    assert transfers.read(books_open.app.ledger, posted["transfer_id"]).transfer.principal == "operator:ann"
    note = f"credit 12.50 USD against {SYSTEM}, transfer {posted['transfer_id']}: paid twice"
    assert log_of(cloud)[-2:] == [("adjust", "cloud", "begun", note), ("adjust", "cloud", "done", "")]


def test_the_other_direction_takes_money_from_the_account(books_open: Somebody) -> None:
    books_open.follow(adjust(books_open, direction="debit", amount="1000"))
    assert balances(books_open) == ("0.00", "1100.00")


def test_a_form_that_is_sent_twice_posts_once(books_open: Somebody) -> None:
    _, fields = preview(books_open)
    confirm(books_open, fields)
    assert "was posted already, by this same form" in text(books_open.follow(confirm(books_open, fields)))
    changed = text(books_open.read(confirm(books_open, fields | {"amount": "13"})))
    assert "This form was sent before, with other values." in changed
    assert balances(books_open) == ("1012.50", "87.50")


def test_a_form_that_is_sent_in_both_regions_posts_once(cloud: Cloud, books_open: Somebody, ann_away: Somebody) -> None:
    _, fields = preview(books_open)
    confirm(books_open, fields)
    cloud.replicate()
    assert "was posted already" in text(ann_away.follow(confirm(ann_away, fields)))


def test_every_form_has_a_key_of_its_own(books_open: Somebody) -> None:
    keys = [dict(_HIDDEN.findall(books_open.get(f"{ACCOUNT}adjust/")))["key"] for _ in range(2)]
    assert len(set(keys)) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "0"}, {"amount": "-1"}, {"amount": "1e3"}, {"amount": "1.001"}, {"amount": "NaN"}, {"amount": ""},
        {"amount": "١"}, {"amount": "9" * 16}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 141},
        {"reason": "two\nlines"}, {"reason": "\u2028"}, {"reason": "a\0b"}, {"direction": "sideways"},
        {"direction": ""}, {"key": ""}, {"key": "mine"},
    ],
)  # fmt: skip
def test_what_cannot_be_posted_is_told_at_the_form(cloud: Cloud, books_open: Somebody, wrong: dict[str, str]) -> None:
    fields = {"direction": "credit", "amount": "1", "reason": "why", "key": KEY, "confirmed": "1"} | wrong
    page = books_open.read(books_open.send(f"{ACCOUNT}adjust/", **fields))
    assert "errorlist" in page
    assert "Show the postings" in page
    assert balances(books_open) == ("1000.00", "100.00")


def test_a_currency_without_minor_digits_is_written_so(cloud: Cloud, ann: Somebody) -> None:
    ann.app.create("cloud", 1000, "KRW")
    assert "There is no account system:adjustments:KRW yet. Open it first" in text(ann.get(f"{ACCOUNT}adjust/"))
    open_it(ann, currency="KRW")
    assert "credit cloud 5 1,000 1,005" in preview(ann, amount="5")[0]
    fields = {"direction": "credit", "amount": "0.5", "reason": "why", "key": KEY}
    assert "KRW has 0 digits" in text(ann.read(ann.send(f"{ACCOUNT}adjust/", **fields)))


def test_what_is_refused_says_what_to_do(cloud: Cloud, books_open: Somebody) -> None:
    refused = text(books_open.read(adjust(books_open, amount="100.01")))
    assert f"Account '{SYSTEM}' holds less than the amount. Pay into it by a transfer" in refused
    refused = text(books_open.read(adjust(books_open, direction="debit", amount="5000")))
    assert "Account 'cloud' holds less than the amount. Nothing was posted. Take less" in refused
    assert log_of(cloud)[-1][2] == "refused: Account 'cloud' holds less than the amount."
    books_open.send(f"{ACCOUNT}freeze/", note="court order")
    fields = {"direction": "credit", "amount": "5", "reason": "why", "key": KEY}
    shown = text(books_open.read(books_open.send(f"{ACCOUNT}adjust/", **fields)))
    assert "Account 'cloud' is frozen. Unfreeze it" in shown, "said before it is posted"
    refused = text(books_open.read(adjust(books_open)))
    assert "Account 'cloud' is frozen. Unfreeze it, send this form again, and freeze it anew." in refused
    books_open.send(f"{ACCOUNT}unfreeze/", note="lifted")
    assert balances(books_open) == ("1000.00", "100.00")


def test_the_same_form_is_good_after_the_refusal_was_mended(books_open: Somebody) -> None:
    _, fields = preview(books_open, amount="500")
    books_open.read(confirm(books_open, fields))
    books_open.app.create("treasury", 1000)
    assert books_open.app.pay("treasury", SYSTEM, 400).status_code == 200
    books_open.follow(confirm(books_open, fields))
    assert balances(books_open) == ("1500.00", "0.00")


def test_with_the_other_region_away_an_adjustment_goes_as_far_as_the_money_here(
    cloud: Cloud, books_open: Somebody, ann_away: Somebody
) -> None:
    cloud.replicate()
    cloud.faults.append(cut(HOME))
    refused = text(ann_away.read(adjust(ann_away)))
    assert f"Out of reach: {HOME}. Nothing was done from here. Send this form again later" in refused
    assert log_of(cloud, AWAY)[-1][2].startswith(f"refused: Out of reach: {HOME}")
    cloud.faults.clear()
    cloud.faults.append(cut(AWAY))
    books_open.follow(adjust(books_open))
    assert balances(books_open) == ("1012.50", "87.50")


def test_an_account_that_nobody_here_knows_while_home_is_away_is_a_message(
    cloud: Cloud, ann: Somebody, ann_away: Somebody
) -> None:
    ann.app.create("cloud", 1000)
    cloud.replicate()
    cloud.faults.append(cut(HOME))
    response = ann_away.request("GET", f"{ACCOUNT}adjust/")  # the adjustments account may be there, or not
    assert f"It cannot be adjusted now. Out of reach: {HOME}." in text(ann_away.follow(response))
    ann_away.get("/admin/console/account/nobody/change/", 404)
    response = ann_away.request("GET", "/admin/console/account/nobody/adjust/")
    assert (response.status_code, response["Location"]) == (302, "/admin/console/account/nobody/change/")


def test_what_is_not_known_is_sent_again_with_the_same_key(cloud: Cloud, books_open: Somebody) -> None:
    _, fields = preview(books_open)

    def lost(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            raise ReadTimeoutError(endpoint_url=HOME)

    cloud.losses.append(lost)
    page = text(books_open.read(confirm(books_open, fields), 503))
    assert "it is not known whether it was done. Send this form again" in page
    cloud.losses.clear()
    assert "was posted already" in text(books_open.follow(confirm(books_open, fields)))
    assert balances(books_open) == ("1012.50", "87.50")
    outcomes = [outcome for action, _, outcome, _ in log_of(cloud) if action == "adjust"]
    assert outcomes == ["begun", "not known: the table did not answer", "begun", "done"]


def test_nothing_is_posted_that_the_log_does_not_have(cloud: Cloud, books_open: Somebody) -> None:
    _, fields = preview(books_open)

    def no_log(call: Call) -> Any:
        if call.operation == "PutItem" and "operator-log" in str(call.body):
            raise ReadTimeoutError(endpoint_url=HOME)

    cloud.faults.append(no_log)
    books_open.read(confirm(books_open, fields), 503)
    cloud.faults.clear()
    assert balances(books_open) == ("1000.00", "100.00")


def test_without_its_own_tables_it_is_a_page_that_says_so(cloud: Cloud, books_open: Somebody) -> None:
    _, fields = preview(books_open)
    cloud.faults.append(time_out(HOME))
    assert "do not answer now" in text(books_open.read(confirm(books_open, fields), 503))


@pytest.mark.parametrize("group", ["inspectors", "operators"])
def test_only_supervisors_adjust_and_open(cloud: Cloud, books_open: Somebody, group: str) -> None:
    _, fields = preview(books_open)
    create(cloud, "gil", group)
    gil = logged_in(cloud, HOME, "gil")
    page = gil.get(f"{ACCOUNT}change/")
    assert "Adjust" not in text(page)
    assert "Open an adjustments account" not in text(gil.get("/admin/console/account/"))
    token = gil.token(f"{ACCOUNT}change/")
    for path in (f"{ACCOUNT}adjust/", OPEN):
        gil.get(path, 403)
        gil.read(gil.request("POST", path, fields | {"csrfmiddlewaretoken": token, "confirmed": "1"}), 403)
    assert balances(books_open) == ("1000.00", "100.00")


def test_system_accounts_and_accounts_that_are_not_there_cannot_be_adjusted(books_open: Somebody) -> None:
    books_open.get("/admin/console/account/nobody/adjust/", 404)
    quoted = SYSTEM.replace(":", "_3A")
    books_open.get(f"/admin/console/account/{quoted}/adjust/", 404)
    assert "Adjust" not in text(books_open.get(f"/admin/console/account/{quoted}/change/")).replace("Adjustment", "")


def test_the_adjustments_account_is_opened_once_with_money_that_the_books_explain(cloud: Cloud, ann: Somebody) -> None:
    assert f"Account {SYSTEM} is open." in open_it(ann)
    assert f"Account {SYSTEM} was opened already, by this same form." in open_it(ann)
    other = KEY.replace("5", "6")
    fields = {"currency": "USD", "balance": "5", "reason": "again", "key": other}
    refused = text(ann.read(ann.send(OPEN, **fields)))
    assert f"Account '{SYSTEM}' exists already. Pay into it by a transfer" in refused
    openings = [item for item in cloud.items(HOME, "journal-table") if item["kind"]["S"] == "opening"]
    assert [(item["account_id"]["S"], item["amount"]["N"]) for item in openings] == [(SYSTEM, "100")]
    assert log_of(cloud) == [
        ("open account", SYSTEM, "begun", "with 100 USD: audit finding 3"),
        ("open account", SYSTEM, "done", ""),
        ("open account", SYSTEM, "begun", "with 100 USD: audit finding 3"),
        ("open account", SYSTEM, "done", ""),
        ("open account", SYSTEM, "begun", "with 5 USD: again"),
        ("open account", SYSTEM, "refused: Account 'system:adjustments:USD' exists already.", ""),
    ]


@pytest.mark.parametrize(
    "wrong", [{"currency": "XXX"}, {"currency": ""}, {"balance": "-1"}, {"balance": "1.001"}, {"reason": ""}]
)
def test_what_cannot_be_opened_is_told_at_the_form(ann: Somebody, wrong: dict[str, str]) -> None:
    fields = {"currency": "USD", "balance": "1", "reason": "why", "key": KEY} | wrong
    assert "errorlist" in ann.read(ann.send(OPEN, **fields))


def test_an_account_is_not_opened_while_home_is_away(cloud: Cloud, ann: Somebody, ann_away: Somebody) -> None:
    cloud.faults.append(cut(HOME))
    fields = {"currency": "USD", "balance": "1", "reason": "why", "key": KEY}
    assert f"Out of reach: {HOME}. Nothing was done from here." in text(ann_away.read(ann_away.send(OPEN, **fields)))
