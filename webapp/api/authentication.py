"""Who calls."""

from dataclasses import dataclass

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from api import current

ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: not its API key of the day, because a rotated key must not pay twice."""

    name: str


class Callers(BaseAuthentication):
    """Lets everybody in where open access is on (the sandbox), and nobody elsewhere."""

    def authenticate(self, request: Request) -> tuple[Principal, None]:
        """The caller of ``request``. Raises ``NotAuthenticated``."""
        if not settings.LEDGER_OPEN_ACCESS:
            raise NotAuthenticated
        current.get().principal = ANONYMOUS
        return Principal(ANONYMOUS), None

    def authenticate_header(self, _request: Request) -> str:
        """The scheme that a caller without a key is told to use."""
        return "Bearer"
