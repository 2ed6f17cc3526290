"""Cursors: where the next page of a list begins, opaque to clients and worth nothing when forged.

A cursor is base64url of a JSON list: the kind of list and the place in it. A place only bounds a query whose
subject (the account) comes from the path, so no cursor leads to another account's transfers.
"""

import base64
import binascii
import json
import re

from ledger.errors import InvalidField
from ledger.names import is_account_id

FIELD = "cursor"
LONGEST = 1024  # characters
_ACCOUNTS = "accounts"
_TRANSFERS = "transfers"
_POSITION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z~[A-Za-z0-9~._:-]{1,300}", re.ASCII)


def after_account(account_id: str) -> str:
    """The cursor of the accounts after ``account_id``."""
    return _write([_ACCOUNTS, account_id])


def read_after_account(text: str) -> str:
    """The account id in the cursor of a list of accounts. Raises ``InvalidField``."""
    place = _read(text, _ACCOUNTS, length=2)
    if not is_account_id(place[1]):
        raise _unusable()
    return place[1]


def before_transfer(account_id: str, position: str) -> str:
    """The cursor of the transfers of ``account_id`` that are older than the one at ``position``."""
    return _write([_TRANSFERS, account_id, position])


def read_before_transfer(text: str, account_id: str) -> str:
    """The position in the cursor of a list of transfers of ``account_id``. Raises ``InvalidField``."""
    place = _read(text, _TRANSFERS, length=3)
    if place[1] != account_id or _POSITION.fullmatch(place[2]) is None:
        raise _unusable()
    return place[2]


def _write(place: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def _read(text: str, kind: str, length: int) -> list[str]:
    """The parts of a cursor of this kind, if it is written exactly as this module writes it."""
    if not 0 < len(text) <= LONGEST or not text.isascii():
        raise _unusable()
    try:
        place = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _unusable() from error
    sound = isinstance(place, list) and len(place) == length and all(isinstance(part, str) for part in place)
    if not sound or place[0] != kind or _write(place) != text:
        raise _unusable()
    return place


def _unusable() -> InvalidField:
    return InvalidField(FIELD, "Must be the next_cursor of an earlier page of this list.")
