"""The negative controls as a table, and one history in words."""

import multiprocessing
import os
from collections import Counter
from dataclasses import dataclass
from functools import partial
from statistics import median

from tests.simulator.mutants import MUTANTS
from tests.simulator.running import run_one
from tests.simulator.schedule import draw
from tests.simulator.shrinking import in_words, shrink
from tests.simulator.simulation import simulate

STARTS = (0, 10_000, 20_000, 30_000, 40_000)
LIMIT = 600  # histories from one start


@dataclass(frozen=True, slots=True)
class Caught:
    """After how many histories a mutant was found, by which invariant. ``histories`` is ``None`` if it never was."""

    mutant: str
    start: int
    histories: int | None
    invariant: str


def catch(task: tuple[str, int], limit: int = LIMIT) -> Caught:
    """Run histories from a start until the mutant breaks one."""
    mutant, start = task
    for count in range(1, limit + 1):
        found, _ = run_one(start + count, mutant=mutant)
        if found is not None:
            return Caught(mutant, start, count, found.invariant)
    return Caught(mutant, start, None, "")


def catch_all(
    starts: tuple[int, ...] = STARTS, limit: int = LIMIT, workers: int | None = None
) -> dict[str, list[Caught]]:
    """Every mutant from every start."""
    tasks = [(mutant, start) for mutant in MUTANTS for start in starts]
    results: dict[str, list[Caught]] = {mutant: [] for mutant in MUTANTS}
    with multiprocessing.get_context("spawn").Pool(workers or os.cpu_count()) as pool:
        for caught in pool.imap_unordered(partial(catch, limit=limit), tasks):
            results[caught.mutant].append(caught)
    return results


def report(workers: int | None = None) -> int:
    """Print the table. Returns 0 if every mutant was caught from every start."""
    survivors = 0
    print(f"{'mutant':<26}{'median':>7}{'most':>6}  found by")
    for mutant, caught in catch_all(workers=workers).items():
        counts = [one.histories for one in caught]
        missed = counts.count(None)
        survivors += missed > 0
        invariants = ", ".join(
            name for name, _ in Counter(one.invariant for one in caught if one.invariant).most_common()
        )
        known = [count if count is not None else LIMIT for count in counts]
        print(
            f"{mutant:<26}{median(known):>7.0f}{max(known):>6}  {invariants}{f'; SURVIVED {missed}' if missed else ''}"
        )
    return 1 if survivors else 0


def replay(seed: int, regions: int | None, mutant: str, *, verbose: bool) -> int:
    """One history: what it breaks, shrunk, in words. Returns 0 if it breaks nothing."""
    if mutant:
        with MUTANTS[mutant].applied():
            return replay(seed, regions, "", verbose=verbose)
    plan = draw(seed, regions)
    violation, _ = simulate(plan, print if verbose else None)
    print(f"seed {seed}: {plan.regions}, {len(plan.steps)} steps: {violation or 'nothing is violated'}")
    if violation is None:
        return 0
    shrunk = shrink(plan, violation.invariant)
    print(f"the shortest history found, {len(shrunk.steps)} of {len(plan.steps)} steps:")
    for line in in_words(shrunk):
        print(f"  {line}")
    options = f" --regions {regions}" if regions else ""
    print(f"replay: python -m tests.simulator --seed {seed}{options}")
    return 1
