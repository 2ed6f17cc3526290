"""Replication between regional tables, as a DynamoDB global table does it in its default mode.

Every write of a region travels to every other region on its own: the items of one transaction arrive torn
apart, different items in any order, the writes of one item in the order in which they happened. The last
writer wins per item, by (write time, region), silently. Nothing here knows DynamoDB or a real clock.
"""

import heapq
import random
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from sandbox.network import Link, Network

type Image = Mapping[str, Any]
type Version = tuple[int, str]

SPREAD = 0.25
"""Each change travels for ``lag`` seconds, less or more by at most this part of it."""
LEAST_SPREAD = 0.004
"""Seconds by which two changes differ even without lag, so that transactions are torn in any case."""
MICROSECONDS = 1_000_000
SKETCHED = 40
"""Changes of each link that a picture shows one by one."""


@dataclass(frozen=True, slots=True)
class Change:
    """One write to one item. ``image`` is the whole item afterwards, ``None`` when it was deleted."""

    table: str
    key: Hashable
    image: Image | None
    version: Version


@dataclass(order=True, slots=True)
class _Travelling:
    """A change on its way along one link. Ordered by the time at which it is due, then by age."""

    due: float
    number: int
    sent_at: float
    spread: float
    change: Change

    def schedule(self, lag: float, earliest: float) -> None:
        """Set ``due`` for this ``lag``, not before ``earliest`` (an older write of the same item)."""
        travels = lag * (1 + SPREAD * self.spread) + LEAST_SPREAD * (1 + self.spread)
        self.due = max(self.sent_at + travels, earliest)


class Replicator:
    """What is on the way on every link, and which write of every item each region has seen last."""

    def __init__(
        self,
        network: Network,
        *,
        clock: Callable[[], float],
        chance: random.Random | None = None,
    ) -> None:
        self._network = network
        self._clock = clock
        self._chance = chance or random.Random()  # nosec B311 # chooses an order, no secret
        self._numbers = count()
        # Deleted items keep their version: an older write that arrives later must not bring them back.
        self._versions: dict[tuple[str, str, Hashable], Version] = {}
        self._travelling: dict[tuple[str, str], list[_Travelling]] = {pair: [] for pair in network.links}
        self._last_due: dict[tuple[str, str, str, Hashable], float] = {}

    def capture(self, region: str, table: str, key: Hashable, image: Image | None) -> None:
        """Note a program's write in ``region`` and send it on its way to all others."""
        now = self._clock()
        known = self._versions.get((region, table, key), (0, ""))
        # Later than the write it replaces, also when the clock stands still.
        written = max(int(now * MICROSECONDS), known[0] + 1)
        change = Change(table, key, image, (written, region))
        self._versions[region, table, key] = change.version
        for link in self._network.from_region(region):
            travelling = _Travelling(0.0, next(self._numbers), now, self._chance.uniform(-1, 1), change)
            self._schedule(link, travelling)
            heapq.heappush(self._travelling[link.source, link.target], travelling)

    def _schedule(self, link: Link, travelling: _Travelling) -> None:
        place = (link.source, link.target, travelling.change.table, travelling.change.key)
        travelling.schedule(link.lag, self._last_due.get(place, 0.0))
        self._last_due[place] = travelling.due

    def reschedule(self, link: Link) -> None:
        """Bring what is on the way in line with the link's lag, after that was changed or the link was healed.

        What waited at a cut link starts again when it heals, so it does not arrive in one moment.
        """
        waiting = sorted(self._travelling[link.source, link.target], key=lambda travelling: travelling.number)
        now = self._clock()
        for travelling in waiting:
            self._last_due.pop((link.source, link.target, travelling.change.table, travelling.change.key), None)
        for travelling in waiting:
            if travelling.due <= now:
                travelling.sent_at = now
            self._schedule(link, travelling)
        heapq.heapify(waiting)
        self._travelling[link.source, link.target] = waiting

    def arrivals(self) -> Iterator[tuple[str, Change]]:
        """Take the changes that are due now off their links: pairs of target region and change."""
        now = self._clock()
        for pair, travelling in self._travelling.items():
            while travelling and travelling[0].due <= now and not self._network.links[pair].cut:
                arrived = heapq.heappop(travelling)
                place = (*pair, arrived.change.table, arrived.change.key)
                if self._last_due.get(place) == arrived.due:
                    del self._last_due[place]
                yield pair[1], arrived.change

    def accept(self, region: str, change: Change) -> bool:
        """Whether ``change`` wins over what ``region`` has; if so it is what the region has from now on."""
        place = (region, change.table, change.key)
        if change.version <= self._versions.get(place, (0, "")):
            return False
        self._versions[place] = change.version
        return True

    def next_due(self) -> float | None:
        """When the next change is due on a link that is not cut, by the clock; ``None`` when none is."""
        return min(
            (
                travelling[0].due
                for pair, travelling in self._travelling.items()
                if travelling and not self._network.links[pair].cut
            ),
            default=None,
        )

    def on_the_way(self, source: str, target: str) -> int:
        """How many changes have left ``source`` and not arrived in ``target``."""
        return len(self._travelling[source, target])

    def oldest_ago(self, source: str, target: str) -> float:
        """For how many seconds ``target`` has been without the oldest write that it has not got; 0 without one."""
        written = min((travelling.change.version[0] for travelling in self._travelling[source, target]), default=None)
        return 0.0 if written is None else max(0.0, self._clock() - written / MICROSECONDS)

    def sketch(self, source: str, target: str) -> list[dict[str, Any]]:
        """The oldest changes on the way: number, table, seconds since each set out, seconds that it travels."""
        now = self._clock()
        oldest = heapq.nsmallest(SKETCHED, self._travelling[source, target], key=lambda travelling: travelling.number)
        return [
            {
                "number": travelling.number,
                "table": travelling.change.table,
                "ago": now - travelling.sent_at,
                "takes": travelling.due - travelling.sent_at,
            }
            for travelling in oldest
        ]
