"""``manage.py rebuild``: shares that look sound and are wrong, computed again from the journal."""

from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from api import books
from console import oplog
from console.management.reading import reading_ledger
from ledger import money, rebuilding
from ledger.condemning import is_opened, leave_to_sweep
from ledger.context import Ledger
from ledger.requests import Cancelled, Contended, Unreachable
from ledger.shares import Share, believe
from ledger.writes import ACCOUNTS


class Command(BaseCommand):
    """What the sweep does with damaged rows, for one that only a person knows to be wrong."""

    help = (
        "Compute the shares that this region has of the accounts again, from the journal and the other regions' "
        "counters, whatever the rows say. For shares that the audit says hold too much or too little, once you have "
        "seen that the journal is right: the ledger cannot know which of the two is. Payments of an account are "
        "answered 503 in this region meanwhile; nothing else is touched. Exit status 0: done. 1: not done, or left to "
        "the sweep. 2: a table did not answer."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take account ids, the region, and a reason."""
        parser.add_argument("account_id", nargs="+")
        regions = settings.LEDGER_CONFIGURATION.regions
        parser.add_argument("--region", choices=regions, help="another region than this one, at its endpoint")
        parser.add_argument("--why", default="", metavar="TEXT", help="stands in the operator log")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Rebuild the shares one by one, and say what each held before and after."""
        ledger = reading_ledger()
        if options["region"]:
            ledger = replace(ledger, here=options["region"])
        for account_id in options["account_id"]:
            key = ledger.key(account_id)
            try:
                was = _share(ledger, key)
                with oplog.acting(books.ledger(), oplog.on_host(), "rebuild", key, options["why"]):
                    now = _rebuilt(ledger, key)
            except (Cancelled, Contended, Unreachable) as error:
                raise CommandError(f"{key}: the tables did not answer. Run the same again.", returncode=2) from error
            if now is None:
                raise CommandError(f"{key}: out of use until the sweep has rebuilt it, which needs all regions.")
            self.stdout.write(f"{key}: {_holds(now)} (was {_holds(was)})")


def _share(ledger: Ledger, key: str) -> Share:
    """The share as it stands. Raises ``CommandError`` if that is not for this command."""
    (row,) = ledger.local.get([(ACCOUNTS, {"account_id": key})])
    share = believe(row, ledger.topology)
    if share is None:
        raise CommandError(f"{key}: there is no sound share of that name in {ledger.here}: see what reconcile says.")
    if not is_opened(ledger, key):
        raise CommandError(f"{key}: the journal does not know this share: see what reconcile says.")
    return share


def _rebuilt(ledger: Ledger, key: str) -> Share | None:
    """Take the share out of use and compute it again; ``None`` if that is left to the sweep."""
    (row,) = ledger.local.get([(ACCOUNTS, {"account_id": key})])
    op = ledger.new_id()
    # Whatever payments make of the row until then. Cancelled only if a hand takes it away or takes its name.
    ledger.local.write(leave_to_sweep(ledger, key, row, op=op, now=ledger.now(), event_id=f"rebuild~{op}"), op)
    rebuilding.rebuild(ledger, key, rebuilding.read_books(ledger, [key])[key])
    (row,) = ledger.local.get([(ACCOUNTS, {"account_id": key})])
    return believe(row, ledger.topology)


def _holds(share: Share) -> str:
    return f"{money.text(share.balance, share.currency)} {share.currency}"
