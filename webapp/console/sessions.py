"""Sessions: signed cookies, and a row of the control table for each session that was ended.

A signed cookie is valid in every region at once, while the link is cut too, and survives any host: nothing has to
arrive first. What it lacks is revocation, for a copy of the cookie. So each has an id, and logging out puts a row that
every region reads with each request. Disabling an operator or changing the password ends all of theirs: the operator's
row is read with each request, too, and the session has a digest of the password (``get_session_auth_hash``).
"""

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import signed_cookies

from api import books
from console import control

ID = "_session_id"
ENDED = "ended"


class SessionStore(signed_cookies.SessionStore):
    """Django's signed cookie sessions, which can be ended."""

    def load(self) -> dict[str, Any]:
        """The session in the cookie, unless it was ended: one request. An unsigned or old cookie costs none."""
        data: dict[str, Any] = super().load()
        if data and _is_ended(data.get(ID)):
            self.create()
            return {}
        return data

    def save(self, must_create: bool = False) -> None:
        """Sign the session, under an id of its own."""
        self.setdefault(ID, _new_id())
        super().save(must_create)

    def cycle_key(self) -> None:
        """Go on under another id."""
        self[ID] = _new_id()
        super().cycle_key()

    def flush(self) -> None:
        """End the session for every copy of its cookie."""
        session_id = self.get(ID)
        super().flush()
        if session_id is not None:
            _end(session_id)


def _new_id() -> str:
    return secrets.token_urlsafe(16)


def _partition(session_id: str) -> str:
    return f"session~{session_id}"


def _is_ended(session_id: object) -> bool:
    if not isinstance(session_id, str):
        return True  # not signed by this class
    return control.row(books.ledger(), _partition(session_id), ENDED) is not None


def _end(session_id: str) -> None:
    """Put the row, in whichever region: two of them say the same."""
    ledger = books.ledger()
    longest = timedelta(seconds=2 * settings.SESSION_COOKIE_AGE)
    control.put(ledger, _partition(session_id), ENDED, {"forget_at": control.expires(ledger, longest)})
