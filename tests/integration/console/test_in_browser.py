"""The admin in a real Chromium, against a running sandbox: what people do, and that it looks right on a phone.

``SCREENSHOTS=docs/screenshots`` keeps what was seen there.
"""

import json
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.config import ROOT
from sandbox.testing import Sandbox, running
from tests.support.browser import NEEDS_CHROMIUM, PATIENCE, chromium

HOME, AWAY = "ap-northeast-2", "eu-central-1"
PASSWORD = "a long sentence that nobody guesses"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Two regions with accounts, payments, an operator, and a hand that has been at work."""
    with running(sweep_every=1.0) as sandbox:
        made = sandbox.manage(HOME, "createoperator", "ann", "--group", "supervisors", typed=PASSWORD)
        assert made.returncode == 0, made.stderr
        for name, balance in {"cloud": 1000, "it": 0, "customer-1": 25000, "customer-2": 310}.items():
            _post(sandbox, HOME, "/create_account", account_id=name, balance=balance)
        _post(
            sandbox, HOME, "/create_account", account_id="서울-지점".encode().hex(), balance=9_000_000, currency="KRW"
        )
        opened = sandbox.manage(HOME, "openadjustments", "USD", "--balance", "500", "--why", "Corrections of 2026")
        assert opened.returncode == 0, opened.stderr
        sandbox.settle()
        for n in range(6):
            _pay(sandbox, (HOME, AWAY)[n % 2], 25 + n, reference=f"invoice {n}")
        sandbox.client(HOME).update_item(
            TableName="account-table",
            Key={"account_id": {"S": "customer-2"}},
            UpdateExpression="SET balance = :b",
            ExpressionAttributeValues={":b": {"N": "1000000"}},
        )
        sandbox.settle()
        yield sandbox


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    with chromium() as browser:
        yield browser


@dataclass
class Visit:
    """Somebody who looks at the admin of a region, on a screen of some size. ``complaints``: what the browser says."""

    page: Page
    name: str
    base: str
    pictures: Path
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> None:
        """Go to a page of the admin."""
        self.page.goto(f"{self.base}/admin/{path}")

    def log_in(self) -> None:
        """By the form."""
        self.open("")
        self.page.get_by_label("Name").fill("ann")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page.get_by_role("button", name="Log out")).to_be_visible(timeout=PATIENCE)

    def follow(self, words: str) -> None:
        """Click on a link."""
        self.page.get_by_role("link", name=words, exact=True).first.click()

    def sees(self, words: str) -> None:
        """The page shows it."""
        expect(self.page.locator("main")).to_contain_text(words, timeout=PATIENCE)

    def picture(self, what: str) -> None:
        """Keep how it looks."""
        self.fits(what)
        self.page.screenshot(path=self.pictures / f"{what}-{self.name}.png", full_page=True)

    def fits(self, what: str) -> None:
        """Nothing stands out to the right of the screen."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{what} is {wide} pixels wider than the screen"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures are kept."""
    kept = os.environ.get("SCREENSHOTS")
    return ROOT / kept if kept else tmp_path_factory.mktemp("pictures")


def _visit(browser: Browser, sandbox: Sandbox, pictures: Path, name: str, region: str = HOME) -> Visit:
    size: Any = PHONE if name == "phone" else DESKTOP
    context = browser.new_context(viewport=size, color_scheme="light")
    return Visit(context.new_page(), name, sandbox.app_url(region), pictures)


def test_somebody_freezes_an_account_and_it_pays_no_more(browser: Browser, sandbox: Sandbox, pictures: Path) -> None:
    visit = _visit(browser, sandbox, pictures, "desktop")
    visit.open("")
    visit.picture("login")
    visit.log_in()
    visit.page.get_by_role("link", name="Accounts").first.click()
    visit.page.get_by_role("textbox", name="Search").fill("clo")
    visit.page.get_by_role("button", name="Search").click()
    visit.follow("cloud")
    visit.sees("835.00 USD")
    visit.picture("account")

    visit.follow("Freeze")
    visit.sees("Freeze cloud?")
    visit.page.get_by_label("Why:").fill("Court order 12")
    visit.picture("freeze")
    visit.page.get_by_role("button", name="Freeze cloud").click()
    visit.sees("Account cloud is frozen")
    for region in (HOME, AWAY):
        sandbox.settle()
        assert _pay(sandbox, region, 1) == (409, "account-frozen")
    visit.page.reload()
    expect(visit.page.locator("main")).not_to_contain_text("not yet")
    visit.picture("frozen")

    visit.follow("Unfreeze")
    visit.page.get_by_label("Why:").fill("Lifted")
    visit.page.get_by_role("button", name="Unfreeze cloud").click()
    visit.sees("Account cloud is active")
    sandbox.settle()
    for region in (HOME, AWAY):
        assert _pay(sandbox, region, 1) == (200, None)

    visit.open("console/logline/")
    for said in ("Court order 12", "Lifted", "unfreeze"):
        visit.sees(said)
    visit.picture("operator-log")
    visit.page.get_by_role("button", name="Log out").click()
    visit.open("console/account/")
    expect(visit.page.get_by_role("button", name="Log in")).to_be_visible()
    assert visit.complaints == []


@pytest.mark.parametrize("name", ["desktop", "phone"])
def test_every_page_fits_the_screen_and_breaks_no_policy(
    browser: Browser, sandbox: Sandbox, pictures: Path, name: str
) -> None:
    visit = _visit(browser, sandbox, pictures, name)
    visit.log_in()
    visit.fits("index")
    forms = ("apikey/create/", "account/cloud/freeze/", "account/cloud/adjust/", "account/open-adjustments/")
    for path in ("transfer/?q=it", "incident/", "apikey/", "operator/", *forms):
        visit.open(f"console/{path}")
        visit.fits(path)
    kept = {"accounts": "account/", "account-raw": "account/cloud/change/?raw&ask", "operator-log": "logline/"}
    for what, path in kept.items():
        visit.open(f"console/{path}")
        visit.picture(what)
    visit.open("console/transfer/?q=it")
    visit.page.locator("#result_list th a").first.click()
    visit.sees("What it did")
    visit.picture("transfer")
    visit.open("console/incident/")
    visit.page.locator("#result_list th a").first.click()
    visit.sees("Before and after")
    visit.picture("incident")
    assert visit.complaints == []


@pytest.mark.parametrize(("name", "account"), [("desktop", "customer-1"), ("phone", "customer-2")])
def test_a_balance_is_corrected_against_the_adjustments_account(
    browser: Browser, sandbox: Sandbox, pictures: Path, name: str, account: str
) -> None:
    visit = _visit(browser, sandbox, pictures, name)
    visit.log_in()
    visit.open(f"console/account/{account}/change/")
    visit.follow("Adjust")
    visit.page.get_by_label("Credit: the account gets the amount").check()
    visit.page.get_by_label("Amount in USD:").fill("40.25")
    visit.page.get_by_label("Why:").fill("Charged twice on 3 November")
    visit.page.get_by_role("button", name="Show the postings").click()
    visit.sees("Both postings")
    visit.sees("Charged twice on 3 November")
    visit.picture("adjust")
    visit.page.get_by_role("button", name="Post the adjustment").dblclick()
    visit.sees("An adjustment, posted by operator ann.")
    visit.picture("adjustment")
    visit.open("console/logline/")
    visit.sees("credit 40.25 USD against system:adjustments:USD")
    assert _pay(sandbox, HOME, 1, from_account="system:adjustments:USD") == (403, "debit-not-allowed")
    visit.open(f"console/account/{account}/change/")
    expect(visit.page.get_by_text("adjustment, by ann")).to_have_count(1)  # of two clicks
    assert visit.complaints == []


def test_an_incident_is_acknowledged_and_a_key_is_made(browser: Browser, sandbox: Sandbox, pictures: Path) -> None:
    visit = _visit(browser, sandbox, pictures, "desktop", AWAY)
    visit.log_in()
    visit.open("console/incident/")
    visit.page.locator("#result_list th a").first.click()
    visit.follow("Acknowledge")
    visit.page.get_by_label("Why:").fill("My own hand, sorry")
    visit.page.get_by_role("button", name="Acknowledge").click()
    visit.sees("My own hand, sorry")
    visit.open("console/apikey/")
    visit.follow("Make an API key")
    visit.page.get_by_label("Caller").fill("shop")
    visit.page.get_by_role("checkbox", name="read").check()
    visit.page.get_by_role("button", name="Make the key").click()
    visit.sees("alk_")
    assert visit.complaints == []


def test_with_the_link_cut_the_admin_shows_what_is_here_and_what_it_could_not_ask(
    browser: Browser, sandbox: Sandbox, pictures: Path
) -> None:
    visit = _visit(browser, sandbox, pictures, "desktop", AWAY)
    sandbox.cut()
    try:
        visit.log_in()
        visit.open("console/account/cloud/change/")
        visit.sees("as eu-central-1 sees it")
        visit.follow("Ask every region")
        visit.sees(f"Could not be asked: {HOME}")
        visit.picture("link-cut")
        visit.follow("Freeze")
        visit.page.get_by_label("Why:").fill("Now")
        visit.page.get_by_role("button", name="Freeze cloud").click()
        visit.sees(f"Not done. Out of reach: {HOME}")
    finally:
        sandbox.heal()
        sandbox.settle()


def test_the_operator_that_the_sandbox_prints_may_log_in(browser: Browser, sandbox: Sandbox, pictures: Path) -> None:
    printed = (sandbox.settings.directory / "supervisor.log").read_text(encoding="utf-8")
    password = printed.split("Log in to the admin as dev with the password ")[1].split()[0]
    visit = _visit(browser, sandbox, pictures, "desktop")
    visit.open("")
    visit.page.get_by_label("Name").fill("dev")
    visit.page.get_by_label("Password").fill(password)
    visit.page.get_by_role("button", name="Log in").click()
    expect(visit.page.get_by_role("button", name="Log out")).to_be_visible(timeout=PATIENCE)


def _pay(sandbox: Sandbox, region: str, amount: int, **more: str) -> tuple[int, str | None]:
    body = {"from_account": "cloud", "to_account": "it", "amount": amount} | more
    return _post(sandbox, region, "/transfer", **body)


def _post(sandbox: Sandbox, region: str, path: str, **body: Any) -> tuple[int, str | None]:
    """The status of an answer, and the code of a refusal."""
    request = urllib.request.Request(
        sandbox.app_url(region) + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, None
    except HTTPError as error:
        with error:
            return error.code, json.load(error)["code"]
