"""No faster than allowed: what an audit reads of a region, in read units, whoever reads it and how.

A read unit is up to 4 KB read consistently, or 8 KB from an index (DynamoDB Developer Guide, "DynamoDB provisioned
capacity"; sizes: "DynamoDB item sizes and formats"). The sizes are added up here, not asked for.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import ceil

from ledger.context import Clock
from ledger.requests import Item, Key, Query, Store, Write

_UNIT = 4096  # bytes
_SLACK = 1.0  # seconds by which single reads may be ahead: a look must not be held up between two of its reads


class Pace:
    """At most so many read units a second: whoever comes after too many waits."""

    def __init__(self, clock: Clock, per_second: float) -> None:
        self._clock = clock
        self._per_second = per_second
        self._free_at = 0.0
        self._lock = threading.Lock()

    def take(self, units: float, slack: float = 0.0) -> None:
        """Wait until the units taken before were allowed, but for ``slack`` seconds, and take these."""
        if not self._per_second:
            return
        with self._lock:
            now = self._clock.monotonic()
            wait = self._free_at - slack - now
            self._free_at = max(self._free_at, now) + units / self._per_second
        if wait > 0:
            self._clock.sleep(wait)

    def wait(self) -> None:
        """Wait until all that was taken was allowed."""
        self.take(0)


class PacedStore:
    """A ``Store`` that is read at a pace, and never written."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pace = pace

    def write(self, writes: Sequence[Write], token: str) -> None:
        """See ``Store``: refused."""
        raise TypeError("an audit writes nothing")

    def get(self, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """See ``Store``. Every item is rounded up for itself; one that is not there costs a unit, too."""
        found = self._store.get(keys)
        self._pace.take(sum(max(1, ceil(size(item) / _UNIT)) if item is not None else 1 for item in found), _SLACK)
        return found

    def query(self, query: Query) -> list[Item]:
        """See ``Store``."""
        found = self._store.query(query)
        self._pace.take(max(1, ceil(sum(map(size, found)) / _UNIT)) / 2, _SLACK)
        return found

    def scan(self, table: str, segment: int = 0, segments: int = 1) -> Iterator[Sequence[Item]]:
        """See ``Store``."""
        for page in self._store.scan(table, segment, segments):
            self._pace.take(max(1, ceil(sum(map(size, page)) / _UNIT)))
            yield page

    def ping(self) -> None:
        """See ``Store``."""
        self._store.ping()


def size(value: object) -> int:
    """The bytes that an item or a value takes in a table, about."""
    match value:
        case str():
            return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
        case Decimal():
            return len(str(value)) // 2 + 2
        case Mapping():
            return 3 + sum(size(name) + size(element) + 1 for name, element in value.items())
        case list() | set() | frozenset():
            return 3 + sum(size(element) + 1 for element in value)
        case bytes():
            return len(value)
        case _:
            return 1
