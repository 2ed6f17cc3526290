"""``manage.py revokekey KEY_ID``: end an API key."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from access import keys, register
from access.known import FRESH
from api.books import ledger
from console import oplog
from ledger.requests import Contended, Unreachable

SECONDS = 2 * FRESH  # that a process may go on with what it knows


class Command(BaseCommand):
    """Writes the revocation at the endpoint of every region that answers."""

    help = (
        f"Revoke an API key, for good: in effect within {SECONDS:g} seconds in every region that answers. Exit status "
        "2: a region did not answer; run the same on a host there, or it takes effect when the link is up again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the id of the key."""
        parser.add_argument("key_id", metavar="KEY_ID", help="as listkeys shows it; not the key itself")
        parser.add_argument("--why", default="", metavar="TEXT", help="stands in the operator log")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Revoke it and say where."""
        key_id: str = options["key_id"]
        if not keys.is_key_id(key_id):  # it may be a key, which is not to be repeated
            raise CommandError("KEY_ID must be the 16 characters between alk_ and the next _ of the key. See listkeys.")
        try:
            with oplog.acting(ledger(), oplog.on_host(), oplog.REVOKE_KEY, key_id, options["why"]):
                revocation = register.revoke(ledger(), key_id)
        except register.UnknownKey as error:
            raise CommandError(f"{key_id}: {error}") from error
        except (Contended, Unreachable) as error:
            raise CommandError(
                f"{key_id}: the control table does not answer now. Run the same again, or on a host of another region."
            ) from error
        self.stdout.write(f"{key_id}: revoked in {', '.join(revocation.written)}, in effect within {SECONDS:g} seconds")
        if revocation.missed:
            missed = ", ".join(revocation.missed)
            raise CommandError(
                f"{key_id}: {missed} did not answer. It works there until the link is up again, or until revokekey "
                "is run on a host there.",
                returncode=2,
            )
