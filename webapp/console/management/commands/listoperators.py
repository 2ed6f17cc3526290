"""``manage.py listoperators``"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from api.books import ledger
from console import operators
from ledger.requests import Contended, Unreachable


class Command(BaseCommand):
    """As this region knows them."""

    help = "List the operators."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """For people or for machines."""
        parser.add_argument("--json", action="store_true", help="for machines: one object for each")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print one line for each."""
        try:
            found = operators.everybody(ledger())
        except (Contended, Unreachable) as error:
            raise CommandError("The table does not answer now. Run the same again.") from error
        for operator in found:
            facts = {
                "name": operator.name,
                "group": operator.group,
                "active": operator.active,
                "created_at": operator.created_at,
                "changed_at": operator.changed_at,
            }
            state = "may log in" if operator.active else "disabled"
            line = f"{operator.name}: {operator.group}, {state}, since {operator.changed_at}"
            self.stdout.write(json.dumps(facts) if options["json"] else line)
        if not found and not options["json"]:
            self.stdout.write("There are none. Create one with createoperator.")
