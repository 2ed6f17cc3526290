"""Login attempts: counted before the password is looked at, over processes and regions."""

from datetime import timedelta

import pytest

from console import throttle
from console.throttle import MOST, WINDOW, TooManyAttempts
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud

CONTROL = "control-table"


def admitted(cloud: Cloud, times: int, region: str = AP) -> int:
    """How many of so many attempts get to the password."""
    found = 0
    for _ in range(times):
        try:
            throttle.admit(cloud.ledgers[region], "ann")
        except TooManyAttempts:
            continue
        found += 1
    return found


def test_as_many_attempts_as_allowed_and_then_none_until_one_is_old_enough() -> None:
    cloud = Cloud((AP, EU))
    assert admitted(cloud, 20) == MOST
    cloud.clock.sleep(WINDOW.total_seconds() - 10)
    assert admitted(cloud, 1) == 0
    cloud.clock.sleep(10)
    assert admitted(cloud, 20) == MOST


def test_the_wait_ends_when_it_says() -> None:
    cloud = Cloud((AP, EU))
    admitted(cloud, MOST)
    with pytest.raises(TooManyAttempts) as refused:
        throttle.admit(cloud.ledgers[AP], "ann")
    assert WINDOW - timedelta(seconds=1) < refused.value.wait <= WINDOW
    cloud.clock.sleep(refused.value.wait.total_seconds())
    assert admitted(cloud, 1) == 1


def test_of_attempts_at_once_no_more_get_through_than_one_after_another() -> None:
    """While one attempt is between its look and its row, others begin: as deep as threads go."""
    cloud = Cloud((AP, EU))
    depth, inner = 0, 0

    def fault(call: Call, done: bool) -> None:
        nonlocal depth, inner
        if call.method == "write" and not done and depth < 15:
            depth += 1
            inner += admitted(cloud, 1)

    cloud.fault = fault
    outer = admitted(cloud, 1)
    cloud.fault = None
    assert depth == 15
    assert outer + inner <= MOST
    assert admitted(cloud, 5) == 0


def test_a_login_that_succeeds_forgets_what_was_before() -> None:
    cloud = Cloud((AP, EU))
    admitted(cloud, MOST)
    throttle.succeeded(cloud.ledgers[AP], "ann")
    assert admitted(cloud, 20) == MOST


def test_the_other_region_knows_as_soon_as_the_rows_arrive() -> None:
    cloud = Cloud((AP, EU))
    admitted(cloud, MOST)
    cloud.deliver()
    assert admitted(cloud, 20, EU) == 0
    cut = Cloud((AP, EU))
    assert admitted(cut, 20) + admitted(cut, 20, EU) == 2 * MOST  # nothing arrives: as many in each


def test_no_row_is_ever_changed_and_each_says_when_it_may_be_forgotten() -> None:
    cloud = Cloud((AP, EU))
    for region in (AP, EU):
        admitted(cloud, 2, region)
    cloud.deliver()
    assert cloud.world.differing() == []
    items = cloud.world.items(AP, CONTROL)
    assert len(items) == 4
    now = cloud.clock.now().timestamp()
    assert all(WINDOW.total_seconds() < int(item["forget_at"]) - now <= 2 * WINDOW.total_seconds() for item in items)
