"""``manage.py listkeys``: all API keys."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from access import register
from api.books import ledger
from console.management import keys_text
from ledger.requests import Contended, Unreachable


class Command(BaseCommand):
    """Shows everything but the secrets, which nobody has."""

    help = "List the API keys that this region knows: state, principal, scopes, expiry and last use (to the minute)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to print."""
        parser.add_argument("--json", action="store_true", help="for machines: one list on one line")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print them in order of their ids."""
        here = ledger()
        try:
            found = list(register.everything(here))
        except (Contended, Unreachable) as error:
            raise CommandError("The control table does not answer now. Run the same again.") from error
        now = here.now()
        if options["json"]:
            self.stdout.write(json.dumps([keys_text.as_json(key, now) for key in found]))
            return
        self.stdout.writelines(f"{keys_text.line(key, now)}\n" for key in found)
        if not found:
            self.stdout.write("No keys yet: make one with createkey.")
