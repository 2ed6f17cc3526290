"""Rows as text, for people who want to see what is really there."""

import json
from decimal import Decimal

from ledger.requests import Item


def pretty(row: Item) -> str:
    """A row as indented JSON, names in order."""
    return json.dumps(row, default=_plain, sort_keys=True, ensure_ascii=False, indent=2)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else str(value)
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, bytes):
        return f"{len(value)} bytes {value[:100].hex()}"
    if hasattr(value, "items"):
        return dict(value.items())
    return str(value)
