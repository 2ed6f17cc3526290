"""``python -m tests.simulator``: seeded histories of the real ledger, and what they break. See ``make simulate``."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "webapp"), str(ROOT / "lambda_src"), str(ROOT)]


def main() -> int:
    """Run what the command line asks for. Returns 0 if nothing was violated and everything occurred."""
    from tests.simulator import controls, coverage, running
    from tests.simulator.mutants import MUTANTS

    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3000, help="how many histories (default: 3000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: 0)")
    parser.add_argument("--seed", type=int, help="only this one; with --mutants the first one")
    parser.add_argument("--regions", type=int, choices=(1, 2, 3), help="always so many regions")
    parser.add_argument("--mutant", choices=sorted(MUTANTS), help="with one rule of the ledger broken")
    parser.add_argument("--mutants", action="store_true", help="break every rule in turn; each must be found")
    parser.add_argument("--verbose", action="store_true", help="with --seed: tell the whole history")
    arguments = parser.parse_args()
    if arguments.mutant and arguments.seed is None:
        parser.error("--mutant needs --seed: make simulate MUTANT=… SEED=…; all of them: make simulate MUTANTS=1")
    if arguments.mutants and arguments.regions:
        parser.error("--mutants draws the number of regions itself")
    if arguments.mutants:
        return controls.report(arguments.seed or 0)
    if arguments.seed is not None:
        return controls.replay(arguments.seed, arguments.regions, arguments.mutant or "", verbose=arguments.verbose)
    first = arguments.first
    summary = running.run(range(first, first + arguments.seeds), arguments.regions)
    print(coverage.table(summary.counts))
    print(summary)
    for found in summary.violations[:3]:
        controls.replay(found.seed, arguments.regions, "", verbose=False)
    absent = coverage.missing(summary.counts, arguments.seeds, arguments.regions)
    if absent:
        print(f"never occurred: {', '.join(absent)}")
    return 1 if summary.violations or absent else 0


if __name__ == "__main__":
    sys.exit(main())
