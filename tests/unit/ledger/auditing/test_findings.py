"""What to believe of findings, from what was seen in several looks."""

import pytest

from ledger.auditing.findings import Finding, Severity, is_settled, judge
from ledger.auditing.report import Report, Verdict, amount_text
from tests.unit.ledger.auditing.books import D


def one(severity: Severity, evidence: str = "same") -> Finding:
    return Finding(severity, "kind", "subject", evidence, "words")


WRONG, OTHER_WRONG = one(Severity.WRONG), one(Severity.WRONG, "other")
WAITING, OTHER_WAITING = one(Severity.WAITING), one(Severity.WAITING, "other")
MOVING, NOTE = one(Severity.MOVING), one(Severity.NOTE)


@pytest.mark.parametrize(
    ("looks", "remains"),
    [
        ([[]], []),
        ([[WRONG], []], []),
        ([[WRONG]], [Severity.MOVING]),  # one look proves nothing
        ([[WRONG], [WRONG]], [Severity.WRONG]),
        ([[WRONG], [WRONG], [WRONG]], [Severity.WRONG]),
        ([[WRONG], [OTHER_WRONG]], [Severity.MOVING]),
        ([[OTHER_WRONG], [WRONG], [WRONG]], [Severity.MOVING]),
        ([[], [WRONG], [WRONG]], [Severity.MOVING]),
        ([[WRONG], [], [WRONG]], [Severity.MOVING]),
        ([[WAITING]], [Severity.WAITING]),
        ([[WAITING], [WAITING]], [Severity.WAITING]),
        ([[WAITING], [OTHER_WAITING]], []),
        ([[WAITING], [OTHER_WAITING], [OTHER_WAITING]], [Severity.WAITING]),
        ([[MOVING], [MOVING]], [Severity.MOVING]),
        ([[MOVING], []], []),
        ([[NOTE]], [Severity.NOTE]),
        ([[WRONG, WAITING], [WRONG, OTHER_WAITING]], [Severity.WRONG]),
    ],
)
def test_only_what_stays_counts(looks: list[list[Finding]], remains: list[Severity]) -> None:
    judged = judge(looks)
    assert [finding.severity for finding in judged] == remains
    assert is_settled(looks) is (set(remains) <= {Severity.NOTE})


def test_words_and_times_are_no_evidence() -> None:
    assert Finding(Severity.WRONG, "kind", "subject", "same", "in other words", "2026") == WRONG


@pytest.mark.parametrize(
    ("findings", "unreadable", "verdict"),
    [
        ([], "", Verdict.RIGHT),
        ([NOTE], "", Verdict.RIGHT),
        ([NOTE, WAITING], "", Verdict.NOT_SETTLED),
        ([MOVING], "", Verdict.NOT_SETTLED),
        ([MOVING, WAITING, WRONG], "", Verdict.WRONG),
        ([], "eu-central-1", Verdict.UNREADABLE),
    ],
)
def test_the_worst_finding_is_the_verdict(findings: list[Finding], unreadable: str, verdict: Verdict) -> None:
    report = Report(("ap-northeast-2",), "now", findings=findings, unreadable=unreadable)
    assert report.verdict is verdict
    assert report.to_json()["line"] == report.line


@pytest.mark.parametrize(
    ("amount", "code", "text"),
    [
        ("1", "USD", "1.00"),
        ("0", "USD", "0.00"),
        ("-0.5", "USD", "-0.50"),
        ("0.125", "USD", "0.125"),
        ("5000", "KRW", "5000"),
        ("1E+3", "KRW", "1000"),
        ("1E+3", "none", "1000"),
    ],
)
def test_amounts_are_never_rounded(amount: str, code: str, text: str) -> None:
    assert amount_text(D(amount), code) == text
