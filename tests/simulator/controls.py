"""The negative controls as a table, and one history in words."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from statistics import median

from tests.simulator.mutants import MUTANTS
from tests.simulator.observer import looking_only_at
from tests.simulator.running import run_one
from tests.simulator.schedule import Plan, draw
from tests.simulator.shrinking import in_words, shrink
from tests.simulator.simulation import simulate

STARTS = 5
APART = 10_000  # seeds from one start to the next
LIMIT = 1000  # histories from one start


@dataclass(frozen=True, slots=True)
class Caught:
    """After how many histories a mutant was found, by which invariant. ``histories`` is ``None`` if it never was."""

    mutant: str
    start: int
    histories: int | None
    invariant: str


def catch(task: tuple[str, int], limit: int = LIMIT, invariant: str = "") -> Caught:
    """Run histories from a start until the mutant breaks one. ``invariant``: the only one that is looked at."""
    mutant, start = task
    for count in range(1, limit + 1):
        with looking_only_at(invariant) if invariant else nullcontext():
            found, _ = run_one(start + count, mutant=mutant)
        if found is not None:
            return Caught(mutant, start, count, found.invariant)
    return Caught(mutant, start, None, "")


def catch_all(starts: tuple[int, ...], limit: int = LIMIT, workers: int | None = None) -> dict[str, list[Caught]]:
    """Every mutant from every start."""
    tasks = [(mutant, start) for mutant in MUTANTS for start in starts]
    results: dict[str, list[Caught]] = {mutant: [] for mutant in MUTANTS}
    with multiprocessing.get_context("spawn").Pool(workers or os.cpu_count()) as pool:
        for caught in pool.imap_unordered(partial(catch, limit=limit), tasks):
            results[caught.mutant].append(caught)
    return results


def break_each(broken_by: Mapping[str, str], workers: int | None = None) -> dict[str, int | None]:
    """After how many histories each invariant is broken by the mutant that is to break it, if nothing else counts."""
    with multiprocessing.get_context("spawn").Pool(workers or os.cpu_count()) as pool:
        found = pool.starmap(_break, broken_by.items(), chunksize=1)
    return dict(zip(broken_by, found, strict=True))


def _break(invariant: str, mutant: str) -> int | None:
    return catch((mutant, 0), invariant=invariant).histories


def report(first: int = 0, workers: int | None = None) -> int:
    """Print the table. ``first``: the first of the starts. Returns 0 if every mutant was caught from every start."""
    survivors = 0
    starts = tuple(range(first, first + STARTS * APART, APART))
    print(f"{'mutant':<26}{'median':>7}{'most':>6}{'seed':>8}  found by")
    for mutant, caught in catch_all(starts, workers=workers).items():
        counts = [one.histories for one in caught]
        missed = counts.count(None)
        survivors += missed > 0
        invariants = ", ".join(
            name for name, _ in Counter(one.invariant for one in caught if one.invariant).most_common()
        )
        known = [count if count is not None else LIMIT for count in counts]
        seed = min((one.start + one.histories for one in caught if one.histories is not None), default="")
        print(
            f"{mutant:<26}{median(known):>7.0f}{max(known):>6}{seed:>8}  {invariants}"
            f"{f'; SURVIVED {missed}' if missed else ''}"
        )
    print("replay: make simulate MUTANT=… SEED=…")
    return 1 if survivors else 0


def replay(seed: int, regions: int | None, mutant: str, *, verbose: bool) -> int:
    """One history, with one rule broken or none: what it breaks, shrunk, in words. Returns 0 if that is nothing."""
    if not mutant:
        return _replay(seed, regions, "", draw(seed, regions), verbose=verbose)
    with MUTANTS[mutant].applied():
        return _replay(seed, regions, mutant, draw(seed, regions, hands=MUTANTS[mutant].hands), verbose=verbose)


def _replay(seed: int, regions: int | None, mutant: str, plan: Plan, *, verbose: bool) -> int:
    violation, _ = simulate(plan, print if verbose else None)
    print(f"seed {seed}: {plan.regions}, {len(plan.steps)} steps: {violation or 'nothing is violated'}")
    if violation is None:
        return 0
    shrunk = shrink(plan, violation.invariant)
    print(f"the shortest history found, {len(shrunk.steps)} of {len(plan.steps)} steps:")
    for line in in_words(shrunk):
        print(f"  {line}")
    options = f" REGIONS={regions}" if regions else ""
    options += f" MUTANT={mutant}" if mutant else ""
    print(f"replay: make simulate SEED={seed}{options}")
    return 1
