"""What the search of the model found goes into the summary of the test run."""

from pathlib import Path

import pytest

from tests.model.scenarios import SCENARIOS
from tests.model.search import Result

PROOF = (Path(__file__).parents[2] / "docs" / "proof.md").read_text(encoding="utf-8")


class Report:
    """Lines for the summary."""

    def __init__(self) -> None:
        self.states = 0
        self.lines: list[str] = []
        self._scenarios: set[str] = set()

    @property
    def headline(self) -> str:
        """How much was searched."""
        return f"model: {self.states:,} states searched, all of them"

    def held(self, scenario: str, found: Result) -> None:
        """A scenario in whose states everything held. With the last of all, docs/proof.md must have their number."""
        self.states += found.states
        self._scenarios.add(scenario)
        if self._scenarios == SCENARIOS.keys():
            assert self.headline in PROOF, self.headline
        self.lines.append(f"{found.states:8,} states, {found.settled:6,} at rest: {scenario}")

    def lost(self, rule: str, found: Result) -> None:
        """A rule without which something did not hold. Where docs/proof.md shows its line, it is this one."""
        line = f"without {rule}: {found.broken}, after {len(found.path)} steps ({found.states:,} states)"
        self.lines.append(line)
        assert line in PROOF or f"without {rule}:" not in PROOF, line


_REPORT = pytest.StashKey[Report]()


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    """What goes into the summary."""
    return pytestconfig.stash.setdefault(_REPORT, Report())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print it."""
    found = config.stash.get(_REPORT, None)
    if found is not None:
        terminalreporter.section(found.headline)
        for line in sorted(found.lines):
            terminalreporter.write_line(line)
