"""How often: token buckets in the memory of one process.

They are not shared: with N processes a caller may get N times the rate. That is enough against one caller that runs
away with all threads, and costs no request to a table.
"""

import threading

from cachetools import LRUCache

from access.errors import TooManyRequests
from ledger.context import Clock

MOST = 10_000  # buckets that are remembered; a forgotten one is full again


class Buckets:
    """One bucket for each name: ``rate`` tokens a second flow in, ``burst`` fit in."""

    def __init__(self, rate: float, burst: float, clock: Clock, most: int = MOST) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._levels: LRUCache[str, tuple[float, float]] = LRUCache(most)
        self._lock = threading.Lock()

    def take(self, name: str) -> None:
        """Take one token. Raises ``TooManyRequests``, which takes nothing."""
        with self._lock:
            now = self._clock.monotonic()
            level, since = self._levels.get(name, (self._burst, now))
            level = min(self._burst, level + (now - since) * self._rate)
            enough = level >= 1
            self._levels[name] = (level - 1 if enough else level, now)
        if not enough:
            raise TooManyRequests((1 - level) / self._rate)
