"""Logging in: operators of the control table, in place of Django's table of users."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest

from api import books
from console import operators, throttle
from console.models import Operator


class OperatorBackend(BaseBackend):
    """Knows operators by name and password."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> Operator | None:
        """The operator, if the password is right and they may log in. Raises ``throttle.TooManyAttempts``.

        An unknown name takes as long as a wrong password.
        """
        if username is None or password is None:
            return None
        ledger = books.ledger()
        if operators.is_name(username):
            throttle.admit(ledger, username)
        found = operators.find(ledger, username)
        if found is None or not found.active:
            make_password(password)
            return None
        if not check_password(password, found.password):
            return None
        throttle.succeeded(ledger, username)
        return Operator.of(found)

    def get_user(self, user_id: str) -> Operator | None:
        """The operator of a session, if they may still log in: one request."""
        found = operators.find(books.ledger(), user_id)
        return Operator.of(found) if found is not None and found.active else None
