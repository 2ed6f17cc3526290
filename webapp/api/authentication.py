"""Who calls."""

from dataclasses import dataclass

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from access.keys import ANONYMOUS, Key, id_of
from api import books, current

CHALLENGE = 'Bearer realm="account-ledger"'


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: not its API key of the day, because a rotated key must not pay twice.

    ``key``: the key that it came with; ``None`` where callers without a key are let in, who may do what a key with
    ``admin`` may.
    """

    name: str
    key: Key | None

    def allows(self, scope: str) -> bool:
        """Whether it may make calls that need ``scope``."""
        return self.key is None or self.key.allows(scope)

    def may_debit(self, account_id: str) -> bool:
        """Whether it may take money out of the account."""
        return self.key is None or self.key.may_debit(account_id)


class Callers(BaseAuthentication):
    """Lets callers in by their API key. A key that is sent counts also where none is needed, so it can be tried."""

    def authenticate(self, request: Request) -> tuple[Principal, None]:
        """The caller of ``request``. Raises ``NotAuthenticated`` and what ``Gate.admit`` raises."""
        text = _bearer(request.headers.get("Authorization", ""))
        if text is None:
            return self._without_key(), None
        current.get().key_id = id_of(text)
        key = books.gate().admit(text)
        current.get().principal = key.principal
        return Principal(key.principal, key), None

    def _without_key(self) -> Principal:
        if settings.LEDGER_OPEN_DEMONSTRATION:
            books.gate().admit_without_key()
        elif not settings.LEDGER_OPEN_ACCESS:
            raise NotAuthenticated
        current.get().principal = ANONYMOUS
        return Principal(ANONYMOUS, None)

    def authenticate_header(self, _request: Request) -> str:
        """The challenge to a caller without a key: RFC 6750, section 3, wants at least one parameter."""
        return CHALLENGE


def _bearer(header: str) -> str | None:
    """What follows ``Bearer`` in an Authorization header; ``None`` for another scheme, or none."""
    scheme, _, text = header.partition(" ")
    return text.strip(" ") if scheme.lower() == "bearer" else None
