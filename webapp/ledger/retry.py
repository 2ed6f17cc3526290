"""Patience with a contended table: the same request again, with jitter, inside a bounded time."""

import random
from collections.abc import Callable, Iterator, Sequence

from ledger.context import Clock
from ledger.requests import Contended, Item, Key, Query, Store, Write

BUDGET = 3.0  # seconds in all
FIRST_PAUSE = 0.025  # seconds; doubles with every attempt
LONGEST_PAUSE = 0.5  # seconds


class Patient:
    """A store that repeats what was refused for contention, throttling or a transaction in progress.

    The same writes go with the same token. When the budget is used up, ``Contended`` reaches the caller.
    Waits are random between zero and the exponential bound ("full jitter", AWS Architecture Blog, "Exponential
    Backoff And Jitter").
    """

    def __init__(self, store: Store, clock: Clock, uniform: Callable[[float, float], float] = random.uniform) -> None:
        self._store = store
        self._clock = clock
        self._uniform = uniform

    def write(self, writes: Sequence[Write], token: str) -> None:
        """See ``Store``."""
        self._persist(lambda: self._store.write(writes, token))

    def get(self, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """See ``Store``."""
        return self._persist(lambda: self._store.get(keys))

    def query(self, query: Query) -> list[Item]:
        """See ``Store``."""
        return self._persist(lambda: self._store.query(query))

    def scan(self, table: str, segment: int = 0, segments: int = 1) -> Iterator[Sequence[Item]]:
        """See ``Store``. A page that is throttled ends the scan: whoever scans starts again later."""
        return self._store.scan(table, segment, segments)

    def ping(self) -> None:
        """See ``Store``. Never repeated: a health check is to say how things are now."""
        self._store.ping()

    def _persist[T](self, request: Callable[[], T]) -> T:
        deadline = self._clock.monotonic() + BUDGET
        bound = FIRST_PAUSE
        while True:
            try:
                return request()
            except Contended:
                pause = self._uniform(0, bound)
                if self._clock.monotonic() + pause > deadline:
                    raise
                self._clock.sleep(pause)
                bound = min(2 * bound, LONGEST_PAUSE)
