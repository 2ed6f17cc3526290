"""Where the ledger runs: its region, the tables' endpoints, the clock, and what it remembers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from ledger.requests import Store
from ledger.topology import Topology


class Clock(Protocol):
    """Time, so that tests can do without waiting for it."""

    def now(self) -> datetime:
        """The time of day, UTC."""

    def monotonic(self) -> float:
        """Seconds since some moment, for measuring."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Currencies(Protocol):
    """Currency by account id: a bounded cache. An account's currency never changes."""

    def get(self, account_id: str, /) -> str | None:
        """The currency, if it is known."""

    def __setitem__(self, account_id: str, currency: str, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Ledger:
    """What every service of the ledger is given first."""

    here: str
    topology: Topology
    stores: Mapping[str, Store]
    clock: Clock
    currencies: Currencies
    new_id: Callable[[], str]

    @property
    def local(self) -> Store:
        """The tables at this region's own endpoint."""
        return self.stores[self.here]

    @property
    def home(self) -> Store:
        """The tables at the home region's endpoint."""
        return self.stores[self.topology.home]

    @property
    def others(self) -> tuple[str, ...]:
        """The other regions."""
        return self.topology.others(self.here)

    def key(self, account_id: str) -> str:
        """Key of the account's share that this region writes."""
        return self.topology.share_key(account_id, self.here)

    def now(self) -> str:
        """The time of day as it is written: UTC, ISO 8601, microseconds."""
        return timestamp(self.clock.now())


def timestamp(moment: datetime) -> str:
    """``moment`` in UTC as ISO 8601 with microseconds: of equal length, so that texts sort as times do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
