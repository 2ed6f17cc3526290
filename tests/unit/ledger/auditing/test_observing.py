"""Which suspects are observed, if there are more than can be kept at one time."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ledger.auditing.accounts import Figures
from ledger.auditing.findings import Finding, Severity
from ledger.auditing.looking import Look
from ledger.auditing.observing import Observation, Suspect
from ledger.auditing.reading import silent
from ledger.auditing.run import audit
from tests.support.cloud import AP, Cloud
from tests.unit.ledger.auditing.books import QUICK, later
from tests.unit.ledger.auditing.test_corruptions import both_balances

MOST = 3
FEW = replace(QUICK, most=MOST)


def suspect(name: str, *looks: Severity | None) -> Suspect:
    """One that looks like this time after time, and then goes on as it was last."""
    left = list(looks)

    def look() -> Look:
        severity = left.pop(0) if len(left) > 1 else left[0]
        return [] if severity is None else [Finding(severity, "kind", name, "same", "words")], None

    return Suspect(look)


def observed(suspects: Sequence[Suspect], at_once: int) -> dict[Severity, list[str]]:
    """The subjects of what is found in the end, ``at_once`` suspects at a time."""
    found: dict[Severity, list[str]] = {}

    def finish(findings: list[Finding], whole: Figures | None) -> None:
        for finding in findings:
            found.setdefault(finding.severity, []).append(finding.subject)

    observation = Observation(Cloud((AP,)).program(AP), FEW, [], silent, finish)
    for first in range(0, len(suspects), at_once):
        observation.take(suspects[first : first + at_once])
    observation.end()
    return found


@pytest.mark.parametrize("place", range(9))
def test_accounts_that_only_wait_do_not_hide_one_that_has_lost_money(cloud: Cloud, place: int) -> None:
    names = [f"account-{number}" for number in range(9)]
    for name in names:
        cloud.create(name, 100)
    cloud.settle()
    later(cloud)
    for name in names:
        cloud.freeze(name)  # no other region knows it
    both_balances(names[place], "-60")(cloud)
    told: list[str] = []
    report = audit(cloud.program(AP), FEW, each=lambda figures: told.append(figures.account_id))
    assert names[place] in {finding.subject for finding in report.of(Severity.WRONG)}
    assert sorted(told) == names


@pytest.mark.parametrize("at_once", [1, 4, 20])
@pytest.mark.parametrize("place", [0, 3, 10])
@pytest.mark.parametrize("others", [(Severity.WAITING,), (Severity.WRONG, None), (Severity.WRONG, Severity.WAITING)])
def test_whoever_is_wrong_is_found_among_any_number_of_others(
    others: tuple[Severity | None, ...], place: int, at_once: int
) -> None:
    suspects = [suspect(f"other {number}", *others) for number in range(10)]
    suspects.insert(place, suspect("victim", Severity.WRONG))
    assert observed(suspects, at_once)[Severity.WRONG] == ["victim"]


@pytest.mark.parametrize("at_once", [1, 20])
def test_one_that_does_not_hold_still_is_observed_before_those_that_wait(at_once: int) -> None:
    suspects = [suspect(f"other {number}", Severity.WAITING) for number in range(10)]
    suspects.append(suspect("merchant", Severity.MOVING, Severity.WRONG))
    assert "merchant" in observed(suspects, at_once)[Severity.MOVING]


def test_when_as_many_as_can_be_kept_are_wrong_the_others_are_counted() -> None:
    found = observed([suspect(f"wrong {number}", Severity.WRONG) for number in range(10)], 10)
    assert len(found[Severity.WRONG]) == MOST
    assert found[Severity.MOVING] == [""]


def test_those_that_wait_and_are_too_many_are_never_right() -> None:
    found = observed([suspect(f"other {number}", Severity.WAITING) for number in range(10)], 10)
    assert len(found[Severity.WAITING]) == MOST
    assert found[Severity.MOVING] == [""]
