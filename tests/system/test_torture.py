"""A minute of torture, with other faults in every run: the seed is in the figures and in what fails."""

import random
from collections.abc import Callable

import pytest

from tests.system import torture
from tests.system.faults import plan


@pytest.mark.timeout(600)
def test_a_minute_of_torture_loses_makes_and_repeats_nothing(figure: Callable[[str], None]) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    figure(f"seed {seed}")
    verdict = torture.torture(1, seed, say=lambda _: None)
    for line in verdict.figures:
        figure(line)
    assert verdict.problems == [], "\n".join([f"seed {seed}", *verdict.log])
    assert verdict.paid > 200
    assert len(verdict.log) > 10


def test_a_seed_is_always_the_same_torture() -> None:
    assert plan(7, 300) == plan(7, 300)
    assert plan(7, 300) != plan(8, 300)
    assert {fault.kind for fault in plan(7, 300)} >= {"cut", "heal", "lag", "kill", "hand", "pause", "resume"}
