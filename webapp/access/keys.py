"""The rules of an API key: what it looks like, what it opens, and until when.

A key is ``alk_<key id>_<secret>``. The secret is 256 random bits and is stored as one SHA-256 of the whole key: a slow,
salted hash protects what people choose, and nobody guesses 256 bits. NIST SP 800-63B, section 5.1.2.2: look-up secrets
of at least 112 bits of entropy are hashed with an approved one-way function; salt and key derivation are for shorter
ones. A slow hash here would also be a way to keep the processor busy from outside.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from access.system_accounts import PREFIX, is_system_account
from ledger.context import timestamp
from ledger.errors import InvalidField
from ledger.names import is_account_id

READ, CREATE, TRANSFER, ADMIN = "read", "create", "transfer", "admin"
SCOPES = (READ, CREATE, TRANSFER, ADMIN)
ANY = "*"  # at the end of a debit pattern: any account id that begins like this
ANONYMOUS = "anonymous"  # the principal of callers without a key, where those are let in
OPERATOR = "operator:"  # begins the principals of operators, who have no API keys
MOST_DEBITS = 20  # patterns of one key

_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)
_TEXT = re.compile(r"alk_([0-9a-f]{16})_[0-9a-f]{64}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PRINCIPAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}", re.ASCII)
_DURATION = re.compile(r"([1-9][0-9]{0,4})([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

type State = Literal["active", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class Key:
    """One API key, without its secret. Times are UTC, ISO 8601; ``region`` is where it was made.

    ``principal`` is the caller that idempotency keys belong to: the next key of the same caller has the same, so that
    a request that is repeated under the new key does not pay twice.
    """

    key_id: str
    digest: str = field(repr=False)
    principal: str
    scopes: tuple[str, ...]
    debits: tuple[str, ...]
    region: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None = None
    last_used_at: str | None = None

    def is_opened_by(self, text: str) -> bool:
        """Whether ``text`` is this key. Takes as long for a wrong one as for the right one."""
        return hmac.compare_digest(self.digest, digest(text))

    def state(self, now: str) -> State:
        """Whether it opens anything at ``now``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"

    def allows(self, scope: str) -> bool:
        """Whether it may be used for calls that need ``scope``. ``admin`` is all scopes."""
        return scope in self.scopes or ADMIN in self.scopes

    def may_debit(self, account_id: str) -> bool:
        """Whether it may take money out of the account."""
        return ADMIN in self.scopes or any(_matches(pattern, account_id) for pattern in self.debits)


def _matches(pattern: str, account_id: str) -> bool:
    return account_id.startswith(pattern[:-1]) if pattern.endswith(ANY) else account_id == pattern


def digest(text: str) -> str:
    """What is stored of the key ``text``."""
    return hashlib.sha256(text.encode()).hexdigest()


def id_of(text: str) -> str | None:
    """The key id in a key's text, ``None`` if it is no such text. The secret is not looked at."""
    found = _TEXT.fullmatch(text)
    return found[1] if found else None


def is_key_id(text: str) -> bool:
    """Whether ``text`` can be the id of a key."""
    return _ID.fullmatch(text) is not None


def new_id() -> str:
    """The id of a new key."""
    return secrets.token_hex(8)


def issue(
    principal: str,
    scopes: Sequence[str],
    debits: Sequence[str],
    expires_at: str | None,
    *,
    region: str,
    now: str,
    key_id: str | None = None,
) -> tuple[str, Key]:
    """Make a key: its text, which nothing can show again, and what is to be stored. Raises ``InvalidField``.

    ``key_id``: given by whoever wants to make it only once (see ``new_id``).
    """
    check(principal, scopes, debits)
    key_id = key_id or new_id()
    text = f"alk_{key_id}_{secrets.token_hex(32)}"
    ordered = tuple(scope for scope in SCOPES if scope in scopes)
    return text, Key(key_id, digest(text), principal, ordered, tuple(dict.fromkeys(debits)), region, now, expires_at)


def check(principal: str, scopes: Sequence[str], debits: Sequence[str]) -> None:
    """Raise ``InvalidField`` for what no key can have."""
    if not is_principal(principal):
        raise InvalidField(
            "principal",
            "Must be 1 to 128 letters, digits, '.', '_', ':', '@' or '-', first a letter or digit; "
            f"not {ANONYMOUS!r}, and not beginning with {OPERATOR!r}.",
        )
    if not scopes or not set(scopes) <= set(SCOPES):
        raise InvalidField("scopes", f"Must be some of {','.join(SCOPES)}, separated by commas.")
    if debits and TRANSFER not in scopes:
        raise InvalidField("debits", "Only a key with the scope transfer has accounts to debit.")
    if TRANSFER in scopes and not debits:
        raise InvalidField("debits", f"Name the accounts that the key may debit; '{ANY}' for all of them.")
    if any(is_system_account(pattern) for pattern in debits):
        raise InvalidField(
            "debits", f"No API key may debit system accounts, whose ids begin with {PREFIX!r}. Leave them out."
        )
    if len(debits) > MOST_DEBITS or not all(is_debit(pattern) for pattern in debits):
        raise InvalidField(
            "debits", f"Must be at most {MOST_DEBITS} account ids, or beginnings of account ids with {ANY} at the end."
        )


def is_principal(name: str) -> bool:
    """Whether ``name`` can be the caller that a key belongs to."""
    return _PRINCIPAL.fullmatch(name) is not None and name != ANONYMOUS and not name.startswith(OPERATOR)


def is_digest(text: str) -> bool:
    """Whether ``text`` can be what ``digest`` makes."""
    return _DIGEST.fullmatch(text) is not None


def is_debit(pattern: str) -> bool:
    """Whether ``pattern`` is an account id, or the beginning of one with ``*`` at its end (``*`` alone: any)."""
    return pattern == ANY or is_account_id(pattern.removesuffix(ANY))


def expiry(text: str, now: datetime) -> str | None:
    """The time that ``10m``, ``12h`` or ``90d`` after ``now`` is; ``None`` for ``never``. Raises ``InvalidField``."""
    if text == "never":
        return None
    found = _DURATION.fullmatch(text)
    if found is None:
        raise InvalidField("expires", "Must be a number with s, m, h or d, such as 10m or 90d, or never.")
    return timestamp(now + timedelta(**{_UNITS[found[2]]: int(found[1])}))
