"""What the commands for operators have in common."""

import getpass
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from api.books import ledger
from console import oplog
from ledger.errors import LedgerError
from ledger.requests import Contended, Unreachable


class OperatorCommand(BaseCommand):
    """A command about one operator. It stands in the operator log, under the name of the host's user."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name."""
        parser.add_argument("name", help="small letters, digits, '.', '_', '-'")

    @contextmanager
    def logged(self, action: str, options: Any, note: str = "") -> Iterator[None]:
        """Say what goes wrong in a line, and log the action."""
        try:
            with oplog.acting(ledger(), oplog.on_host(), action, options["name"], note):
                yield
        except LedgerError as error:
            raise CommandError(f"{options['name']}: {oplog.words(error)}") from error
        except (Contended, Unreachable) as error:
            raise CommandError(f"{options['name']}: the table does not answer now. Run the same again.") from error


def read_password() -> str:
    """The hash of a password from a prompt, typed twice, or from the first line of standard input.

    Never from an argument: every user of a host can see those. Raises ``CommandError``.
    """
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("The same again: ") != password:
            raise CommandError("The two passwords differ.")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        validate_password(password)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    return make_password(password)
