"""What the search of the model found goes into the summary of the test run."""

import pytest

from tests.model.search import Result


class Report:
    """Lines for the summary."""

    def __init__(self) -> None:
        self.states = 0
        self.lines: list[str] = []

    def held(self, scenario: str, found: Result) -> None:
        """A scenario in whose states everything held."""
        self.states += found.states
        self.lines.append(f"{found.states:8,} states, {found.settled:6,} at rest: {scenario}")

    def lost(self, rule: str, found: Result) -> None:
        """A rule without which something did not hold."""
        self.lines.append(f"without {rule}: {found.broken}, after {len(found.path)} steps ({found.states:,} states)")


_REPORT = pytest.StashKey[Report]()


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    """What goes into the summary."""
    return pytestconfig.stash.setdefault(_REPORT, Report())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print it."""
    found = config.stash.get(_REPORT, None)
    if found is not None:
        terminalreporter.section(f"model: {found.states:,} states searched, all of them")
        for line in sorted(found.lines):
            terminalreporter.write_line(line)
