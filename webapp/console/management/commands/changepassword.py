"""``manage.py changepassword NAME``, in place of Django's own, which knows relational users only."""

from typing import Any

from api.books import ledger
from console import operators
from console.management.operator_command import OperatorCommand, read_password


class Command(OperatorCommand):
    """Writes at the home region; the other regions follow."""

    help = "Change an operator's password. Their open sessions end."

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read the password and set it."""
        password = read_password()
        with self.logged("change password", options):
            operators.change_password(ledger(), options["name"], password)
        self.stdout.write(f"{options['name']} has a new password.")
