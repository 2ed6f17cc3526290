"""``manage.py disableoperator NAME``"""

from typing import Any

from api.books import ledger
from console import operators
from console.management.operator_command import OperatorCommand


class Command(OperatorCommand):
    """Writes at the home region; the other regions follow."""

    help = "Let an operator in no more. Open sessions end in each region as soon as it knows."

    def handle(self, *_args: Any, **options: Any) -> None:
        """Disable the operator."""
        with self.logged("disable operator", options):
            operators.disable(ledger(), options["name"])
        self.stdout.write(f"{options['name']} may not log in any more.")
