"""The operator log: nothing is lost, nothing is changed, whichever region writes."""

import pytest

from console import oplog
from ledger.errors import Busy
from ledger.requests import Unreachable
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud


def test_lines_of_all_regions_are_one_log_in_order_of_time() -> None:
    cloud = Cloud((AP, EU))
    for n in range(7):
        oplog.write(cloud.ledgers[(AP, EU)[n % 2]], "ann", f"act {n}")
    assert [line.action for line in oplog.page(cloud.ledgers[EU], 9)[0]] == ["act 5", "act 3", "act 1"]
    cloud.deliver()
    assert cloud.world.differing() == []
    found, place = [], None
    while True:
        lines, place = oplog.page(cloud.ledgers[EU], 3, place)
        found += [(line.action, line.region) for line in lines]
        if place is None:
            break
    assert found == [(f"act {n}", (AP, EU)[n % 2]) for n in range(6, -1, -1)]


def test_an_action_has_its_beginning_and_its_end() -> None:
    cloud = Cloud((AP, EU))
    ledger = cloud.ledgers[AP]
    with oplog.acting(ledger, "ann", "freeze", "cloud", "why"):
        assert [line.outcome for line in oplog.page(ledger, 9)[0]] == ["begun"]
    with pytest.raises(Busy), oplog.acting(ledger, "ann", "freeze", "cloud", "why"):
        raise Busy("The row is being mended.")
    with pytest.raises(Unreachable), oplog.acting(ledger, "ann", "freeze", "cloud", "why"):
        raise Unreachable
    assert [line.outcome for line in reversed(oplog.page(ledger, 9)[0])] == [
        "begun", "done",
        "begun", "refused: The row is being mended.",
        "begun", "not known: the table did not answer",
    ]  # fmt: skip


def test_nothing_is_done_that_cannot_be_logged() -> None:
    cloud = Cloud((AP, EU))
    done = []

    def fault(call: Call, done: bool) -> None:
        raise Unreachable

    cloud.fault = fault
    with pytest.raises(Unreachable), oplog.acting(cloud.ledgers[AP], "ann", "freeze", "cloud", "why"):
        done.append("it")
    assert done == []


def test_an_end_that_cannot_be_logged_undoes_nothing_and_is_in_the_applications_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cloud = Cloud((AP, EU))

    def fault(call: Call, done: bool) -> None:
        raise Unreachable

    with oplog.acting(cloud.ledgers[AP], "ann", "freeze", "cloud", "why"):
        cloud.fault = fault
    cloud.fault = None
    assert [line.outcome for line in oplog.page(cloud.ledgers[AP], 9)[0]] == ["begun"]
    assert "the end of an action is not in the operator log" in caplog.text
