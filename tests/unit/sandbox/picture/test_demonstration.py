"""Running the steps: one at a time, stopped at any moment, and what goes wrong said in words."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.client import Refused
from sandbox.config import Settings
from sandbox.picture.demonstration import Demonstration
from sandbox.picture.stage import Failed, Stage
from sandbox.picture.steps import Step


class Cloud:
    """Stands in for the sandbox."""

    settings = Settings()

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.control = self.payments = self

    def post(self, path: str, **what: Any) -> None:
        self.told.append({"path": path, **what})

    def forget(self) -> None:
        self.told.append({"path": "forget"})


def demonstration(**steps: Callable[[Stage], str]) -> Demonstration:
    """A demonstration with these steps."""
    made = [Step(name, name.title(), f"Look at {name}.", run) for name, run in steps.items()]
    return Demonstration(Cloud(), made)  # type: ignore[arg-type]  # a stand-in


def ended(running: Demonstration) -> list[tuple[str, str]]:
    """State and result of every step, once nothing runs any more."""
    assert running._thread is not None
    running._thread.join(5)
    assert not running.running
    return [(step["state"], step["result"]) for step in running.describe()["steps"]]


def waits(stage: Stage) -> str:
    stage.pause(60)
    return "never"


def breaks(stage: Stage) -> str:
    raise Failed("It is away.")


def test_all_steps_run_in_their_order() -> None:
    order: list[str] = []

    def noting(name: str) -> Callable[[Stage], str]:
        def run(_: Stage) -> str:
            order.append(name)
            return name

        return run

    running = demonstration(one=noting("first"), two=noting("second"))
    running.start("all")
    assert ended(running) == [("done", "first"), ("done", "second")]
    assert order == ["first", "second"]


def test_while_a_step_runs_no_other_is_started() -> None:
    running = demonstration(one=waits, two=lambda _: "two")
    running.start("one")
    assert running.describe()["steps"][0]["state"] == "running"
    with pytest.raises(Refused, match="a step is running"):
        running.start("two")
    running.stop()


def test_a_reset_stops_the_step_heals_the_link_and_forgets_what_was_shown() -> None:
    running = demonstration(zero=lambda _: "done", one=waits, two=lambda _: "two")
    running.start("all")
    running.reset()
    assert ended(running) == [("open", ""), ("open", ""), ("open", "")]
    cloud: Any = running._cloud
    assert cloud.told == [{"path": "links", "cut": False, "lag": 0.5}, {"path": "forget"}]
    running.start("two")
    assert ended(running)[2] == ("done", "two")


def test_a_step_that_fails_says_why_and_ends_the_run() -> None:
    running = demonstration(one=breaks, two=lambda _: "two")
    running.start("all")
    assert ended(running) == [("failed", "It is away."), ("open", "")]


def test_an_error_that_nobody_thought_of_is_said_and_the_next_start_works() -> None:
    broken = threading.Event()

    def one(_: Stage) -> str:
        if not broken.is_set():
            broken.set()
            raise RuntimeError("no idea")
        return "fine"

    running = demonstration(one=one)
    running.start("one")
    assert ended(running) == [("failed", "It did not work: no idea")]
    running.start("one")
    assert ended(running) == [("done", "fine")]


def test_a_step_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Refused, match="there is no step nonsense"):
        demonstration(one=waits).start("nonsense")
