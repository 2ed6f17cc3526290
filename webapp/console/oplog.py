"""The operator log: who did what. Rows are put once, each under a key of its own, and never changed."""

import getpass
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from access.keys import Key
from access.register import KeyExists, UnknownKey
from api import current
from console import control
from ledger.context import Ledger
from ledger.errors import KeyReused, LedgerError, RegionUnreachable
from ledger.requests import Contended, Item, Unreachable

PARTITION = "operator-log"
BEGUN, DONE = "begun", "done"
CREATE_KEY, REVOKE_KEY = "create key", "revoke key"  # in the admin and by manage.py

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log. ``subject`` is an account id, or the id of what else was acted on."""

    position: str
    at: str
    region: str
    operator: str
    action: str
    subject: str
    outcome: str
    note: str
    request_id: str


def write(
    ledger: Ledger, operator: str, action: str, subject: str = "", *, outcome: str = DONE, note: str = ""
) -> None:
    """Add a line."""
    now = ledger.now()
    attributes: Mapping[str, str] = {
        "at": now,
        "operator": operator,
        "action": action,
        "subject": subject,
        "outcome": outcome,
        "note": note,
        "request_id": current.get().request_id or "",
    }
    control.put(ledger, PARTITION, control.position(ledger, now), attributes)


@contextmanager
def acting(ledger: Ledger, operator: str, action: str, subject: str, note: str) -> Iterator[None]:
    """Log an action: that it begins (without that line nothing is done), and how it ended.

    If the last line cannot be written, what was done stays done: the first line stands in the log, the rest is in the
    application's own logs.
    """
    write(ledger, operator, action, subject, outcome=BEGUN, note=note)
    try:
        yield
    except LedgerError as error:
        _end(ledger, operator, action, subject, f"refused: {words(error)}")
        raise
    except (UnknownKey, KeyExists) as error:
        _end(ledger, operator, action, subject, f"refused: {error}")
        raise
    except (Contended, Unreachable):
        _end(ledger, operator, action, subject, "not known: the table did not answer")
        raise
    _end(ledger, operator, action, subject, DONE)


def words(error: LedgerError) -> str:
    """A refusal as people of the ledger are told it; ``detail`` speaks to programs that call the API."""
    match error:
        case RegionUnreachable(regions=regions):
            return f"Out of reach: {', '.join(regions)}. Nothing was done from here; do the same again later."
        case KeyReused():
            return "The same form was sent before, with other values."
        case _:
            return error.detail


def _end(ledger: Ledger, operator: str, action: str, subject: str, outcome: str) -> None:
    try:
        write(ledger, operator, action, subject, outcome=outcome)
    except (Contended, Unreachable):
        told = {"operator": operator, "action": action, "subject": subject, "outcome": outcome}
        log.exception("the end of an action is not in the operator log", extra=told)


def about(key: Key) -> str:
    """The note of a key that is made: whose it is and what it may do, never the key itself."""
    expiry = f"expires {key.expires_at}" if key.expires_at is not None else "never expires"
    return f"{key.principal}: {', '.join((*key.scopes, *key.debits))}; {expiry}"


def on_host() -> str:
    """Who acts by a command on a host: the host's user who called sudo, or who runs it, as far as they have a name."""
    try:
        return f"manage.py ({os.environ.get('SUDO_USER') or getpass.getuser()})"
    except (OSError, KeyError):
        return f"manage.py (user {os.getuid()})"


def page(ledger: Ledger, limit: int, before: str | None = None) -> tuple[list[Line], str | None]:
    """Up to ``limit`` lines of all regions, newest first, and where the next page begins: one request."""
    found = control.rows(ledger, PARTITION, limit + 1, before=before, descending=True)
    following = str(found[limit - 1]["sk"]) if len(found) > limit else None
    return [_read(row) for row in found[:limit]], following


def _read(row: Item) -> Line:
    names = ("sk", "at", "region", "operator", "action", "subject", "outcome", "note", "request_id")
    return Line(*(str(row.get(name, "")) for name in names))
