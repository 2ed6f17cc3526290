"""The ledger of a process, made from its environment: the same for the application and the Lambda."""

import random
import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cachetools import LRUCache

from ledger.breaker import Breaker
from ledger.context import Clock, Ledger
from ledger.dynamodb import DynamoStore
from ledger.requests import Store
from ledger.retry import Patient
from ledger.topology import Topology

REMEMBERED_CURRENCIES = 100_000  # accounts; about 15 MB
REMOTE_READ_TIMEOUT = 2.0  # seconds for another region's endpoint
SCAN_READ_TIMEOUT = 5.0  # seconds, for who reads whole tables
SCAN_ATTEMPTS = 4  # of each page

# Host and port, and nothing that two readers of URLs could read differently: no user, no path, no backslash.
_ENDPOINT = re.compile(r"https?://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?/?", re.ASCII)


class ConfigurationError(Exception):
    """The environment does not describe a ledger. The message names the variable."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the environment says: this region, all regions (home first), endpoints other than AWS's own."""

    region: str
    regions: tuple[str, ...]
    endpoints: Mapping[str, str]

    @property
    def only_loopback(self) -> bool:
        """Whether every region's endpoint is on this machine, so that no real table can be meant."""
        return all(_is_loopback(self.endpoints.get(region, "")) for region in self.regions)


def read_environment(environ: Mapping[str, str]) -> Configuration:
    """Read ``LEDGER_REGION``, ``LEDGER_REGIONS`` and ``LEDGER_ENDPOINTS``. Raises ``ConfigurationError``.

    ``LEDGER_ENDPOINTS`` (region=url, comma-separated) may be missing: then AWS's own endpoints are used.
    """
    regions = tuple(part.strip() for part in environ.get("LEDGER_REGIONS", "").split(",") if part.strip())
    region = environ.get("LEDGER_REGION", "")
    if not regions or len(set(regions)) != len(regions):
        raise ConfigurationError("LEDGER_REGIONS must list all regions, the home region first, separated by commas.")
    if region not in regions:
        raise ConfigurationError(f"LEDGER_REGION is {region!r}; it must be one of LEDGER_REGIONS.")
    endpoints: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in environ.get("LEDGER_ENDPOINTS", "").split(","))):
        name, _, url = pair.partition("=")
        if name not in regions or _ENDPOINT.fullmatch(url) is None:
            raise ConfigurationError(f"LEDGER_ENDPOINTS has {pair!r}; each part must be region=http(s)://host:port.")
        endpoints[name] = url
    return Configuration(region, regions, endpoints)


def _is_loopback(url: str) -> bool:
    match = _ENDPOINT.fullmatch(url)
    return match is not None and match["host"] in ("127.0.0.1", "localhost", "[::1]")


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """See ``Clock``."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See ``Clock``."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """See ``Clock``."""
        time.sleep(seconds)


class Remembered:
    """``Currencies``, bounded and safe for threads."""

    def __init__(self, size: int = REMEMBERED_CURRENCIES) -> None:
        self._cache: LRUCache[str, str] = LRUCache(size)
        self._lock = threading.Lock()

    def get(self, account_id: str, /) -> str | None:
        """See ``Currencies``."""
        with self._lock:
            return self._cache.get(account_id)

    def __setitem__(self, account_id: str, currency: str, /) -> None:
        with self._lock:
            self._cache[account_id] = currency


def connect(configuration: Configuration) -> Ledger:
    """The ledger of this process, with one store per region. Sends nothing yet."""
    clock = SystemClock()
    stores: dict[str, Store] = {}
    for region in configuration.regions:
        url, is_here = configuration.endpoints.get(region), region == configuration.region
        store = DynamoStore(region, url) if is_here else DynamoStore(region, url, read_timeout=REMOTE_READ_TIMEOUT)
        stores[region] = guarded(store, clock, is_here=is_here)
    return _ledger(configuration, stores, clock)


def guarded(
    store: Store, clock: Clock, *, is_here: bool, uniform: Callable[[float, float], float] = random.uniform
) -> Store:
    """A region's endpoint as the ledger calls it: with patience, and not again and again while another is away."""
    patient = Patient(store, clock, uniform)
    return patient if is_here else Breaker(patient, clock)


def connect_for_reading(configuration: Configuration) -> Ledger:
    """The same for reading whole tables: one page that is throttled or late must not end a scan of an hour."""
    clock = SystemClock()
    stores: dict[str, Store] = {}
    for region in configuration.regions:
        url = configuration.endpoints.get(region)
        store = DynamoStore(region, url, read_timeout=SCAN_READ_TIMEOUT, attempts=SCAN_ATTEMPTS)
        stores[region] = Patient(store, clock)
    return _ledger(configuration, stores, clock)


def _ledger(configuration: Configuration, stores: Mapping[str, Store], clock: Clock) -> Ledger:
    return Ledger(
        here=configuration.region,
        topology=Topology(configuration.regions),
        stores=stores,
        clock=clock,
        currencies=Remembered(),
        new_id=lambda: str(uuid.uuid4()),
    )
