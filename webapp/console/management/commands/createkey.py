"""``manage.py createkey``: make an API key."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from access import keys, register
from api.books import ledger
from console import oplog
from console.management import keys_text
from ledger.errors import InvalidField
from ledger.requests import Contended, Unreachable

EXPIRES = "90d"


class Command(BaseCommand):
    """Prints the key, once: it is stored as a hash."""

    help = (
        "Make an API key and print it. It is stored as a hash, so this is the only time that it is shown. It works in "
        "this region at once, and in the others when it has arrived there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whose key it is and what it may do."""
        parser.add_argument(
            "--principal", required=True, metavar="NAME",
            help="the caller that it belongs to, the same for the caller's next key: idempotency keys belong to it",
        )  # fmt: skip
        parser.add_argument("--scopes", required=True, help=f"some of {','.join(keys.SCOPES)}; admin is all of them")
        parser.add_argument(
            "--debits", action="append", default=[], metavar="ACCOUNTS",
            help="for the scope transfer: an account id that it may debit, or the beginning of ids with * at the end; "
            "may be given more than once; '*' for all accounts",
        )  # fmt: skip
        parser.add_argument(
            "--expires", default=EXPIRES, metavar="WHEN", help=f"10m, 12h, 90d or never from now on ({EXPIRES})"
        )
        parser.add_argument("--json", action="store_true", help="for machines: one object on one line")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make it, store it, print it. Exit status 1: nothing was made that could be used."""
        here = ledger()
        scopes = [scope.strip() for scope in options["scopes"].split(",")]
        try:
            expires_at = keys.expiry(options["expires"], here.clock.now())
            text, key = keys.issue(
                options["principal"], scopes, options["debits"], expires_at, region=here.here, now=here.now()
            )
            with oplog.acting(here, oplog.on_host(), oplog.CREATE_KEY, key.key_id, oplog.about(key)):
                register.add(here, key)
        except InvalidField as error:
            raise CommandError(f"--{error.field}: {error.detail}") from error
        except (Contended, Unreachable) as error:
            raise CommandError(
                "The control table does not answer now. Run the same again: a key that was not printed opens nothing."
            ) from error
        if options["json"]:
            self.stdout.write(json.dumps({**keys_text.as_json(key, here.now()), "key": text}))
        else:
            self.stdout.write(keys_text.line(key, here.now()))
            self.stdout.write("The key itself, which is shown only now:")
            self.stdout.write(text)
