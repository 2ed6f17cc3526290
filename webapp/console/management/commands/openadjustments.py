"""``manage.py openadjustments CURRENCY --why TEXT``: open the account that adjustments are posted against."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from access.system_accounts import adjustments_account
from api.books import ledger
from console import adjustments, oplog
from ledger import money
from ledger.errors import InvalidField, LedgerError
from ledger.requests import Contended, Unreachable


class Command(BaseCommand):
    """Creates the account at the home region, with an opening entry as any account has."""

    help = "Open the account that supervisors' adjustments in a currency are posted against, system:adjustments:USD."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the currency, the opening money and the reason."""
        parser.add_argument("currency", help="ISO 4217, such as USD")
        parser.add_argument("--balance", default="0", metavar="AMOUNT", help="opening money in major units (0)")
        parser.add_argument("--why", required=True, metavar="TEXT", help="stands in the operator log")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Open it. Exit status 1: it is there already, or nothing was done, or that is not known."""
        currency: str = options["currency"]
        account_id = adjustments_account(currency)
        try:
            if not money.is_currency(currency):
                raise InvalidField("currency", "Must be an ISO 4217 currency code with a minor unit, such as USD.")
            balance = money.parse(options["balance"], "balance")
            adjustments.open_account(ledger(), oplog.on_host(), currency, balance, options["why"], None)
        except InvalidField as error:
            raise CommandError(f"{error.field}: {error.detail}") from error
        except LedgerError as error:
            raise CommandError(f"{account_id}: {oplog.words(error)}") from error
        except (Contended, Unreachable) as error:
            raise CommandError(f"{account_id}: the table does not answer now. Run the same again.") from error
        self.stdout.write(f"{account_id}: open, with {money.text(balance, currency)} {currency}")
