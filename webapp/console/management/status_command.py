"""What ``freeze`` and ``unfreeze`` have in common."""

from argparse import ArgumentParser
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from api.books import ledger
from console import oplog
from ledger.errors import LedgerError
from ledger.freezing import set_status
from ledger.requests import Contended, Unreachable
from ledger.shares import ACTIVE, FROZEN

_ACTIONS = {FROZEN: "freeze", ACTIVE: "unfreeze"}


class StatusCommand(BaseCommand):
    """Sets the status of accounts, one by one. Each stands in the operator log."""

    status: ClassVar[str]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take account ids and a reason."""
        parser.add_argument("account_id", nargs="+")
        parser.add_argument("--why", default="", metavar="TEXT", help="stands in the operator log")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Set the status and say what it was. Exit status 1 at the first account where that is not possible."""
        for account_id in options["account_id"]:
            try:
                with oplog.acting(ledger(), oplog.on_host(), _ACTIONS[self.status], account_id, options["why"]):
                    was = set_status(ledger(), account_id, self.status)
            except LedgerError as error:
                raise CommandError(f"{account_id}: {oplog.words(error)}") from error
            except (Contended, Unreachable) as error:
                raise CommandError(f"{account_id}: the table does not answer now. Run the same again.") from error
            self.stdout.write(f"{account_id}: {self.status} (was {was.status})")
