"""Cursors: where the next page of a list begins, opaque to clients and worth nothing when forged.

A cursor is base64url of some lines: the kind of list, what it is a list of, and last the place in it, which may be
any text. A place only bounds a query whose subject (the account) comes from the path, so no cursor leads to another
account's transfers.
"""

import base64
import binascii

from ledger.errors import InvalidField

FIELD = "cursor"
LONGEST_KEY = 1024  # bytes
LONGEST = 1600  # characters: such a key, an account id and the kind. gunicorn's limit_request_line leaves room for it
_ACCOUNTS = "accounts"
_TRANSFERS = "transfers"


def after_account(account_id: str) -> str:
    """The cursor of the accounts after ``account_id``."""
    return _write([_ACCOUNTS, account_id])


def read_after_account(text: str) -> str:
    """The account id in the cursor of a list of accounts. Raises ``InvalidField``."""
    place = _read(text, _ACCOUNTS, length=2)
    return place[1]


def before_transfer(account_id: str, position: str) -> str:
    """The cursor of the transfers of ``account_id`` that are older than the one at ``position``."""
    return _write([_TRANSFERS, account_id, position])


def read_before_transfer(text: str, account_id: str) -> str:
    """The position in the cursor of a list of transfers of ``account_id``. Raises ``InvalidField``."""
    place = _read(text, _TRANSFERS, length=3)
    if place[1] != account_id:
        raise _unusable()
    return place[2]


def _write(place: list[str]) -> str:
    return base64.urlsafe_b64encode("\n".join(place).encode()).decode().rstrip("=")


def _read(text: str, kind: str, length: int) -> list[str]:
    """The parts of a cursor of this kind, if it is written exactly as this module writes it."""
    if not 0 < len(text) <= LONGEST or not text.isascii():
        raise _unusable()
    try:
        place = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split("\n", length - 1)
    except (binascii.Error, ValueError) as error:
        raise _unusable() from error
    if len(place) != length or place[0] != kind or _write(place) != text or not all(map(_can_be_key, place)):
        raise _unusable()
    return place


def _can_be_key(part: str) -> bool:
    """Whether a range key can have this value: 1 to 1,024 bytes (DynamoDB Developer Guide, "Constraints")."""
    return 1 <= len(part.encode()) <= LONGEST_KEY


def _unusable() -> InvalidField:
    return InvalidField(FIELD, "Must be the next_cursor of an earlier page of this list.")
