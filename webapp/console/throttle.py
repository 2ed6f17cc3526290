"""How often somebody may try to log in under one name. Attempts are rows of the control table, put once each.

So it counts for all processes and hosts of a region, and for the other regions as soon as the rows arrive there: with
the link cut there are ``MOST`` attempts in each. A name, not an address: behind the tunnel every address is the same.
Whoever reaches the login page can lock a name out for ``WINDOW``; that page is on the host's loopback only.
"""

from datetime import timedelta

from console import control
from ledger.context import Ledger
from ledger.requests import Item

MOST = 5  # attempts in a window; a login that succeeds starts anew
WINDOW = timedelta(minutes=15)
SEEN = 3 * MOST  # rows read, newest first


class TooManyAttempts(Exception):
    """The password was not looked at. ``wait``: until the next attempt is let in."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"wait {wait}")
        self.wait = wait


def admit(ledger: Ledger, name: str) -> None:
    """Count an attempt, before the password is looked at. Raises ``TooManyAttempts``.

    Counted again after it was written: of many attempts at once no more than ``MOST`` get through. An attempt that is
    refused here at once is not written, so that asking again does not prolong the wait.
    """
    _check(ledger, _attempts(ledger, name), MOST - 1)
    _write(ledger, name, succeeded=False)
    _check(ledger, _attempts(ledger, name), MOST)


def is_full(ledger: Ledger, name: str) -> bool:
    """Whether the next attempt would be refused unseen."""
    return len(_attempts(ledger, name)) >= MOST


def succeeded(ledger: Ledger, name: str) -> None:
    """Forget the attempts before this login."""
    _write(ledger, name, succeeded=True)


def _check(ledger: Ledger, attempts: list[Item], most: int) -> None:
    if len(attempts) > most:
        decisive = control.moment(str(attempts[most]["at"]))
        raise TooManyAttempts(max(decisive + WINDOW - ledger.clock.now(), timedelta(seconds=1)))


def _attempts(ledger: Ledger, name: str) -> list[Item]:
    """The attempts of the window since the last login that succeeded, newest first."""
    after = control.ago(ledger, WINDOW)
    found = control.rows(ledger, _partition(name), SEEN, after=after, descending=True)
    last = next((n for n, row in enumerate(found) if row.get("succeeded")), len(found))
    return found[:last]


def _write(ledger: Ledger, name: str, *, succeeded: bool) -> None:
    now = ledger.now()
    attributes = {"at": now, "succeeded": succeeded, "forget_at": control.expires(ledger, 2 * WINDOW)}
    control.put(ledger, _partition(name), control.position(ledger, now), attributes)


def _partition(name: str) -> str:
    return f"login-attempts~{name}"
