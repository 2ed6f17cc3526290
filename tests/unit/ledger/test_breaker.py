"""A region that is away costs the others no threads."""

import threading
import time
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from ledger.breaker import AT_ONCE, FORGOTTEN, PAUSE, QUEUE, Breaker
from ledger.requests import Cancelled, Contended, Store, Unreachable


class _Clock:
    """A clock that is set by hand."""

    time = 100.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class _Endpoint:
    """A store whose answer is set by hand."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked = 0

    def get(self, _keys: Any) -> list[Any]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return []


def _breaker() -> tuple[Breaker, _Endpoint, _Clock]:
    endpoint, clock = _Endpoint(), _Clock()
    return Breaker(cast(Store, endpoint), clock), endpoint, clock


def test_after_a_failure_nothing_is_tried_for_a_while() -> None:
    breaker, endpoint, clock = _breaker()
    endpoint.error = Unreachable("timeout")
    for _ in range(5):
        with pytest.raises(Unreachable):
            breaker.get([])
    assert endpoint.asked == 1
    clock.sleep(PAUSE)
    with pytest.raises(Unreachable):
        breaker.get([])
    assert endpoint.asked == 2


def test_one_answer_closes_it_again() -> None:
    breaker, endpoint, clock = _breaker()
    endpoint.error = Unreachable("timeout")
    with pytest.raises(Unreachable):
        breaker.get([])
    endpoint.error = None
    clock.sleep(PAUSE)
    assert breaker.get([]) == []
    assert breaker.get([]) == []
    assert endpoint.asked == 3


def test_long_after_a_failure_many_calls_at_once_are_let_through() -> None:
    breaker, endpoint, clock = _breaker()
    endpoint.error = Unreachable("timeout")
    with pytest.raises(Unreachable):
        breaker.get([])
    endpoint.error = None
    clock.sleep(FORGOTTEN)
    held = _Held(breaker, endpoint, 6)
    held.answer(6)
    for thread in held.threads:
        thread.join(timeout=10)
    assert held.outcomes == [[]] * 6


@pytest.mark.parametrize("refusal", [Cancelled([]), Contended("throttled")])
def test_a_refusal_is_an_answer(refusal: Exception) -> None:
    breaker, endpoint, _ = _breaker()
    endpoint.error = refusal
    for _ in range(3):
        with pytest.raises(type(refusal)):
            breaker.get([])
    assert endpoint.asked == 3


class _Held:
    """Calls that are under way until they are told what to answer."""

    def __init__(self, breaker: Breaker, endpoint: _Endpoint, calls: int) -> None:
        self._breaker = breaker
        self._arrived, self._answers = threading.Semaphore(0), threading.Semaphore(0)
        self.error: Exception | None = None
        self.outcomes: list[object] = []
        endpoint.get = self._wait  # type: ignore[method-assign]
        self.threads = [self.call() for _ in range(calls)]
        for _ in self.threads:
            assert self._arrived.acquire(timeout=10)

    def _wait(self, _keys: Any) -> list[Any]:
        self._arrived.release()
        assert self._answers.acquire(timeout=10)
        if self.error is not None:
            raise self.error
        return []

    def call(self) -> threading.Thread:
        """One more call, in a thread of its own."""
        thread = threading.Thread(target=self._call)
        thread.start()
        return thread

    def _call(self) -> None:
        try:
            self.outcomes.append(self._breaker.get([]))
        except (Contended, Unreachable) as error:
            self.outcomes.append(type(error))

    def answer(self, calls: int) -> None:
        """Let some of them end."""
        self._answers.release(calls)


def test_only_some_calls_are_under_way_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.breaker.PATIENCE", 0.05)
    breaker, endpoint, _ = _breaker()
    held = _Held(breaker, endpoint, AT_ONCE)
    with pytest.raises(Contended):
        breaker.get([])
    held.answer(AT_ONCE)
    for thread in held.threads:
        thread.join(10)
    held.answer(1)
    assert breaker.get([]) == []


def test_a_call_too_many_waits_until_another_one_ends() -> None:
    breaker, endpoint, _ = _breaker()
    held = _Held(breaker, endpoint, AT_ONCE)
    more = [held.call() for _ in range(QUEUE)]
    held.answer(AT_ONCE + QUEUE)
    for thread in held.threads + more:
        thread.join(10)
    assert held.outcomes == [[]] * (AT_ONCE + QUEUE)


def test_only_some_calls_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.breaker.PATIENCE", 10.0)
    breaker, endpoint, _ = _breaker()
    held = _Held(breaker, endpoint, AT_ONCE)
    more = [held.call() for _ in range(QUEUE + 5)]
    deadline = time.monotonic() + 5
    while len(held.outcomes) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert held.outcomes == [Contended] * 5
    held.answer(AT_ONCE + QUEUE)
    for thread in held.threads + more:
        thread.join(10)
    assert held.outcomes.count([]) == AT_ONCE + QUEUE


def test_who_waits_learns_at_once_that_the_region_is_away() -> None:
    breaker, endpoint, _ = _breaker()
    held = _Held(breaker, endpoint, AT_ONCE)
    more = held.call()
    more.join(0.1)
    held.error = Unreachable("timeout")
    held.answer(1)
    more.join(10)
    assert held.outcomes == [Unreachable, Unreachable]
    held.answer(AT_ONCE - 1)
    for thread in held.threads:
        thread.join(10)


def test_while_one_call_probes_the_others_do_not_wait() -> None:
    breaker, endpoint, clock = _breaker()
    endpoint.error = Unreachable("timeout")
    with pytest.raises(Unreachable):
        breaker.get([])
    clock.sleep(PAUSE)
    arrived, go = threading.Event(), threading.Event()

    def wait(_keys: Any) -> list[Any]:
        arrived.set()
        assert go.wait(10)
        return []

    endpoint.get = wait  # type: ignore[method-assign]
    probe = threading.Thread(target=breaker.get, args=([],))
    probe.start()
    assert arrived.wait(10)
    with pytest.raises(Unreachable):
        breaker.get([])
    go.set()
    probe.join()
    assert breaker.get([]) == []
