"""What the programs send in histories: what their roles allow (the resolver's no more), and no share's change alone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from greenlet import getcurrent

from tests.simulator.endpoint import Call, Endpoint
from tests.simulator.programs import Task
from tests.simulator.schedule import draw
from tests.simulator.simulation import simulate
from tests.unit.cloudformation.permissions import REGIONS, allowed

HISTORIES = 200
HERE = ("AWS::Region",)
_READS = {"get": "BatchGetItem", "scan": "Scan", "query": "Query"}
_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "ConditionCheck": "ConditionCheckItem"}
type Sent = tuple[str, bool, str, str]
"""The kind of program, whether it asked its own region, the table, and the action that it needs."""
ALONE = "alone"
"""In place of an action: a change of one item without a second one, which has no token."""


def needed(call: Call) -> Iterator[tuple[str, str]]:
    """The tables and actions of one request."""
    match call.method:
        case "write":
            (writes, _) = call.arguments
            yield from ((write.table, _WRITES[write.action]) for write in writes)
            if len(writes) == 1:
                yield f"{writes[0].table} by {writes[0].action}", ALONE
        case "get":
            yield from ((table, _READS["get"]) for table, _ in call.arguments[0])
        case "scan":
            yield call.arguments[0], _READS["scan"]
        case "query":
            pass  # of indexes, which have ARNs of their own: tests/unit/cloudformation
        case "ping":
            pass


@pytest.fixture(scope="module")
def sent() -> set[Sent]:
    """All that apps and resolvers ask for in some histories."""
    found: set[Sent] = set()
    ask = Endpoint._ask

    def recorded[T](self: Endpoint, call: Call, answer: Callable[[], T]) -> T:
        task: Any = getcurrent()
        if isinstance(task, Task):
            kind = task.process.name.partition(" ")[0]
            found.update((kind, call.caller == call.target, table, action) for table, action in needed(call))
        return ask(self, call, answer)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Endpoint, "_ask", recorded)
        for seed in range(HISTORIES):
            violation, _ = simulate(draw(seed))
            assert violation is None
    return found


@pytest.mark.parametrize("table", ["account-table", "journal-table"])
def test_the_resolver_may_do_what_it_does_and_nothing_else(sent: set[Sent], table: str) -> None:
    here = allowed("resolver", "Role", table, *HERE) | allowed("resolver", "Role", table, *REGIONS)
    elsewhere = allowed("resolver", "Role", table, *REGIONS)
    assert {action for kind, own, of, action in sent if (kind, own, of) == ("resolver", True, table)} == here
    assert {action for kind, own, of, action in sent if (kind, own, of) == ("resolver", False, table)} == elsewhere


@pytest.mark.parametrize("table", ["account-table", "journal-table"])
def test_the_app_may_do_what_it_does(sent: set[Sent], table: str) -> None:
    done = {action for kind, _, of, action in sent if (kind, of) == ("app", table)}
    assert done
    assert done <= allowed("hosts", "AppRole", table, *REGIONS)


def test_no_change_of_a_share_is_sent_alone(sent: set[Sent]) -> None:
    """It could be carried out twice: see ``with_token``. An entry can be put alone, as it is put once."""
    assert {what for kind, _, what, action in sent if action == ALONE and kind != "plain"} == {"journal-table by Put"}
