from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from ledger.requests import Cancelled, Contended, Unreachable
from ledger.retry import BUDGET, FIRST_PAUSE, LONGEST_PAUSE, Patient
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud, SetClock


class Scripted:
    """A store that answers with the next of its ``answers``: an exception, or a value."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[Any, ...]] = []

    def _next(self, *arguments: Any) -> Any:
        self.asked.append(arguments)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    write = get = query = _next

    def scan(self, table: str, segment: int = 0, segments: int = 1) -> Iterator[Sequence[Any]]:
        """One page."""
        yield self._next(table)

    def ping(self) -> None:
        """A health check."""
        self._next()


def patient(store: Scripted, clock: SetClock, uniform: Callable[[float, float], float] = max) -> Patient:
    """Waits as long as it may at most."""
    return Patient(store, clock, uniform)


def test_a_contended_write_is_sent_again_with_the_same_token() -> None:
    store, clock = Scripted(Contended(), Contended(), None), SetClock()
    patient(store, clock).write([], "token")
    assert store.asked == [([], "token")] * 3


def test_waiting_is_bounded_in_total_and_grows_with_every_attempt() -> None:
    store, clock = Scripted(Contended()), SetClock()
    pauses: list[float] = []

    def longest(_low: float, high: float) -> float:
        pauses.append(high)
        return high

    before = clock.seconds
    with pytest.raises(Contended):
        patient(store, clock, longest).get([])
    assert clock.seconds - before <= BUDGET
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert max(pauses) == LONGEST_PAUSE
    assert len(store.asked) > 5


def test_waits_are_drawn_between_nothing_and_the_bound() -> None:
    drawn: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        drawn.append((low, high))
        return low

    patient(Scripted(Contended(), []), SetClock(), draw).get([])
    assert drawn == [(0, FIRST_PAUSE)]


@pytest.mark.parametrize("error", [Unreachable(), Cancelled([])])
def test_other_answers_are_not_asked_for_again(error: Exception) -> None:
    store = Scripted(error)
    with pytest.raises(type(error)):
        patient(store, SetClock()).write([], "token")
    assert len(store.asked) == 1


def test_a_health_check_and_a_scan_are_never_repeated() -> None:
    store = Scripted(Contended())
    with pytest.raises(Contended):
        patient(store, SetClock()).ping()
    with pytest.raises(Contended):
        list(patient(store, SetClock()).scan("account-table"))
    assert len(store.asked) == 2


def test_a_payment_in_contention_is_executed_once_with_one_token() -> None:
    cloud = Cloud((AP, EU))
    cloud.create("cloud", 100)
    cloud.create("it")
    tokens: list[str] = []

    def contended(call: Call, done: bool) -> None:
        if call.method == "write" and not done:
            tokens.append(call.arguments[1])
            if len(tokens) < 4:
                raise Contended

    cloud.fault = contended
    cloud.pay(AP, "cloud", "it", 10)
    assert len(tokens) == 4
    assert len(set(tokens)) == 1
    assert cloud.balance("it", AP) == 10


def test_a_payment_in_endless_contention_gives_up_and_leaves_nothing() -> None:
    cloud = Cloud((AP, EU))
    cloud.create("cloud", 100)
    cloud.create("it")

    def contended(call: Call, done: bool) -> None:
        if call.method == "write" and not done:
            raise Contended

    cloud.fault = contended
    before = cloud.clock.seconds
    with pytest.raises(Contended):
        cloud.pay(AP, "cloud", "it", 10, key="k")
    assert cloud.clock.seconds - before < BUDGET + 1
    cloud.fault = None
    assert not cloud.pay(AP, "cloud", "it", 10, key="k").replayed
    cloud.settle()
    cloud.audit()
