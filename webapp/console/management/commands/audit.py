"""``manage.py audit``: are the books right?"""

import json
import os
import sys
import tempfile
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from console.management import audit_text
from console.management.progress import Bar
from console.management.reading import reading_ledger
from ledger.auditing.accounts import Figures
from ledger.auditing.options import Options
from ledger.auditing.report import EXIT_STATUS
from ledger.auditing.run import audit


class Command(BaseCommand):
    """Reads everything, writes nothing; the verdict is the first line."""

    help = (
        "Check the books: reads the tables of every region and writes nothing. Exit status 0: they are right. "
        "1: they are wrong. 2: not settled yet, or a table could not be read; wait and run it again. Also 2: an "
        "account that never holds still ('busy') could not be held against its records, even if its balance is wrong; "
        "run it again at a quieter time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how to read and what to print."""
        usual = Options()
        parser.add_argument("--json", action="store_true", help="for machines: one object on one line")
        parser.add_argument("--list", action="store_true", help="one line more for every account")
        parser.add_argument("--progress", action="store_true", help="draw the progress bar also where no terminal is")
        parser.add_argument(
            "--rate", type=_number, default=usual.rate, metavar="N",
            help=f"read units (4 KB) a second that are read of each region, 0: no limit ({usual.rate:g})",
        )  # fmt: skip
        parser.add_argument(
            "--wait", type=_number, default=usual.wait, metavar="SECONDS",
            help=f"how long what looks wrong is looked at again ({usual.wait:g})",
        )  # fmt: skip
        parser.add_argument(
            "--workers", type=_count, default=usual.workers, help=f"scans at the same time ({usual.workers})"
        )
        parser.add_argument("--directory", type=Path, help="for temporary files about as large as the tables")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the audit, print, and exit with its status."""
        chosen = Options(
            workers=options["workers"], rate=options["rate"], wait=options["wait"], directory=options["directory"]
        )
        bar = Bar(sys.stderr, always=options["progress"])
        with _listing(options["list"]) as listing:

            def keep(figures: Figures) -> None:
                if listing is not None:
                    as_json = options["json"]
                    line = json.dumps(audit_text.account_json(figures)) if as_json else audit_text.account_line(figures)
                    listing.write(f"{line}\n")

            try:
                report = audit(reading_ledger(), chosen, bar, keep)
            except OSError as error:
                raise CommandError(f"COULD NOT READ: the temporary files: {error}", returncode=2) from error
            finally:
                bar.clear()
            with whoever_reads_on():
                if options["json"]:
                    self.stdout.write(json.dumps(report.to_json()))
                else:
                    self.stdout.writelines(f"{line}\n" for line in audit_text.lines(report))
                if listing is not None:
                    listing.seek(0)
                    self.stdout.writelines(listing)
                self.stdout.flush()
        sys.exit(EXIT_STATUS[report.verdict])


@contextmanager
def whoever_reads_on() -> Iterator[None]:
    """Print, as long as somebody reads: ``audit | head -1`` wants the verdict alone, and its exit status."""
    try:
        yield
    except BrokenPipeError:
        # Python's documentation, "Note on SIGPIPE": or the interpreter would fail at its end, when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _listing(wanted: bool) -> Iterator[TextIO | None]:
    """A file for the lines of accounts, which come before the verdict and are printed after it."""
    if not wanted:
        yield None
        return
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        yield file


def _number(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ArgumentTypeError("must be a number, not negative")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ArgumentTypeError("must be at least 1")
    return value
