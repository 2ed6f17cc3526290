"""Seeded histories of the real ledger under every fault: nothing may be violated. More of them: ``make simulate``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import handler
from tests.simulator import coverage, running
from tests.simulator.schedule import draw
from tests.simulator.simulation import simulate

ROOT = Path(__file__).resolve().parents[2]
HISTORIES = 3000
FIRST = 1_000_000  # not those that `make simulate` begins with


@pytest.mark.timeout(900)
def test_no_history_breaks_an_invariant_and_everything_occurs() -> None:
    summary = running.run(range(FIRST, FIRST + HISTORIES), show=False)
    print(coverage.table(summary.counts))
    print(summary)
    assert not summary.violations, f"replay: make simulate SEED={summary.violations[0].seed}; {summary.violations[:5]}"
    assert not coverage.missing(summary.counts, HISTORIES)


@pytest.mark.parametrize("regions", [1, 2, 3])
def test_any_number_of_regions(regions: int) -> None:
    for seed in range(20):
        violation, _ = simulate(draw(seed, regions))
        assert violation is None, f"make simulate SEED={seed} REGIONS={regions}: {violation}"


def test_a_seed_tells_the_same_history_in_every_process() -> None:
    program = (
        "import sys, hashlib\n"
        "sys.path[:0] = sys.argv[1:]\n"
        "from tests.simulator.schedule import draw\n"
        "from tests.simulator.simulation import simulate\n"
        "lines = []\n"
        "for seed in range(5):\n"
        "    simulate(draw(seed), lines.append)\n"
        "print(len(lines), hashlib.sha256('\\n'.join(lines).encode()).hexdigest())\n"
    )
    paths = [str(ROOT / "webapp"), str(ROOT / "lambda_src"), str(ROOT)]
    told = {
        subprocess.run(
            [sys.executable, "-c", program, *paths],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1, told


def test_a_history_leaves_the_handler_as_it_was() -> None:
    before = (handler.ledger, handler._log)
    simulate(draw(0))
    assert (handler.ledger, handler._log) == before
