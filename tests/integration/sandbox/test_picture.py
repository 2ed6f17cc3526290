"""The picture in a real Chromium, against a running sandbox: the demonstration from its start to its end.

``SCREENSHOTS=docs/screenshots`` keeps what was seen there.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from ledger_status import page as status_page
from ledger_status.checks import Check, State
from playwright.sync_api import Browser, Page, Response, ViewportSize, expect

from sandbox.config import ROOT
from sandbox.testing import Sandbox, running
from tests.support.browser import NEEDS_CHROMIUM, PATIENCE, chromium

DESKTOP, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=360, height=780)
UPPER_PART = 504  # pixels: both regions and the link
STEPS = 7
STANDS_STILL = "section, article, #steps li, table, #switch, #run-all, #reset, .lane svg, #lag"
WHOLE_DEMONSTRATION = 300_000
HOME, AWAY = "ap-northeast-2", "eu-central-1"

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running(picture=True) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures are kept."""
    kept = os.environ.get("SCREENSHOTS")
    return ROOT / kept if kept else tmp_path_factory.mktemp("pictures")


@dataclass
class Visit:
    """Somebody who looks at a page. ``complaints``: what the browser says; ``answers``: what it got."""

    page: Page
    pictures: Path
    complaints: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", lambda answer: self.answers.append(answer))

    def picture(self, name: str, *, height: int | None = None) -> None:
        """Keep how it looks (``height``: of the upper part)."""
        self.fits()
        size = self.page.viewport_size
        assert size is not None
        clip: Any = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"]}
        self.page.screenshot(path=self.pictures / f"{name}.png", clip=clip)

    def fits(self) -> None:
        """Nothing stands out to the right of the screen."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"it is {wide} pixels wider than the screen"

    def stands_out(self) -> list[str]:
        """What is on the link's card and reaches over its edge."""
        found: list[str] = self.page.locator(".link").evaluate(
            "card => { const edge = card.getBoundingClientRect().right - 8;"
            " return [...card.querySelectorAll('p, span, strong, output, button')]"
            ".filter(each => each.getBoundingClientRect().right > edge).map(each => each.textContent) }"
        )
        return found

    def rows(self, where: str) -> list[str]:
        """The places of all things on the page that must not jump."""
        places: list[str] = self.page.locator(where).evaluate_all(
            "all => all.map(each => { const r = each.getBoundingClientRect();"
            " return [r.x, r.y + scrollY, r.width, r.height].map(Math.round).join() })"
        )
        return places


def visit(browser: Browser, pictures: Path, *, size: Any = DESKTOP, theme: Any = "light") -> Visit:
    """Somebody with a screen of this size and a theme that they have chosen."""
    return Visit(browser.new_context(viewport=size, color_scheme=theme).new_page(), pictures)


def open_page(somebody: Visit, sandbox: Sandbox, path: str = "/") -> Page:
    """The page, once it shows something."""
    somebody.page.goto(sandbox.picture_url + path)
    expect(somebody.page.locator("#steps li")).to_have_count(STEPS)
    return somebody.page


def test_the_demonstration_runs_from_start_to_end_and_a_second_browser_sees_the_same(
    browser: Browser, sandbox: Sandbox, pictures: Path
) -> None:
    first, second = visit(browser, pictures), visit(browser, pictures, size=PHONE, theme="dark")
    page, other = open_page(first, sandbox), open_page(second, sandbox)
    places = [somebody.rows(STANDS_STILL) for somebody in (first, second)]
    page.get_by_role("button", name="Run all steps").click()
    for button in (page.locator("#run-all"), other.locator("#run-all")):
        expect(button).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#verdict")).to_contain_text("Run the demonstration")
    expect(page.locator(".lane .waits strong").first).to_contain_text("USD", timeout=WHOLE_DEMONSTRATION)
    for somebody in (first, second):
        assert somebody.stands_out() == []
    expect(page.locator("#switch-state")).to_have_text("cut", timeout=WHOLE_DEMONSTRATION)
    expect(page.locator("#steps li.running")).to_contain_text("Keep paying", timeout=WHOLE_DEMONSTRATION)
    expect(page.locator("#said")).to_contain_text("3 of 7: Keep paying. Look at")
    page.wait_for_timeout(4000)
    assert page.locator(".lane circle, .lane rect").count() > 0
    first.picture("picture-cut", height=UPPER_PART)
    expect(page.locator("#steps li.done")).to_have_count(STEPS, timeout=WHOLE_DEMONSTRATION)
    expect(page.locator("#run-all")).to_have_text("Run all steps")

    expect(page.locator("#said")).to_contain_text("Settled: Σ balances 4,000.00 = Σ openings 4,000.00 USD.")
    expect(page.locator("#verdict")).to_contain_text("The plain program has")
    expect(page.locator("#off td").first).to_have_text("0.00")
    results = page.locator("#steps .result").all_text_contents()
    assert "refused: insufficient-funds" in results[0]
    assert "refused: region-unreachable" in results[2]
    assert "paid once" in results[5]
    assert "stood in the row of bakery" in results[6]
    assert page.locator(".incident-count").all_text_contents() == ["1", "1"]
    assert page.locator(".refused").all_text_contents()[1] != "0"
    assert other.locator("#steps .result").all_text_contents() == results
    assert [somebody.rows(STANDS_STILL) for somebody in (first, second)] == places, "something has jumped"
    page.locator(".right").screenshot(path=pictures / "picture-comparison.png")
    second.picture("picture-phone-dark")
    other.set_viewport_size(DESKTOP)
    second.picture("picture-settled-dark", height=UPPER_PART)
    for somebody in (first, second):
        assert somebody.complaints == []
        assert {answer.status for answer in somebody.answers} == {200}
        assert {answer.url.split("/")[2] for answer in somebody.answers} == {sandbox.picture_url.split("/")[2]}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["desktop", "phone"])
