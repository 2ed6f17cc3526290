"""What an incident says was taken from an account without asking whether it was there.

No payment takes a share below zero. What does is the undoing of a payment (see ``gathering``), and what the ledger does
to put shares right, each time with an incident. So an account cannot be further below zero than all of that together,
however it has been paid from and to meanwhile.
"""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from ledger.money import ZERO
from ledger.requests import Item

_DIGITS = 38  # of a number that the table adds and takes away
ANY = Decimal("Infinity")  # of an incident that does not tell: its images are cut at some length


def taken_by(incident: Item) -> Decimal:
    """The most that was taken from each of the incident's accounts."""
    try:
        match incident.get("reason"):
            case "given-back":
                return _number(incident.get("amount"))
            case "foreign-write" | "deleted-by-hand":
                # The share was set to the old row, or lowered by what the new one had more. If it was left to the
                # sweep instead, the sweep's own incident tells.
                old, new = _books(incident, "old_image"), _books(incident, "new_image")
                return max(ZERO, -(old or ZERO), new - old if new is not None and old is not None else ZERO)
            case "rebuilt":
                return max(ZERO, -(_books(incident, "new_image") or ZERO))
            case "journal-changed":
                # What was put back may have been done a second time meanwhile, and one of the two undone.
                return max(ZERO, _number(_image(incident, "old_image").get("amount")))
            case _:
                return ZERO
    except ValueError:
        return ANY


def _books(incident: Item, name: str) -> Decimal | None:
    """The balance that the ledger itself has put into the row of an image: hands change another attribute."""
    row = _image(incident, name)
    return _number(row["ledger_balance"]) if "ledger_balance" in row else None


def _image(incident: Item, name: str) -> Mapping[str, Any]:
    """An image, empty if there is none. Raises ``ValueError`` if it is cut."""
    text = incident.get(name)
    found = json.loads(text) if isinstance(text, str) else {}
    return found if isinstance(found, Mapping) else {}


def _number(value: object) -> Decimal:
    """A number of an item, or of an image, where all are texts. What a hand has put in place of one is nothing."""
    try:
        number = Decimal(value) if isinstance(value, Decimal | str) else ZERO
    except InvalidOperation:
        return ZERO
    return number if number.is_finite() and number.adjusted() < _DIGITS else ZERO
