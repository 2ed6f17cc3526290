"""The sweep as a dry run: what it would do first with each subject, and nothing written."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from ledger.reconciling import Sweep, reconcile
from ledger.rehearsing import rehearsal
from ledger.requests import Unreachable
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud

D = Decimal


def ready(cloud: Cloud) -> Cloud:
    cloud.create("cloud", 1000)
    cloud.create("it", 0, region=EU)
    cloud.settle()
    cloud.pay(EU, "cloud", "it", 300)
    cloud.settle()
    cloud.trim()
    return cloud


def rehearsed(cloud: Cloud, region: str) -> Sweep:
    with cloud.counted() as calls:
        sweep = reconcile(rehearsal(cloud.program(region)))
    assert "write" not in {call.method for call in calls}
    return sweep


def duplicate(cloud: Cloud) -> None:
    for region in cloud.names:
        cloud.pay(region, "cloud", "it", 5, key="twice")
    cloud.deliver()


def grant(cloud: Cloud) -> None:
    cloud.create("far", 40, region=EU)
    cloud.hand_delete(EU, f"far@{EU}")
    cloud.world.delete(EU, "journal-table", {"entry_id": f"share~far@{EU}", "region": EU})
    cloud.deliver()


def freeze(cloud: Cloud) -> None:
    cloud.freeze("cloud")
    cloud.deliver()


CASES: dict[str, tuple[Callable[[Cloud], None], str, str, str]] = {
    "changed by hand": (
        lambda cloud: cloud.hand(AP, "cloud", balance=D(7)),
        AP,
        "cloud: changed by a hand, or missing: put cloud with balance",
        "report 'rebuilt'",
    ),
    "deleted": (
        lambda cloud: cloud.hand_delete(EU, f"it@{EU}"),
        EU,
        f"it@{EU}: changed by a hand, or missing: put it@{EU} with balance 300",
        "enter rebuilt",
    ),
    "a row of a hand": (
        lambda cloud: cloud.hand_put(AP, "gold", balance=D(40)),
        AP,
        "gold: the journal does not know this row: put gold with balance 40; enter gold as opened",
        "enter 40 USD as the opening of gold",
    ),
    "no money": (
        lambda cloud: cloud.hand_put(AP, "gold", balance="much"),
        AP,
        "gold: the journal does not know this row",
        "report 'not-money'",
    ),
    "nobody's row": (
        lambda cloud: cloud.hand_put(AP, "gold@nowhere", balance=D(1)),
        AP,
        "gold@nowhere: no account can have such a row",
        "report 'unknown-share'",
    ),
    "two executions": (
        duplicate,
        EU,
        ": another region's execution stands: ",
        f"change cloud@{EU}: balance +5; change it@{EU}: balance -5; undo 5 USD from cloud to it",
    ),
    "money on the way": (grant, EU, "far: something to accept", f"put far@{EU} with balance 40"),
    "frozen at home": (freeze, EU, "cloud: something to accept, to follow or to cover", "status frozen"),
}


@pytest.mark.parametrize("name", CASES)
def test_it_says_what_it_would_do_and_why_and_then_does_it(cloud: Cloud, name: str) -> None:
    cause, region, begins, contains = CASES[name]
    ready(cloud)
    cause(cloud)
    cloud.deliver()
    (line,) = rehearsed(cloud, region).mended
    assert begins in line
    assert contains in line
    assert rehearsed(cloud, region).mended == [line], "a dry run changes nothing, so the next one says the same"
    sweep = cloud.sweep(region)
    assert {done.split(": ")[0] for done in sweep.mended} == {line.split(": ")[0]}
    assert rehearsed(cloud, region).mended == []


def test_a_quiet_world_needs_nothing(cloud: Cloud) -> None:
    ready(cloud)
    for region in cloud.names:
        assert rehearsed(cloud, region) == Sweep()


def test_a_share_taken_out_of_use_and_rebuilt_is_told_step_by_step(cloud: Cloud) -> None:
    ready(cloud)
    row = cloud.row("cloud")
    assert row is not None
    cloud.hand_put(AP, "gold", **{**row, "account_id": "gold", "share": "gold"})
    (line,) = rehearsed(cloud, AP).mended
    assert "take gold out of use until it is rebuilt" in line
    cloud.settle(events=False)
    assert rehearsed(cloud, AP).mended == []


def test_what_it_could_not_ask_for_is_left(cloud: Cloud) -> None:
    ready(cloud)
    cloud.hand_put(EU, f"new@{EU}", balance=D(1))

    def fault(call: Call, done: bool) -> None:
        if call.caller != call.target:
            raise Unreachable("away")

    cloud.fault = fault
    sweep = reconcile(rehearsal(cloud.program(EU)))
    assert sweep.mended == []
    assert sweep.left == [f"new@{EU}: Unreachable: away"]


def test_the_sweep_of_another_region_is_rehearsed_at_its_endpoint(cloud: Cloud) -> None:
    ready(cloud)
    cloud.hand(EU, f"cloud@{EU}", balance=D(0))
    there = replace(cloud.program(AP), here=EU)
    (line,) = reconcile(rehearsal(there)).mended
    assert line.startswith(f"cloud@{EU}: changed by a hand")
    assert rehearsed(cloud, AP).mended == []
    assert reconcile(there).mended == [f"cloud@{EU}: changed by a hand, or missing"]
    cloud.settle(events=False)
    cloud.audit()
