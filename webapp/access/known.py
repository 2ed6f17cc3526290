"""What one process remembers of keys, so that a request costs no read of the control table.

A copy of a key is used for ``FRESH`` seconds and then read anew by the request that finds it old. Requests beside that
one go on with the copy, for ``FRESH`` seconds more at most. So a busy key costs one read in ``FRESH`` seconds, and a
revocation that has arrived in this region is obeyed after twice that at the latest. While the table does not answer, a
copy is used until it is ``LONGEST`` old; then, and for keys without a copy, the caller gets the table's failure (503).

Ids that nobody has made are remembered apart, so they drive no key out; and reads for ids without a copy are limited,
so they cannot keep the table busy. While somebody uses that limit up, a key that this process has never seen is
refused with 429, too; keys that it has seen are not concerned.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache, TTLCache

from access.buckets import Buckets
from access.keys import Key
from ledger.context import Clock
from ledger.requests import Contended, Unreachable

FRESH = 3.0  # seconds
LONGEST = 300.0  # seconds
UNKNOWN = 2.0  # seconds that an id without a key is remembered: the key may be on its way from another region
MOST_KEYS = 10_000  # about 10 MB
MOST_UNKNOWN = 1_000  # more than LOOKUPS lets in
LOOKUPS = 50.0  # reads a second for ids without a copy
LOOKUPS_AT_ONCE = 100

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Copy:
    key: Key
    read_at: float  # when the read began
    used_until: float  # without another read


class KnownKeys:
    """Keys by id. ``find`` reads one from the table."""

    def __init__(self, find: Callable[[str], Key | None], clock: Clock) -> None:
        self._find = find
        self._clock = clock
        self._copies: LRUCache[str, _Copy] = LRUCache(MOST_KEYS)
        self._unknown: TTLCache[str, bool] = TTLCache(MOST_UNKNOWN, UNKNOWN, timer=clock.monotonic)
        self._lookups = Buckets(LOOKUPS, LOOKUPS_AT_ONCE, clock)
        self._lock = threading.Lock()

    def get(self, key_id: str) -> Key | None:
        """The key. Raises ``TooManyRequests``, ``Contended`` and ``Unreachable``."""
        now = self._clock.monotonic()
        with self._lock:
            copy = self._copies.get(key_id)
            if copy is None and key_id in self._unknown:
                return None
            if copy is not None:
                # Nothing undoes a revocation, so there is nothing to read anew.
                if now < copy.used_until or copy.key.revoked_at is not None:
                    return copy.key
                copy.used_until = copy.read_at + 2 * FRESH
        if copy is None:
            self._lookups.take("")
        try:
            found = self._find(key_id)
        except (Contended, Unreachable) as error:
            if copy is None or now >= copy.read_at + LONGEST:
                raise
            with self._lock:
                copy.used_until = min(now + FRESH, copy.read_at + LONGEST)
            log.warning("the control table does not answer (%s): key %s is used as it was", error, key_id)
            return copy.key
        self._remember(key_id, found, now)
        return found

    def _remember(self, key_id: str, found: Key | None, began: float) -> None:
        """Keep what was read, unless a read that began later has come first: it may know of a revocation."""
        with self._lock:
            copy = self._copies.get(key_id)
            if copy is not None and copy.read_at > began:
                return
            if found is not None:
                self._copies[key_id] = _Copy(found, began, began + FRESH)
            else:
                self._copies.pop(key_id, None)
                self._unknown[key_id] = True
