"""API keys as the commands print them."""

from typing import Any

from access.keys import Key


def as_json(key: Key, now: str) -> dict[str, Any]:
    """What can be told of a key."""
    return {
        "key_id": key.key_id,
        "principal": key.principal,
        "scopes": list(key.scopes),
        "debits": list(key.debits),
        "state": key.state(now),
        "region": key.region,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def line(key: Key, now: str) -> str:
    """The same on one line."""
    debits = f", debits {' '.join(key.debits)}" if key.debits else ""
    expiry = f"expires {key.expires_at}" if key.expires_at is not None else "never expires"
    used = f"last used {key.last_used_at}" if key.last_used_at is not None else "not used yet"
    return f"{key.key_id}: {key.state(now)}, {key.principal}, {','.join(key.scopes)}{debits}, {expiry}, {used}"
