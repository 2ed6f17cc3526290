"""Token buckets on a clock that is set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.buckets import Buckets
from access.errors import TooManyRequests
from tests.support.cloud import SetClock


def taken(buckets: Buckets, name: str, times: int) -> int:
    """How many of so many requests at once are let in."""
    count = 0
    for _ in range(times):
        try:
            buckets.take(name)
        except TooManyRequests:
            continue
        count += 1
    return count


def test_a_burst_is_let_in_and_then_the_rate() -> None:
    clock = SetClock()
    buckets = Buckets(10, 20, clock)
    assert taken(buckets, "a", 100) == 20
    clock.sleep(0.5)
    assert taken(buckets, "a", 100) == 5
    clock.sleep(1000)
    assert taken(buckets, "a", 100) == 20


def test_each_name_has_its_own() -> None:
    buckets = Buckets(1, 3, SetClock())
    assert (taken(buckets, "a", 9), taken(buckets, "b", 9)) == (3, 3)


@given(rate=st.integers(1, 1000), pauses=st.lists(st.floats(0, 3), max_size=20))
def test_who_waits_as_told_is_let_in(rate: int, pauses: list[float]) -> None:
    clock = SetClock()
    buckets = Buckets(rate, 2, clock)
    for pause in pauses:
        clock.sleep(pause)
        taken(buckets, "a", 3)
        with pytest.raises(TooManyRequests) as refused:
            buckets.take("a")
        assert 0 < refused.value.wait <= 1 / rate
        clock.sleep(refused.value.wait + 1e-6)
        buckets.take("a")


def test_memory_is_bounded() -> None:
    buckets = Buckets(1, 1, SetClock(), most=10)
    for number in range(100):
        buckets.take(str(number))
    assert len(buckets._levels) == 10
