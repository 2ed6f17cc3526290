"""``manage.py reconcile``: the sweep, for a person."""

import sys
from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from console.management.reading import reading_ledger
from ledger.reconciling import reconcile
from ledger.rehearsing import rehearsal
from ledger.requests import Contended, Unreachable


class Command(BaseCommand):
    """The same code as on the schedule."""

    help = (
        "Mend what the events should have led to: the sweep of one region, which also runs on a schedule. Without "
        "--apply it writes nothing and says what it would do first with each subject, one line each. Safe beside "
        "running payments. Exit status 0: nothing to mend, or all mended. 1: something to mend, or left. 2: a table "
        "could not be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the region, and whether to write."""
        regions = settings.LEDGER_CONFIGURATION.regions
        parser.add_argument("--apply", action="store_true", help="mend it")
        parser.add_argument("--region", choices=regions, help="another region than this one, at its endpoint")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the sweep or rehearse it."""
        ledger = reading_ledger()
        if options["region"]:
            ledger = replace(ledger, here=options["region"])
        applied: bool = options["apply"]
        try:
            sweep = reconcile(ledger if applied else rehearsal(ledger))
        except (Contended, Unreachable) as error:
            raise CommandError(f"The tables of {ledger.here} could not be read: {error}", returncode=2) from error
        verb = "Mended" if applied else "Would mend"
        lines = [f"{verb} {line}" for line in sweep.mended] + [f"Left {line}" for line in sweep.left]
        self.stdout.writelines(f"{line}\n" for line in lines)
        if not lines:
            self.stdout.write(f"{ledger.here}: nothing to mend.")
        elif not applied:
            self.stdout.write(f"{ledger.here}: a dry run, nothing was written. Mend it with --apply.")
        sys.exit(1 if sweep.left or (sweep.mended and not applied) else 0)
