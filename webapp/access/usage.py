"""When keys were last used: written after the request, by a thread of its own, at most once a minute for each key."""

import logging
import threading
from collections.abc import Callable

from cachetools import TTLCache

from ledger.context import Clock
from ledger.requests import Contended, Unreachable

EVERY = 60.0  # seconds
MOST = 10_000  # keys

type Job = Callable[[], None]

log = logging.getLogger(__name__)


class LastUse:
    """``note`` writes one use of a key; ``later`` runs a job outside of the request."""

    def __init__(self, note: Callable[[str], None], later: Callable[[Job], object], clock: Clock) -> None:
        self._note = note
        self._later = later
        self._noted: TTLCache[str, bool] = TTLCache(MOST, EVERY, timer=clock.monotonic)
        self._lock = threading.Lock()

    def seen(self, key_id: str) -> None:
        """A request with this key was let in."""
        with self._lock:
            if key_id in self._noted:
                return
            self._noted[key_id] = True
        self._later(lambda: self._write(key_id))

    def _write(self, key_id: str) -> None:
        try:
            self._note(key_id)
        except (Contended, Unreachable) as error:
            log.warning("the last use of key %s was not written: %s", key_id, error)
