"""What an audit found: a verdict, figures per currency, findings, incidents."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum
from heapq import heappush, heappushpop
from typing import Any

from ledger.auditing.accounts import Figures
from ledger.auditing.facts import EntryFacts
from ledger.auditing.findings import Finding, Severity
from ledger.money import ZERO, is_currency, text

NEWEST = 20  # incidents that are named


class Verdict(IntEnum):
    """The exit status of an audit."""

    RIGHT = 0
    WRONG = 1
    NOT_SETTLED = 2
    UNREADABLE = 3


EXIT_STATUS = {Verdict.RIGHT: 0, Verdict.WRONG: 1, Verdict.NOT_SETTLED: 2, Verdict.UNREADABLE: 2}


@dataclass(slots=True)
class Totals:
    """One currency, in major units. ``difference``: what the shares hold beyond the records, account by account."""

    accounts: int = 0
    shares: int = 0
    balances: Decimal = ZERO
    on_the_way: Decimal = ZERO
    openings: Decimal = ZERO
    difference: Decimal = ZERO

    def add(self, figures: Figures) -> None:
        """Count an account."""
        self.accounts += 1
        self.shares += figures.shares
        self.balances += figures.balance
        self.on_the_way += figures.on_the_way
        self.openings += figures.opening
        self.difference += figures.difference


@dataclass(slots=True)
class Report:
    """The result of one run. ``rows``: read in all regions. ``looked_again``: accounts and ids read once more."""

    regions: tuple[str, ...]
    began: str
    seconds: float = 0.0
    rows: int = 0
    transfers: int = 0
    undone: int = 0
    looked_again: int = 0
    currencies: dict[str, Totals] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    unreadable: str = ""
    _newest: list[tuple[str, str, str, str]] = field(default_factory=list)

    def count(self, figures: Figures) -> None:
        """Add an account to the totals of its currency."""
        self.currencies.setdefault(figures.currency or "none", Totals()).add(figures)

    def note_incident(self, entry_id: str, facts: EntryFacts) -> None:
        """Count an incident, and remember it if it is one of the newest."""
        self.reasons[facts.reason] += 1
        incident = (facts.at, facts.reason, facts.accounts[0] if facts.accounts else "", entry_id)
        (heappush if len(self._newest) < NEWEST else heappushpop)(self._newest, incident)

    def of(self, severity: Severity) -> list[Finding]:
        """The findings of one kind, in order of their subjects."""
        found = [finding for finding in self.findings if finding.severity is severity]
        return sorted(found, key=lambda finding: (finding.kind, finding.subject, finding.evidence))

    @property
    def accounts(self) -> int:
        """Accounts of all currencies."""
        return sum(totals.accounts for totals in self.currencies.values())

    @property
    def verdict(self) -> Verdict:
        """What it comes to."""
        severities = {finding.severity for finding in self.findings}
        if Severity.WRONG in severities:
            return Verdict.WRONG
        if self.unreadable:
            return Verdict.UNREADABLE
        return Verdict.NOT_SETTLED if severities - {Severity.NOTE} else Verdict.RIGHT

    @property
    def line(self) -> str:
        """The verdict in a line."""
        where = f"{self.accounts:,} accounts in {' and '.join(self.regions)}"
        match self.verdict:
            case Verdict.RIGHT:
                return f"RIGHT: {where}: every balance is what the records say, and all copies are the same"
            case Verdict.WRONG:
                return f"WRONG: {where}: {_counted(self.of(Severity.WRONG))}"
            case Verdict.NOT_SETTLED:
                open_points = [*self.of(Severity.WAITING), *self.of(Severity.MOVING)]
                return f"NOT SETTLED YET: wait and run it again: {where}: {_counted(open_points)}"
            case _:
                return f"COULD NOT READ: run it again: {self.unreadable}"

    def to_json(self) -> dict[str, Any]:
        """For machines. Amounts are strings."""
        return {
            "verdict": self.verdict.name.lower().replace("_", "-"),
            "exit_status": EXIT_STATUS[self.verdict],
            "line": self.line,
            "regions": list(self.regions),
            "began": self.began,
            "seconds": round(self.seconds, 1),
            "rows_read": self.rows,
            "accounts": self.accounts,
            "transfers": self.transfers,
            "undone_duplicates": self.undone,
            "looked_again": self.looked_again,
            "currencies": {code: _totals(code, totals) for code, totals in sorted(self.currencies.items())},
            **{severity.value: [found.to_json() for found in self.of(severity)] for severity in Severity},
            "incidents": {"count": self.reasons.total(), "reasons": dict(self.reasons), "newest": self.incidents()},
        }

    def incidents(self) -> list[dict[str, str]]:
        """The newest incidents, newest first."""
        names = ("found_at", "reason", "account", "entry_id")
        return [dict(zip(names, incident, strict=True)) for incident in sorted(self._newest, reverse=True)]


def _counted(findings: Iterable[Finding]) -> str:
    """How many of each kind."""
    kinds = Counter(finding.kind for finding in findings)
    return ", ".join(f"{count} × {kind}" for kind, count in kinds.most_common())


def _totals(code: str, totals: Totals) -> dict[str, Any]:
    amounts = {
        "balances": totals.balances,
        "on_the_way": totals.on_the_way,
        "openings": totals.openings,
        "difference": totals.difference,
    }
    shown = {name: amount_text(amount, code) for name, amount in amounts.items()}
    return {"accounts": totals.accounts, "shares": totals.shares, **shown}


def amount_text(amount: Decimal, code: str) -> str:
    """An amount with the minor digits of its currency; all its digits where it has more."""
    exact = f"{amount.normalize():f}"
    if not is_currency(code):
        return exact
    usual = text(amount, code)
    return usual if len(usual) >= len(exact) else exact
