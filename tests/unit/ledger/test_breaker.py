"""A region that is away costs the others no threads."""

import threading
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from ledger.breaker import AT_ONCE, PAUSE, Breaker
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


@pytest.mark.parametrize("refusal", [Cancelled([]), Contended("throttled")])
def test_a_refusal_is_an_answer(refusal: Exception) -> None:
    breaker, endpoint, _ = _breaker()
    endpoint.error = refusal
    for _ in range(3):
        with pytest.raises(type(refusal)):
            breaker.get([])
    assert endpoint.asked == 3


def test_only_some_calls_wait_at_the_same_time() -> None:
    breaker, endpoint, _ = _breaker()
    arrived, go = threading.Semaphore(0), threading.Event()

    def wait(_keys: Any) -> list[Any]:
        arrived.release()
        assert go.wait(10)
        return []

    endpoint.get = wait  # type: ignore[method-assign]
    threads = [threading.Thread(target=breaker.get, args=([],)) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
        arrived.acquire()
    with pytest.raises(Contended):
        breaker.get([])
    go.set()
    for thread in threads:
        thread.join()
    assert breaker.get([]) == []


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
