"""Programs in the simulated cloud: each runs as greenlets that stop before every request to a store.

``Task`` is one call of a service or of the Lambda. It goes on when the one who runs the world says so, and then meets
the fault that was chosen for its request. So any two programs can interleave between any two requests, and each can
die there, without a thread and always in the same way.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from greenlet import GreenletExit, getcurrent, greenlet

import handler
from ledger.context import Ledger
from ledger.start import guarded
from ledger.topology import Topology
from tests.simulator.clock import Time
from tests.simulator.endpoint import Call
from tests.simulator.world import World


class Process:
    """An app or a resolver: its ledger with what it remembers. ``connect`` makes the ledger of a new process."""

    def __init__(self, name: str, connect: Callable[[], Ledger], *, foreign: bool = False) -> None:
        self.name = name
        self.ledger = connect()
        self._connect = connect
        self.foreign = foreign
        """Whether it is configured wrongly, so that it writes what it must not."""

    def restart(self) -> None:
        """Forget everything: currencies, and which regions did not answer."""
        self.ledger = self._connect()


class Task(greenlet):
    """One call that a process is working on."""

    def __init__(self, process: Process, words: str, work: Callable[[Ledger], Any]) -> None:
        super().__init__()
        self.process = process
        self.words = words
        self.work = work
        self.waits_for: Call | None = None
        """The request that it sends next; ``None`` while it sleeps."""
        self.fault = ""
        """What its next request meets."""
        self.pace = 1.0
        """How often it goes on, beside the others."""
        self.was_far = False
        """Whether its last request went to another region."""
        self.after = ""
        """What the answer to its present request meets."""
        self.value: Any = None
        self.failure: Exception | None = None
        self.finished = False
        """Whether it came to its end, with a value or an error; false if it died."""

    def let_others_run(self) -> None:
        """Come back when the stage lets this task go on."""
        stage = self.parent
        assert stage is not None, "a task is never the main program"
        stage.switch()

    def run(self) -> None:
        """The work, from beginning to end."""
        try:
            self.value = self.work(self.process.ledger)
        except GreenletExit:
            return
        except Exception as error:  # noqa: BLE001 - what a program lets through is what its caller judges
            self.failure = error
        self.finished = True


class TaskClock:
    """A program's clock. To sleep is to let the others run."""

    def __init__(self, time: Time, skew: float) -> None:
        self._time = time
        self._skew = skew

    def now(self) -> datetime:
        """See ``Clock``."""
        return datetime.fromtimestamp(self._time.seconds + self._skew, UTC)

    def monotonic(self) -> float:
        """See ``Clock``."""
        return self._time.seconds

    def sleep(self, seconds: float) -> None:
        """See ``Clock``."""
        self._time.advance(seconds)
        task = getcurrent()
        if isinstance(task, Task):
            task.waits_for = None
            task.let_others_run()


class Dictionary(dict[str, str]):
    """``Currencies`` without a bound."""

    __slots__ = ()


def ledger_of(
    world: World,
    here: str,
    time: Time,
    skew: float,
    new_id: Callable[[], str],
    uniform: Callable[[float, float], float],
    endpoints: Mapping[str, str] | None = None,
) -> Ledger:
    """A ledger as ``start.connect`` makes it. ``endpoints``: the region whose endpoint is called for each (wrongly).

    There are never so many tasks at once that a breaker lets one wait for another: that would take real time.
    """
    clock = TaskClock(time, skew)
    targets = endpoints or {region: region for region in world.names}
    return Ledger(
        here=here,
        topology=Topology(world.names),
        stores={
            region: guarded(world.store(here, target), clock, is_here=region == here, uniform=uniform)
            for region, target in targets.items()
        },
        clock=clock,
        currencies=Dictionary(),
        new_id=new_id,
    )


def invoke(records: Sequence[Any]) -> Callable[[Ledger], Any]:
    """The Lambda's handler on a batch of stream records, in the wire shape."""

    def work(_: Ledger) -> Any:
        return handler.handler({"Records": [record.to_event() for record in records]}, None)

    return work


def sweep(_: Ledger) -> Any:
    """The Lambda's sweep."""
    return handler.reconcile({}, None)


def installed() -> AbstractContextManager[object]:
    """While it lasts, the handler finds the ledger of the process that runs it, and logs nothing."""
    return patch.multiple(handler, ledger=_current_ledger, _log=_silence)


def _current_ledger() -> Ledger:
    task = getcurrent()
    assert isinstance(task, Task), "the handler runs outside of any program"
    return task.process.ledger


def _silence(message: str, level: int = 0, /, **fields: object) -> None: ...
