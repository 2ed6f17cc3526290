"""``manage.py createoperator NAME --group GROUP``"""

from argparse import ArgumentParser
from typing import Any

from api.books import ledger
from console import operators
from console.groups import GROUPS
from console.management.operator_command import OperatorCommand, read_password


class Command(OperatorCommand):
    """Writes at the home region; the other regions follow."""

    help = "Create somebody who may log in to the admin, or let in anew somebody who was disabled."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name and the group."""
        super().add_arguments(parser)
        parser.add_argument("--group", required=True, choices=list(GROUPS))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read the password and create the operator."""
        password = read_password()
        with self.logged("create operator", options, note=options["group"]):
            operators.create(ledger(), options["name"], options["group"], password)
        self.stdout.write(f"{options['name']} may log in, as one of the {options['group']}.")
