"""Logging in and out stands in the operator log."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from api import books
from console import operators, oplog

LOGIN, LOGOUT = "log in", "log out"


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
    """A wrong password, under a name that somebody can have: others are typing errors, or a flood."""
    name = credentials.get("username")
    if operators.is_name(name):
        oplog.write(books.ledger(), str(name), LOGIN, outcome="refused: wrong name or password")