def test_the_page_fits_every_screen_in_both_themes(
    browser: Browser, sandbox: Sandbox, pictures: Path, name: str, theme: str
) -> None:
    somebody = visit(browser, pictures, size=PHONE if name == "phone" else DESKTOP, theme=theme)
    page = open_page(somebody, sandbox)
    expect(page.locator(".region h2").first).to_have_text("Seoul")
    somebody.fits()
    clipped = page.evaluate(
        "[...document.querySelectorAll('td, dt, dd, .lane span, button, h2')]"
        ".filter(each => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== 'inline')"
        ".map(each => each.textContent)"
    )
    assert clipped == []
    assert somebody.complaints == []


def test_the_switches_work_by_keyboard_and_show_what_others_do(
    browser: Browser, sandbox: Sandbox, pictures: Path
) -> None:
    page = open_page(visit(browser, pictures), sandbox)
    switch = page.get_by_role("switch", name="Link")
    switch.focus()
    page.keyboard.press("Enter")
    expect(switch).to_have_attribute("aria-checked", "false")
    assert all(link["cut"] for link in sandbox.status()["links"])
    sandbox.heal()
    expect(switch).to_have_attribute("aria-checked", "true")
    page.locator("#lag").focus()
    page.keyboard.press("End")
    expect(page.locator("#lag-value")).to_have_text("10 s")
    until_lag_is(sandbox, 10.0)
    sandbox.lag(0.25)
    expect(page.locator("#lag-value")).to_have_text("0.25 s")
    page.get_by_role("button", name="Reset").click()
    until_lag_is(sandbox, sandbox.settings.lag)


def test_other_accounts_are_shown_and_what_cannot_be_one_is_said(
    browser: Browser, sandbox: Sandbox, pictures: Path
) -> None:
    page = open_page(visit(browser, pictures), sandbox)
    page.get_by_label("Accounts shown").fill("bakery, nobody")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".region").first.locator("tr.money")).to_have_count(2)
    page.reload()
    expect(page.locator(".region").first.locator("tr.money th").last).to_have_text("nobody")
    page.get_by_label("Accounts shown").fill("what?!")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("What?! cannot be an account.")
    expect(page.locator(".region").first.locator("tr.money th").first).to_have_text("bakery")


def test_refusals_and_money_of_others_are_shown_too(browser: Browser, sandbox: Sandbox, pictures: Path) -> None:
    page = open_page(visit(browser, pictures), sandbox, "/?accounts=anton,berta")
    refused = page.locator(".region").last.locator(".refused")
    before = int(refused.text_content() or 0)
    url = sandbox.app_url(AWAY)
    for account_id, balance in (("anton", 500_000), ("berta", 0)):
        body = {"account_id": account_id, "balance": balance, "currency": "KRW"}
        requests.post(f"{sandbox.app_url(HOME)}/create_account", json=body, timeout=10).raise_for_status()
    too_much = {"from_account": "berta", "to_account": "anton", "amount": 1_000_000}
    assert requests.post(f"{url}/transfer", json=too_much, timeout=10).status_code in (404, 409)
    expect(refused).to_have_text(str(before + 1))
    sandbox.lag(4)
    until_lag_is(sandbox, 4)
    paid = {"from_account": "anton", "to_account": "berta", "amount": 100_000}
    requests.post(f"{url}/transfer", json=paid, timeout=10).raise_for_status()
    expect(page.locator(".lane .waits strong")).to_contain_text("KRW")


def test_a_foreign_page_cannot_pull_the_switches(browser: Browser, sandbox: Sandbox, pictures: Path) -> None:
    somebody = visit(browser, pictures)
    somebody.page.goto(f"{sandbox.app_url(HOME)}/healthcheck")  # another origin on the same machine
    told = somebody.page.evaluate(
        """async (url) => { try { await fetch(url, {method: "POST", mode: "no-cors", body: '{"cut": true}'}) }
        catch { return "refused" } return "sent" }""",
        f"{sandbox.picture_url}/link",
    )
    assert told in ("sent", "refused")
    assert not any(link["cut"] for link in sandbox.status()["links"])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_status_page_of_the_bastion_looks_the_same(
    browser: Browser, pictures: Path, size: ViewportSize, theme: str
) -> None:
    checks = [
        Check("app", HOME, "app", State.OK, "http://192.0.2.1:8080 is ok"),
        Check("app", AWAY, "app", State.BAD, "http://192.0.2.2:8080 does not answer: timed out"),
        *(Check("tables", region, "account-table", State.OK, "ACTIVE") for region in (HOME, AWAY)),
        *(Check("lambda", region, "streams", State.OK, "both are read") for region in (HOME, AWAY)),
        Check("replication", AWAY, f"from {HOME}", State.LATE, "the newest heartbeat is 61 s old"),
    ]
    somebody = visit(browser, pictures, size=size, theme=theme)
    somebody.page.set_content(status_page.render(HOME, datetime(2026, 11, 25, 8, 30, tzinfo=UTC), checks))
    expect(somebody.page.locator("section")).to_have_count(4)
    somebody.picture(f"status-{'phone' if size == PHONE else 'desktop'}-{theme}")


def until_lag_is(sandbox: Sandbox, seconds: float) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while {link["lag"] for link in sandbox.status()["links"]} != {seconds}:
        assert time.monotonic() < deadline, "the lag has not been set"
        time.sleep(0.1)
