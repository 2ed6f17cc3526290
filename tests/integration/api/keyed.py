"""Applications that ask for keys, and keys for them."""

from typing import Any

from access import keys, register
from tests.integration.api.cloud import App

LONG_AGO = "2020-01-01T00:00:00.000000Z"


def make(app: App, *scopes: str, debits: tuple[str, ...] = (), **changes: Any) -> str:
    """A new key in the region of ``app``, and what to send for it: ``authorization``."""
    wanted: dict[str, Any] = {"principal": "teller", "expires_at": None}
    text, key = keys.issue(scopes=scopes, debits=debits, region=app.region, now=app.ledger.now(), **wanted | changes)
    register.add(app.ledger, key)
    app.calls.clear()
    return f"Bearer {text}"


def id_of(authorization: str) -> str:
    """The key id of a key."""
    key_id = keys.id_of(authorization.removeprefix("Bearer "))
    assert key_id is not None
    return key_id


def revoke(app: App, authorization: str) -> register.Revocation:
    """Revoke a key from the region of ``app``."""
    done = register.revoke(app.ledger, id_of(authorization))
    app.calls.clear()
    return done
