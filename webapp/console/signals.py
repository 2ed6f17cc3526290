"""Logging in and out stands in the operator log."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from api import books
from console import operators, oplog, throttle

LOGIN, LOGOUT = "log in", "log out"
NOBODY = "(unknown name)"


@receiver(user_logged_in)
def logged_in(user: Any, **_: Any) -> None:
    """A login. Before the session's cookie is sent: without the line there is no session."""
    oplog.write(books.ledger(), user.get_username(), LOGIN)


@receiver(user_logged_out)
def logged_out(user: Any, **_: Any) -> None:
    """A logout, of somebody who was logged in."""
    if user is not None:
        oplog.write(books.ledger(), user.get_username(), LOGOUT)


@receiver(user_login_failed)
def login_failed(credentials: dict[str, Any], **_: Any) -> None:
    """A wrong password, under a name that somebody can have: others are typing errors, or a flood.

    A name that nobody has is not repeated: it may be a password that was typed into the wrong field, and nobody can
    take it out of the log again. Attempts that are refused unseen have no line, so the one before them says so.
    """
    ledger, name = books.ledger(), credentials.get("username")
    if operators.is_name(name):
        known = operators.find(ledger, str(name)) is not None
        locked = "; no further attempt for a while" if throttle.is_full(ledger, str(name)) else ""
        oplog.write(ledger, str(name) if known else NOBODY, LOGIN, outcome=f"refused: wrong name or password{locked}")
