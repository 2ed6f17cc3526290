"""How far below zero an account may be, by what incidents say was taken from it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ledger.auditing.findings import Severity
from ledger.auditing.report import Verdict
from ledger.auditing.taking import ANY, taken_by
from ledger.entries import JOURNAL, Transfer, incident, transfer_key
from tests.support.cloud import AP, EU, Cloud
from tests.unit.ledger.auditing.books import audited, history
from tests.unit.ledger.auditing.test_corruptions import both_balances, change

D = Decimal


def row(balance: object, ledger_balance: object, **others: object) -> dict[str, Any]:
    return {"account_id": "cloud", "balance": balance, "ledger_balance": ledger_balance, **others}


LONG = row(D(1), D(1), note="x" * 30_000)


@pytest.mark.parametrize(
    ("reason", "details", "taken"),
    [
        ("given-back", {"amount": D("2.50")}, D("2.50")),
        ("foreign-write", {"old": row(D(10), D(10)), "new": row(D(910), D(910))}, D(900)),
        ("foreign-write", {"old": row(D(910), D(910)), "new": row(D(10), D(10))}, D(0)),
        ("foreign-write", {"old": row(D(10), D(10)), "new": row(D(910), D(10))}, D(0)),  # nobody could spend that
        ("foreign-write", {"old": row(D(-7), D(-7)), "new": row(D(-7), D(-7), status="x")}, D(7)),
        ("foreign-write", {"new": row(D(910), D(910))}, D(0)),  # left to the sweep
        ("foreign-write", {"old": LONG, "new": LONG}, ANY),
        ("foreign-write", {"old": row("much", "much"), "new": row(D(1), "NaN")}, D(0)),
        ("foreign-write", {"old": row(D(10), D(10)), "new": row(D(1), "1E+99999999")}, D(0)),
        ("foreign-write", {"old": row(D(10), D(10)), "new": row(D(1), "9E300")}, D(0)),
        ("deleted-by-hand", {"old": row(D(10), D(10))}, D(0)),
        ("deleted-by-hand", {"old": row(D(-5), D(-5))}, D(5)),
        ("rebuilt", {"old": row(D(910), D(910)), "new": row(D(10), D(10))}, D(0)),
        ("rebuilt", {"new": row(D(-900), D(-900))}, D(900)),
        ("journal-changed", {"old": {"kind": "transfer", "amount": D(20)}}, D(20)),
        ("journal-changed", {"old": {"kind": "share"}}, D(0)),
        ("status-taken-back", {"amount": D(1)}, D(0)),
    ],
)
def test_an_incident_says_how_much_was_taken(reason: str, details: dict[str, Any], taken: Decimal) -> None:
    assert taken_by(incident("name", AP, reason, "2026", **details)) == taken


def raised(cloud: Cloud) -> None:
    cloud.hand(AP, "cloud", balance=D(2000), ledger_balance=D(2000))
    cloud.pay(AP, "cloud", "it", 2000)


def mended_by_event(cloud: Cloud) -> None:
    raised(cloud)
    cloud.settle()


def rebuilt_after(hand: Callable[[Cloud], None]) -> Callable[[Cloud], None]:
    def mend(cloud: Cloud) -> None:
        raised(cloud)
        hand(cloud)
        cloud.trim()
        cloud.settle(events=False)

    return mend


MENDED: dict[str, Callable[[Cloud], None]] = {
    "by the event": mended_by_event,
    "by the sweep": rebuilt_after(lambda cloud: cloud.hand(AP, "cloud", balance=D(1))),
    "by the sweep, of a row with more": rebuilt_after(lambda cloud: cloud.hand(AP, "cloud", balance=D(5000))),
    "by the sweep, of a deleted row": rebuilt_after(lambda cloud: cloud.hand_delete(AP, "cloud")),
    "by the sweep, of a row that is no share": rebuilt_after(lambda cloud: cloud.hand_put(AP, "cloud", balance="x")),
}


@pytest.mark.parametrize("mend", MENDED)
def test_an_account_that_spent_what_a_hand_had_put_is_right_when_it_is_mended(cloud: Cloud, mend: str) -> None:
    history(cloud)
    MENDED[mend](cloud)
    assert sum(cloud.balances("cloud")) < 0
    report = audited(cloud)
    assert (report.verdict, [finding.kind for finding in report.findings]) == (Verdict.RIGHT, ["overdrawn"])


@pytest.mark.parametrize("mend", MENDED)
def test_no_mending_of_old_excuses_a_payment_of_more_than_it_took(cloud: Cloud, mend: str) -> None:
    history(cloud)
    MENDED[mend](cloud)
    cloud.clock.seconds += 365 * 86_400
    now = cloud.ledgers[AP].now()
    forged = Transfer("forged", AP, "cloud", "it", D(50_000), "USD", None, now, "p", "r").entry()
    change(cloud, JOURNAL, ("forged", AP), forged)
    for key, by in (("cloud", "-50000"), ("it", "50000")):
        both_balances(key, by)(cloud)
    report = audited(cloud, EU)
    wrong = [(finding.kind, finding.subject) for finding in report.of(Severity.WRONG)]
    assert (report.verdict, wrong) == (Verdict.WRONG, [("overdrawn", "cloud")])


def undone_after_it_was_spent(cloud: Cloud) -> None:
    """``payee`` is below zero: it has spent what two regions paid it under one id."""
    cloud.create("payer", 10)
    cloud.create("payee")
    cloud.create("shop")
    cloud.settle()
    cloud.pay(EU, "payer", "shop", 4)
    cloud.settle()
    for region, key in ((AP, "b"), (EU, "a")):
        cloud.pay(region, "payer", "payee", 1, key="twice")
        cloud.pay(region, "payee", "shop", 1, key=key)
    cloud.settle()


def test_an_account_below_zero_is_right_if_it_is_known_why(cloud: Cloud) -> None:
    undone_after_it_was_spent(cloud)
    report = audited(cloud)
    assert report.verdict is Verdict.RIGHT, report.findings
    assert ("overdrawn", Severity.NOTE) in [(finding.kind, finding.severity) for finding in report.findings]


def test_an_account_below_zero_after_an_entry_was_put_back_is_right(cloud: Cloud) -> None:
    """The payment was executed again, as nothing said any more that it was; the payee has spent both."""
    history(cloud)
    cloud.create("payee")
    paid = cloud.pay(AP, "cloud", "payee", 10, key="once")
    cloud.settle()
    cloud.world.delete(AP, JOURNAL, dict(transfer_key(paid.transfer.transfer_id, AP)))
    cloud.pay(AP, "cloud", "payee", 10, key="once")
    cloud.pay(AP, "payee", "it", 20)
    cloud.settle()
    report = audited(cloud)
    assert sum(cloud.balances("payee")) == -10
    assert (report.verdict, {finding.kind for finding in report.findings}) == (Verdict.RIGHT, {"overdrawn"}), (
        report.findings
    )


def test_an_account_below_zero_that_nobody_reports_is_not_settled(cloud: Cloud) -> None:
    undone_after_it_was_spent(cloud)
    cloud.clock.seconds += 3 * 86_400
    report = audited(cloud)
    assert (report.verdict, {finding.kind for finding in report.findings}) == (Verdict.NOT_SETTLED, {"overdrawn"})
    cloud.settle()  # the sweep reports it anew every day
    assert audited(cloud).verdict is Verdict.RIGHT


def test_what_takes_an_account_below_zero_while_the_audit_waits_is_no_alarm(cloud: Cloud) -> None:
    history(cloud)
    row = cloud.row("cloud")
    assert row is not None
    cloud.hand(AP, "cloud", balance=row["balance"] + 900, ledger_balance=row["ledger_balance"] + 900)
    cloud.pay(AP, "cloud", "it", row["balance"] + 900)
    report = audited(cloud, AP, cloud.settle)
    assert report.of(Severity.WRONG) == []
    report = audited(cloud)
    assert (report.verdict, {finding.kind for finding in report.findings}) == (Verdict.RIGHT, {"overdrawn"})
