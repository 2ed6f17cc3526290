"""The simulator sees what it must see: every broken rule is found, and a long history is made short."""

import pytest

from tests.simulator import controls
from tests.simulator.mutants import MUTANTS
from tests.simulator.schedule import draw
from tests.simulator.shrinking import broken, in_words, shrink


@pytest.mark.timeout(600)
def test_every_mutant_is_caught() -> None:
    caught = controls.catch_all(starts=(0,))
    survivors = [mutant for mutant, found in caught.items() if found[0].histories is None]
    assert not survivors


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
def test_a_mutant_is_not_caught_where_nothing_happens(mutant: str) -> None:
    with MUTANTS[mutant].applied():
        found = {seed: broken(draw(seed, hands=MUTANTS[mutant].hands, length=0)) for seed in range(20)}
    assert not {seed: invariant for seed, invariant in found.items() if invariant is not None}


def test_a_mutant_leaves_no_trace() -> None:
    with MUTANTS["accept-twice"].applied():
        pass
    assert broken(draw(1)) is None


def test_a_history_is_shrunk_to_what_breaks_it() -> None:
    with MUTANTS["grant-for-nothing"].applied():
        plan = next(plan for seed in range(100) if broken(plan := draw(seed)) is not None)
        invariant = broken(plan)
        assert invariant is not None
        shrunk = shrink(plan, invariant)
        assert broken(shrunk) == invariant
        assert len(shrunk.steps) <= 10
        assert "grant" in " ".join(in_words(shrunk)) or invariant in in_words(shrunk)[-1]
