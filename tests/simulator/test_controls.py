"""The simulator sees what it must see: every broken rule is found, and a long history is made short."""

import pytest

from tests.simulator import controls
from tests.simulator.mutants import MUTANTS
from tests.simulator.observer import INVARIANTS
from tests.simulator.schedule import draw
from tests.simulator.shrinking import broken, in_words, shrink

# Each is broken by one of the mutants, whatever else that breaks before.
BROKEN_BY = {
    "acknowledged means created": "created-unheard",
    "acknowledged means executed once": "void-none",
    "an answer to another request": "answered-for-another",
    "balance as the records say": "accept-twice",
    "a frozen account does not move": "frozen-pays",
    "deficits are covered": "deficit-not-covered",
    "each version names the one before": "old-image",
    "entries are written once": "entry-overwritten",
    "executed once": "void-none",
    "executed, then refused": "silence-is-a-refusal",
    "liveness": "deleted-kept",
    "no account below zero without an incident": "overdrawn-unsaid",
    "no false alarm": "giver-read-here",
    "no invalid request": "paid-to-itself",
    "no share below zero": "overdraft",
    "no share missing": "deleted-kept",
    "no unknown exception": "listed-without-home",
    "nothing left damaged": "strays-unsaid",
    "nothing on the way": "no-give-back",
    "one status in all regions": "status-kept",
    "one writer": "adopted-everywhere",
    "only opened shares move": "adopted-unopened",
    "opened with the status known": "opened-with-an-old-status",
    "quiet after healing": "entry-back-alone",
    "refused means not executed": "silence-is-a-refusal",
    "sum of balances": "plain-program",
    "what is shown adds up": "shown-without-others",
}
UNBREAKABLE = {
    "replicas equal": "The last writer wins, whoever that is: no ledger can break it, but only the simulated tables.",
}


@pytest.mark.timeout(600)
def test_every_mutant_is_caught() -> None:
    caught = controls.catch_all(starts=(0,))
    survivors = [mutant for mutant, found in caught.items() if found[0].histories is None]
    assert not survivors


@pytest.mark.timeout(600)
def test_every_invariant_is_broken_by_a_mutant() -> None:
    assert {*BROKEN_BY} | {*UNBREAKABLE} == {*INVARIANTS}
    unbroken = [invariant for invariant, histories in controls.break_each(BROKEN_BY).items() if histories is None]
    assert not unbroken


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
