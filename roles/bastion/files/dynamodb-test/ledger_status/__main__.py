"""The state of the ledger, once. Exit status 0: all is well; 1: something is not; 2: not set up."""

import argparse
import json
import sys
from dataclasses import asdict

from ledger_status.checks import State, all_checks, worst
from ledger_status.configuration import NotConfigured, read_configuration
from ledger_status.text import render


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="monitor.sh", description=__doc__)
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--colour", action="store_true", help="also where the output is no terminal")
    arguments = parser.parse_args()
    try:
        checks = all_checks(read_configuration())
    except NotConfigured as error:
        print(error, file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        print(render(checks, colour=arguments.colour or sys.stdout.isatty()))
    return 0 if worst(checks) == State.OK else 1


if __name__ == "__main__":
    sys.exit(main())
