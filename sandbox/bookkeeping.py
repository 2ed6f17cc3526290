"""What the engine keeps about the resolvers: how far each has come, its sweeps, what it gave up.

AWS keeps the same for an event source mapping, outside the function: a resolver that is killed goes on where
it was. Times are seconds since the epoch.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

MAPPED_TABLES = ("account-table", "journal-table")
"""Tables whose streams the resolver reads: one event source mapping for each, in every region."""
DEAD_LETTERS_KEPT = 1000


@dataclass(slots=True)
class Mapping:
    """An event source mapping: one table's stream in one region.

    ``after`` is the sequence number of the last record that is done, ``position`` how many are; ``busy`` whether
    the resolver's process has taken a batch and not come back for the next one.
    """

    after: str | None = None
    position: int = 0
    busy: bool = False
    failures: int = 0
    last_batch_at: float | None = None
    error: str | None = None


@dataclass(slots=True)
class Sweep:
    """The sweeps of one region. ``clean_through`` is the number of the last change (counted over all regions) that
    a sweep started after, went through and had nothing to mend; ``None`` when the last sweep mended or failed.
    """

    running: bool = False
    started_at: float | None = None
    started_change: int = 0
    finished_at: float | None = None
    mended: int = 0
    error: str | None = None
    clean_through: int | None = None
    wanted: bool = False

    def due(self, every: float, now: float) -> bool:
        """Whether the next sweep should start: one was asked for, or ``every`` seconds have passed."""
        return self.wanted or self.started_at is None or now - self.started_at >= every

    def start(self, change: int, now: float) -> None:
        """A sweep starts, after ``change`` changes."""
        self.running, self.wanted = True, False
        self.started_at, self.started_change = now, change

    def finish(self, mended: int, error: str | None, now: float) -> None:
        """The sweep has ended: it mended so many things, or failed with ``error``."""
        self.running = False
        self.finished_at, self.mended, self.error = now, mended, error
        self.clean_through = self.started_change if error is None and mended == 0 else None


@dataclass(slots=True)
class Resolver:
    """One region's resolver. ``heard_at`` is when its process last asked for work."""

    region: str
    stopped: bool = False
    duplicates: bool = False
    heard_at: float | None = None
    mappings: dict[str, Mapping] = field(default_factory=lambda: {table: Mapping() for table in MAPPED_TABLES})
    sweep: Sweep = field(default_factory=Sweep)
    dead_letters: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=DEAD_LETTERS_KEPT))
    given_up: int = 0

    @property
    def busy(self) -> bool:
        """Whether its process is in the middle of a batch or a sweep."""
        return self.sweep.running or any(mapping.busy for mapping in self.mappings.values())

    def forget(self) -> None:
        """Start anew with empty tables; the switches stay as they are."""
        # The process may be in the middle of something that it took from the old ones.
        self.mappings = {table: Mapping(busy=mapping.busy) for table, mapping in self.mappings.items()}
        self.sweep = Sweep(running=self.sweep.running, wanted=True)
        self.dead_letters.clear()
        self.given_up = 0

    def give_up(self, letter: dict[str, Any]) -> None:
        """Keep what AWS would send to the mapping's failure queue."""
        self.dead_letters.append(letter)
        self.given_up += 1
