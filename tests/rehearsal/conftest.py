"""One rehearsal for all tests of this folder, which run in the order of a deployment's life."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rehearsal import needs, places
from tests.rehearsal.machines import namespaces
from tests.rehearsal.operator import Operator, Played
from tests.rehearsal.stage import Stage

HERE = Path(__file__).parent
ORDER = (
    "site", "network", "payments", "admin", "bastion", "recovery", "runbook", "releases", "agent", "host_keys",
    "permissions", "teardown", "tls", "removal",
)  # fmt: skip
"""The modules, without ``test_``."""
LONGEST = 3600  # seconds for a test, on a busy machine; the first one sets everything up

# Where no rehearsal can run, test_machine.py says why, in one line; nothing else is there.
if needs.missing():
    collect_ignore = [f"test_{name}.py" for name in ORDER]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep our tests in their order, whatever the random order of the others; they all are after those."""
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.timeout(LONGEST))
    places_in_order = {f"test_{name}": number for number, name in enumerate(ORDER)}
    ours.sort(key=lambda item: (places_in_order.get(item.path.stem, -1), item.reportinfo()[1] or 0, item.name))
    items[:] = [item for item in items if HERE not in item.path.parents] + ours


_seconds: dict[str, float] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how long each of our tests took, with what was set up for it and taken down after it."""
    if (places.ROOT / report.nodeid.partition("::")[0]).is_relative_to(HERE):
        _seconds[report.nodeid] = _seconds.get(report.nodeid, 0) + report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how long everything took."""
    if sum(_seconds.values()) > 1:
        terminalreporter.section("the rehearsal, in seconds")
        for name, seconds in _seconds.items():
            terminalreporter.line(f"{seconds:6.1f}  {name.removeprefix('tests/rehearsal/')}")
        terminalreporter.line(f"{sum(_seconds.values()):6.1f}  in all; what is not rehearsed: docs/not-rehearsed.md")


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Print a line of progress, past pytest's capturing."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def _say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{line}", end="", flush=True)

    return _say


@pytest.fixture(scope="session")
def operator(say: Callable[[str], None]) -> Iterator[Operator]:
    """The operator of an empty account, with the machines that will be needed. All is removed at the end."""
    stage = Stage(say)
    try:
        stage.set_up()
        operator = Operator(say)
        with namespaces.entered(places.OPERATOR.namespace):
            operator.import_key_pair()
        say("   the cloud is up, and empty")
        yield operator
    finally:
        stage.take_down()


@pytest.fixture(autouse=True)
def _at_the_operators_seat(operator: Operator) -> Iterator[None]:
    """Every test, with all programs that it starts, is in the operator's network."""
    with namespaces.entered(places.OPERATOR.namespace):
        yield


@pytest.fixture(scope="session")
def site(operator: Operator) -> Played:
    """The first run of ``site.yml``, which must have worked."""
    played = operator.play("site")
    assert played.status == 0, played
    return played


@pytest.fixture(scope="session")
def key(operator: Operator, site: Played) -> str:
    """An API key, made on a host as the guide says."""
    with namespaces.entered(places.OPERATOR.namespace):
        made = operator.host("app", places.REGIONS[0]).check_output(
            "account-manage createkey --principal rehearsal --scopes read,create,transfer --debits '*' "
            "--expires 1d --json"
        )
    created: str = json.loads(made)["key"]
    return created
