"""What docs/proof.md counts is counted here, but for the figures of long runs."""

import re
from pathlib import Path

from tests.model.scenarios import SCENARIOS, WEAKER
from tests.simulator.mutants import MUTANTS

ROOT = Path(__file__).parents[3]
MODEL = ROOT / "tests" / "model"
PROOF = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
WORDS = " ".join(PROOF.split())


def _lines(*names: str) -> int:
    return sum(len((MODEL / name).read_text(encoding="utf-8").splitlines()) for name in names)


def test_the_model_has_as_many_scenarios_and_rules_as_it_says() -> None:
    assert f"in {len(SCENARIOS)} scenarios" in WORDS
    assert f"each of {len(WEAKER)} rules is taken away" in WORDS
    resent = sum(scenario.resent for scenario in SCENARIOS.values())
    assert f"in {resent} of the scenarios each of them may be carried out once more" in WORDS


def test_the_model_has_as_many_lines_as_it_says() -> None:
    search, protocol = _lines("search.py"), _lines("protocol.py", "payments.py", "mending.py")
    assert search <= 300
    assert f"The search is {search} lines (`search.py`); the protocol that it searches is {protocol} more" in WORDS


def test_every_broken_rule_is_in_the_table_with_how_soon_it_was_found() -> None:
    found = re.findall(
        r"^    ([a-z-]+) +\d+ +\d+ +\d+  \S", PROOF.split("### What breaks when a rule is broken")[1], re.M
    )
    assert found == list(MUTANTS)
