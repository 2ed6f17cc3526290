"""Times and counts what the ledger asks of the tables, for the figures of the request that is being answered."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from api import current
from ledger.context import Ledger
from ledger.requests import Cancelled, Contended, Item, Key, Malformed, Query, Store, Unreachable, Write


class Measured:
    """A store that notes how long each answer took, repetitions and waiting for a turn included.

    A refusal is an answer; to be throttled, contended or not answered is a failure. ``remote``: another region's store.
    """

    def __init__(self, store: Store, *, remote: bool) -> None:
        self._store = store
        self._remote = remote

    def write(self, writes: Sequence[Write], token: str) -> None:
        """See ``Store``."""
        self._time(lambda: self._store.write(writes, token))
        if self._remote and _is_grant(writes):
            current.get().grants += 1

    def get(self, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """See ``Store``."""
        return self._time(lambda: self._store.get(keys))

    def query(self, query: Query) -> list[Item]:
        """See ``Store``."""
        return self._time(lambda: self._store.query(query))

    def scan(self, table: str, segment: int = 0, segments: int = 1) -> Iterator[Sequence[Item]]:
        """See ``Store``. Not timed: no request of a client scans."""
        return self._store.scan(table, segment, segments)

    def ping(self) -> None:
        """See ``Store``."""
        self._time(self._store.ping)

    def _time[T](self, request: Callable[[], T]) -> T:
        known = current.get()
        began = time.perf_counter()
        try:
            answer = request()
        except (Contended, Unreachable):
            known.failures += 1
            raise
        except (Cancelled, Malformed):
            self._note(known, began)
            raise
        self._note(known, began)
        return answer

    def _note(self, known: current.Current, began: float) -> None:
        (known.remote if self._remote else known.store).append(round(time.perf_counter() - began, 5))


def _is_grant(writes: Sequence[Write]) -> bool:
    """Whether a share raises a counter of what it has granted. A new share may hold one, too; that is no update."""
    return any("#granted" in write.names for write in writes)


def measured(ledger: Ledger) -> Ledger:
    """``ledger`` with stores that are measured."""
    stores = {region: Measured(store, remote=region != ledger.here) for region, store in ledger.stores.items()}
    return replace(ledger, stores=stores)
