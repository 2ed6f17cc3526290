"""Runs the steps of the demonstration, one at a time. Whoever looks sees the same, and anybody may stop it."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.money import text
from sandbox.client import Refused
from sandbox.picture.cloud import CURRENCY, Cloud
from sandbox.picture.stage import Failed, Stage, Stopped
from sandbox.picture.steps import STEPS, Step

log = logging.getLogger(__name__)

LONGEST_STOP = 20.0  # seconds: a payment that waits for its answer is waited for


@dataclass(slots=True)
class Progress:
    """How far a step has come. ``state``: open, running, done or failed; ``result``: what came of it, in words."""

    state: str = "open"
    result: str = ""


class Demonstration:
    """The steps, and the thread that runs them."""

    def __init__(self, cloud: Cloud, steps: Sequence[Step] = STEPS) -> None:
        self._cloud = cloud
        self._steps = steps
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._forget()

    def _forget(self) -> None:
        self._progress = {step.name: Progress() for step in self._steps}
        self._stage = Stage(self._cloud)

    def start(self, name: str) -> None:
        """Run a step, or ``all`` of them from the first. Raises ``Refused`` while one runs, and for other names."""
        names = [step.name for step in self._steps]
        if name != "all" and name not in names:
            raise Refused(f"there is no step {name}")
        with self._lock:
            if self.running:
                raise Refused("a step is running: wait for it, or reset")
            wanted = [step for step in self._steps if name in ("all", step.name)]
            for step in wanted:
                self._progress[step.name] = Progress()
            self._stage.verdict = None  # of what was before this step
            # Said before the thread runs, so that no page sees a pause before the first step.
            self._progress[wanted[0].name].state = "running"
            self._thread = threading.Thread(target=self._run, args=(wanted,), daemon=True)
            self._thread.start()

    @property
    def running(self) -> bool:
        """Whether a step is running."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> bool:
        """Stop what is running; whether it has ended within the time for it."""
        self._stage.stopping.set()
        if self._thread is not None:
            self._thread.join(LONGEST_STOP)
        return not self.running

    def reset(self) -> None:
        """Stop, let everything pass again, and compare anew. Raises ``Refused`` if a step does not come to its end."""
        with self._lock:
            if not self.stop():
                raise Refused("the step is still waiting for an answer: try again")
            self._forget()
            self._cloud.control.post("links", cut=False, lag=self._cloud.settings.lag)
            self._cloud.payments.forget()

    def describe(self) -> dict[str, Any]:
        """For the page."""
        return {
            "running": self.running,
            "verdict": self._stage.verdict,
            "executed": self._stage.executed,
            "plain_refused": self._stage.plain_refused,
            "paid_in": None if self._stage.paid_in is None else text(self._stage.paid_in, CURRENCY),
            "steps": [
                {
                    "name": step.name,
                    "title": step.title,
                    "look": step.look,
                    "state": self._progress[step.name].state,
                    "result": self._progress[step.name].result,
                }
                for step in self._steps
            ],
        }

    def _run(self, steps: Sequence[Step]) -> None:
        stage, progress = self._stage, self._progress
        for step in steps:
            mine = progress[step.name]
            mine.state = "running"
            try:
                mine.result = step.run(stage)
            except Stopped:
                mine.state = "open"
                return
            except Failed as failed:
                mine.state, mine.result = "failed", str(failed)
                return
            except Exception as error:  # whatever it is, a page says so and the next start works
                log.exception("the step %s failed", step.name)
                mine.state, mine.result = "failed", f"It did not work: {error}"
                return
            mine.state = "done"
