"""``manage.py rebuild``: shares that look sound and are wrong, computed again from the journal."""

from argparse import ArgumentParser
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from api import books
from console import oplog
from console.management.reading import reading_ledger
from ledger import entries, money, rebuilding
from ledger.condemning import is_opened
from ledger.context import Ledger
from ledger.entries import JOURNAL
from ledger.requests import Cancelled, Contended, Item, Malformed, Unreachable
from ledger.shares import believe
from ledger.writes import ACCOUNTS, out_of_use, with_token


class Command(BaseCommand):
    """What the sweep does with damaged rows, for one that only a person knows to be wrong."""

    help = (
        "Compute the shares that this region has of the accounts again, from the journal and the other regions' "
        "counters, whatever the rows say. For shares that the audit says hold too much or too little, once you have "
        "seen that the journal is right: the ledger cannot know which of the two is. Payments of an account are "
        "answered 503 in this region meanwhile; no other share is touched. Exit status 0: done. 1: not done, or left "
        "to the sweep. 2: a table did not answer."
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
                was = _row(ledger, key)
                with oplog.acting(books.ledger(), oplog.on_host(), "rebuild", key, options["why"]):
                    done = _rebuild(ledger, key, was)
                now = _row(ledger, key)
            except Malformed as error:
                raise CommandError(f"{key}: the row is too large. Remove what a hand has added to it.") from error
            except (Cancelled, Contended, Unreachable) as error:
                raise CommandError(f"{key}: the tables did not answer. Run the same again.", returncode=2) from error
            if not done:
                raise CommandError(f"{key}: out of use until the sweep has rebuilt it. Run the same again, or wait.")
            self.stdout.write(f"{key}: {_holds(now)} (was {_holds(was)})")


def _row(ledger: Ledger, key: str) -> Item:
    """The row of a share. Raises ``CommandError`` if it is not for this command."""
    (row,) = ledger.local.get([(ACCOUNTS, {"account_id": key})])
    if row is None or not is_opened(ledger, key):
        raise CommandError(f"{key}: {ledger.here} has no such share, or no such row: see what reconcile says.")
    return row


def _rebuild(ledger: Ledger, key: str, row: Item) -> bool:
    """Compute the share again; False if that is left to the sweep.

    The row is taken out of use before, unless it is already. What the other regions have accepted must be known: so
    they must all answer, and their shares of the account be sound.
    """
    _ask_the_others(ledger, key)
    if "condemned" not in row:
        op = ledger.new_id()
        taken = out_of_use(key, row, op=op, now=ledger.now(), event_id=f"rebuild~{op}")
        ledger.local.write([taken, with_token(key, ledger.here)], op)
    return rebuilding.rebuild(ledger, key, rebuilding.read_books(ledger, [key])[key])


def _ask_the_others(ledger: Ledger, key: str) -> None:
    account_id = ledger.topology.account_of(key)
    for region in ledger.others:
        other = ledger.topology.share_key(account_id, region)
        row, opened = ledger.stores[region].get(
            [(ACCOUNTS, {"account_id": other}), (JOURNAL, entries.share_entry_key(other, region))]
        )
        if (row is not None or opened is not None) and believe(row, ledger.topology) is None:
            raise CommandError(f"{key}: not before {other} is mended: see what reconcile --region {region} says.")


def _holds(row: Item) -> str:
    balance, currency = row.get("balance"), row.get("currency")
    if not isinstance(balance, Decimal) or not money.is_currency(currency):
        return "no amount"
    return f"{money.text(balance, currency)} {currency}{' out of use' if 'condemned' in row else ''}"
