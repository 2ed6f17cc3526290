"""Many histories on all cores."""

import gc
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial

from tests.simulator.mutants import MUTANTS
from tests.simulator.schedule import draw
from tests.simulator.simulation import simulate

CHUNK = 25  # histories that a process takes at once


@dataclass
class Found:
    """A history that broke an invariant."""

    seed: int
    invariant: str
    words: str


@dataclass
class Summary:
    """What many histories came to."""

    histories: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[Found] = field(default_factory=list)

    def __str__(self) -> str:
        speed, operations = self.histories / self.seconds, self.counts["operations"]
        return (
            f"{self.histories:,} histories in {self.seconds:.0f} s: {speed:.1f} a second, "
            f"{operations / max(1, self.histories):.0f} operations each, {operations / self.seconds:,.0f} a second; "
            f"{len(self.violations)} violations"
        )


def run_one(seed: int, regions: int | None = None, mutant: str = "") -> tuple[Found | None, Counter[str]]:
    """One history. An exception of the simulator itself is a violation, too."""
    with MUTANTS[mutant].applied() if mutant else nullcontext():
        violation, counts = simulate(draw(seed, regions, hands=MUTANTS[mutant].hands if mutant else None))
    found = None if violation is None else Found(seed, violation.invariant, violation.words)
    return found, counts


def run(seeds: Iterable[int], regions: int | None = None, *, show: bool = True, workers: int | None = None) -> Summary:
    """All ``seeds``, on all cores. ``show``: progress on standard error."""
    seeds = list(seeds)
    summary, start = Summary(), time.monotonic()
    for found, counts in _results(seeds, regions, workers or os.cpu_count() or 1):
        summary.histories += 1
        summary.counts += counts
        summary.seconds = time.monotonic() - start
        if found is not None:
            summary.violations.append(found)
            if show:  # a long run shall say at once what it has found
                sys.stderr.write(f"\rseed {found.seed}: {found.invariant}\n")
        if show:
            _progress(summary, len(seeds))
    summary.violations.sort(key=lambda found: found.seed)
    return summary


def _results(seeds: list[int], regions: int | None, workers: int) -> Iterator[tuple[Found | None, Counter[str]]]:
    work = partial(run_one, regions=regions)
    if workers == 1 or len(seeds) <= CHUNK:
        yield from map(work, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(workers, _collect_rarely) as pool:
        yield from pool.imap_unordered(work, seeds, CHUNK)


def _collect_rarely() -> None:
    """Look for garbage in cycles less often than Python does by itself: it takes a fifth of the time of a history."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def _progress(summary: Summary, total: int) -> None:
    step = max(1, total // 200) if sys.stderr.isatty() else max(1, total // 10)
    if summary.histories % step and summary.histories != total:
        return
    done = 30 * summary.histories // total
    speed = summary.histories / summary.seconds
    line = f"[{'#' * done}{'.' * (30 - done)}] {summary.histories:,}/{total:,}  {speed:.1f} histories/s  "
    line += f"{summary.counts['operations'] / summary.seconds:,.0f} operations/s  {len(summary.violations)} violations"
    sys.stderr.write(f"\r{line}" if sys.stderr.isatty() and summary.histories != total else f"\r{line}\n")
    sys.stderr.flush()
