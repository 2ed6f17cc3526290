"""What the torture says of figures and books: each disagreement is seen, and agreement is silent."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from figures.table import Figure
from tests.support.books import Books
from tests.system.figures import Scraper, disagreements, read
from tests.system.traffic import Answer

REGION = "eu-central-1"


class Scraped:
    """Figures that were read: three payments posted, one replayed, one incident."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.counted = {
            ("Transfers", "posted"): 3,
            ("Requests", "200"): 4,
            ("Requests", "503"): 2,
            ("Incidents", ""): 1,
        }

    def sum(self, _kind: str, _region: str, figure: Figure, **labels: str) -> int:
        """See ``Scraper``."""
        return self.counted[figure.name, labels.get("outcome") or labels.get("status") or ""]


@pytest.fixture
def world() -> dict[str, Any]:
    """Figures, journal, answers and audit, all in agreement: one posted payment's answer was lost with its process."""
    journal: list[dict[str, str]] = [{"kind": "transfer", "region": REGION} for _ in range(4)]
    journal.append({"kind": "incident", "region": f"{REGION}~incident"})
    rows: dict[tuple[str, ...], dict[str, str]] = {(str(number),): entry for number, entry in enumerate(journal)}
    answered = [(200, False), (200, False), (200, True), (503, False), (0, False), (0, False)]
    return {
        "scraper": Scraped(),
        "books": Books({REGION: {"account-table": {}, "journal-table": rows}}),
        "answers": [Answer(0, 1, REGION, "repeated", status, None, "", replay) for status, replay in answered],
        "audited": {"transfers": 4, "incidents": {"count": 1}},
    }


def look(world: dict[str, Any]) -> list[str]:
    """What does not agree."""
    return disagreements(cast(Scraper, world["scraper"]), world["books"], world["answers"], world["audited"])


def test_agreement_is_silent(world: dict[str, Any]) -> None:
    assert look(world) == []


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda it: it["scraper"].counted.update({("Transfers", "posted"): 1}), "2 acknowledged, 1 counted"),
        (
            lambda it: it["scraper"].counted.update({("Transfers", "posted"): 5}),
            "5 counted as posted, 4 in the journal",
        ),
        (lambda it: it["answers"].pop() and it["answers"].pop(), "4 in the journal, 3 counted or not known"),
        (lambda it: it["scraper"].counted.update({("Requests", "200"): 2}), "3 answered, 2 counted"),
        (lambda it: it["scraper"].counted.update({("Requests", "503"): 9}), "9 counted, 3 answered or without"),
        (lambda it: it["scraper"].counted.update({("Incidents", ""): 0}), "1 in the journal, 0 counted"),
        (lambda it: it["audited"].update(transfers=2), "3 counted as posted, 2 executions by the audit"),
        (lambda it: it["audited"].update(incidents={"count": 2}), "2 by the audit, 1 counted"),
        (lambda it: it["scraper"].problems.append("went back"), "went back"),
    ],
)
def test_each_disagreement_is_told(world: dict[str, Any], change: Callable[[Any], object], words: str) -> None:
    change(world)
    assert words in "\n".join(look(world))


def test_samples_are_read_with_their_labels() -> None:
    text = (
        '# TYPE a_total counter\na_total{route="transfer",status="200"} 2.0\na_total{route="none",status="404"} 1.0\n'
    )
    assert sorted(read(text).values()) == [1.0, 2.0]
    with pytest.raises(ValueError, match="could not convert"):
        read("a_total two\n")
