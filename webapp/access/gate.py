"""Who is let in: the decision on the key of a request."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from access import register
from access.buckets import Buckets
from access.errors import InvalidKey
from access.keys import ANONYMOUS, Key, id_of
from access.known import KnownKeys
from access.usage import Job, LastUse
from ledger.context import Ledger

BURST = 2  # seconds of the rate that a key may use at once


class Gate:
    """The gate of one process. ``rate``: requests a second of each key."""

    def __init__(self, ledger: Ledger, rate: float, later: Callable[[Job], object]) -> None:
        self._ledger = ledger
        self._known = KnownKeys(partial(register.find, ledger), ledger.clock)
        self._limits = Buckets(rate, BURST * rate, ledger.clock)
        self._uses = LastUse(lambda key_id: register.note_use(ledger, key_id, ledger.now()), later, ledger.clock)

    def admit(self, text: str) -> Key:
        """The key that ``text`` is, if it opens anything now.

        Raises ``InvalidKey``, ``TooManyRequests``, and ``Contended`` and ``Unreachable`` if that cannot be known.
        """
        key_id = id_of(text)
        key = self._known.get(key_id) if key_id is not None else None
        if key is None or not key.is_opened_by(text) or key.state(self._ledger.now()) != "active":
            raise InvalidKey
        self._limits.take(key.key_id)
        self._uses.seen(key.key_id)
        return key

    def admit_without_key(self) -> None:
        """Let in a caller without a key, at the rate of one key for all of them. Raises ``TooManyRequests``."""
        self._limits.take(ANONYMOUS)


def gate(ledger: Ledger, rate: float) -> Gate:
    """The gate for a process that serves requests; its thread starts with the first key."""
    return Gate(ledger, rate, ThreadPoolExecutor(1, thread_name_prefix="last-use").submit)
