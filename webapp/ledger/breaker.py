"""A circuit breaker for the endpoint of another region.

While that region is out of reach every call to it waits for its timeouts. Without a breaker such calls would soon
hold all threads of the process, and payments that local money covers would wait behind them.
"""

import threading
from collections.abc import Callable, Iterator, Sequence

from ledger.context import Clock
from ledger.requests import Contended, Item, Key, Query, Store, Unreachable, Write

PAUSE = 1.0  # seconds after a failure in which nothing is tried
AT_ONCE = 12  # calls to one region at the same time, of the 32 threads of a process
QUEUE = 12  # calls that wait for one of those to end; so 8 threads are left for payments that need no other region
PATIENCE = 1.0  # seconds that a call waits there
FORGOTTEN = 10.0  # seconds after which a failure says nothing any more: longer than any call takes


class Breaker:
    """A store that says ``Unreachable`` at once, instead of waiting, while its endpoint does not answer.

    After a call that got no answer, calls are refused for ``PAUSE`` seconds; then one at a time is tried, until one
    is answered. A failure of more than ``FORGOTTEN`` seconds ago, if no call has failed since, does not count. Of more
    than ``AT_ONCE`` calls at the same time, ``QUEUE`` wait for ``PATIENCE`` seconds at most; what does not come through
    is ``Contended``. A refused call has written nothing.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._changed = threading.Condition()
        self._under_way = 0
        self._queued = 0
        self._failed_at: float | None = None

    def write(self, writes: Sequence[Write], token: str) -> None:
        """See ``Store``."""
        self._try(lambda: self._store.write(writes, token))

    def get(self, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """See ``Store``."""
        return self._try(lambda: self._store.get(keys))

    def query(self, query: Query) -> list[Item]:
        """See ``Store``."""
        return self._try(lambda: self._store.query(query))

    def scan(self, table: str, segment: int = 0, segments: int = 1) -> Iterator[Sequence[Item]]:
        """See ``Store``. Not guarded: nobody waits for a scan of another region."""
        return self._store.scan(table, segment, segments)

    def ping(self) -> None:
        """See ``Store``."""
        self._try(self._store.ping)

    def _try[T](self, request: Callable[[], T]) -> T:
        self._enter()
        try:
            answer = request()
        except Unreachable:
            self._leave(self._clock.monotonic())
            raise
        except BaseException:
            self._leave(None)  # a refusal is an answer, too
            raise
        self._leave(None)
        return answer

    def _enter(self) -> None:
        with self._changed:
            now = self._clock.monotonic()
            if self._failed_at is not None and now >= self._failed_at + FORGOTTEN:
                self._failed_at = None
            if self._failed_at is not None:
                if now < self._failed_at + PAUSE or self._under_way:
                    raise Unreachable("the region did not answer a moment ago")
            elif self._under_way >= AT_ONCE:
                self._queue()
            self._under_way += 1

    def _queue(self) -> None:
        if self._queued >= QUEUE:
            raise Contended(f"{AT_ONCE} calls to the region are under way, and {QUEUE} wait")
        self._queued += 1
        try:
            self._changed.wait_for(lambda: self._under_way < AT_ONCE or self._failed_at is not None, PATIENCE)
        finally:
            self._queued -= 1
        if self._failed_at is not None:
            raise Unreachable("the region has stopped answering")
        if self._under_way >= AT_ONCE:
            raise Contended(f"{AT_ONCE} calls to the region are under way")

    def _leave(self, failed_at: float | None) -> None:
        with self._changed:
            self._under_way -= 1
            self._failed_at = failed_at
            self._changed.notify_all()
