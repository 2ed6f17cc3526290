"""Findings, and what to believe of them.

While traffic runs, no two tables are read at one moment, so much looks wrong that is not. Everything that looks wrong
is read again, several times, and only what stays exactly as it is counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is, if it stays."""

    WRONG = "wrong"  # the books are not right
    WAITING = "waiting"  # not wrong, but not finished either: money on its way, a replica behind
    MOVING = "moving"  # could not be looked at while it held still
    NOTE = "note"  # to be known, and explained


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one subject: an account id, the key of a row, or the id of an entry.

    Two findings are equal if they are the same thing in the same state: ``evidence`` changes when anybody has moved
    what is waited for, or what is wrong. ``since``: UTC, ISO 8601, or "".
    """

    severity: Severity
    kind: str
    subject: str
    evidence: str
    text: str = field(compare=False)
    since: str = field(default="", compare=False)

    def to_json(self) -> dict[str, str]:
        """For machines."""
        return {"kind": self.kind, "subject": self.subject, "text": self.text, "since": self.since}


def judge(looks: Sequence[Sequence[Finding]]) -> list[Finding]:
    """What remains after looking at one subject several times, with pauses; ``looks`` in the order of time.

    Wrong is what was the same in every look, and there were at least two. What looked wrong in another way each
    time is being worked on: moving. What waits has been waiting if it was the same in the last two looks; otherwise
    it goes on, and is no finding.
    """
    remains = []
    for finding in looks[-1]:
        match finding.severity:
            case Severity.WRONG:
                stays = len(looks) > 1 and all(finding in look for look in looks)
                remains.append(finding if stays else replace(finding, severity=Severity.MOVING))
            case Severity.WAITING:
                if len(looks) == 1 or finding in looks[-2]:
                    remains.append(finding)
            case _:
                remains.append(finding)
    return remains


def is_settled(looks: Sequence[Sequence[Finding]]) -> bool:
    """Whether nothing is left to wait for."""
    return all(finding.severity is Severity.NOTE for finding in judge(looks))


def is_only_waiting(looks: Sequence[Sequence[Finding]]) -> bool:
    """Whether the last look shows nothing that may be wrong."""
    return all(finding.severity in (Severity.NOTE, Severity.WAITING) for finding in looks[-1])
