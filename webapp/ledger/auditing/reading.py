"""Reading whole tables: several segments at a time, and saying how far it is."""

import queue
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from ledger.context import Ledger
from ledger.entries import JOURNAL
from ledger.requests import Contended, Item, Unreachable
from ledger.writes import ACCOUNTS

PAGES_AHEAD = 2  # pages per worker that may wait to be worked on


class Unreadable(Exception):
    """A region's table could not be read to the end."""

    def __init__(self, region: str, why: str) -> None:
        super().__init__(f"{region}: {why}")
        self.region = region


class Progress(Protocol):
    """Told again and again how far it is."""

    def __call__(self, phase: str, done: int, total: int, items: int) -> None: ...


def silent(phase: str, done: int, total: int, items: int) -> None:
    """A ``Progress`` that nobody sees."""


@contextmanager
def readable(region: str) -> Iterator[None]:
    """Turn what a region's store raises into ``Unreadable``."""
    try:
        yield
    except (Contended, Unreachable) as error:
        raise Unreadable(region, f"{type(error).__name__} {error}".strip()) from error


@dataclass(frozen=True, slots=True)
class _Job:
    region: str
    table: str
    segment: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of one region's table."""

    region: str
    table: str
    items: Sequence[Item]


def read_all(
    ledger: Ledger, segments: int, workers: int, progress: Progress, tables: Sequence[str] = (JOURNAL, ACCOUNTS)
) -> Generator[Page, None, None]:
    """All pages of the journal and then of the accounts of all regions. Raises ``Unreadable``."""
    regions = ledger.topology.regions
    for region in regions:  # a region that is away is known in a second; a page that is late has more time
        with readable(region):
            ledger.stores[region].ping()
    jobs = [_Job(region, table, segment) for table in tables for segment in range(segments) for region in regions]
    items = done = 0
    for found in (
        _one_by_one(ledger, jobs, segments) if workers <= 1 else _side_by_side(ledger, jobs, segments, workers)
    ):
        if found is None:
            done += 1
        else:
            items += len(found.items)
            yield found
        progress("reading", done, len(jobs), items)


def _pages(ledger: Ledger, job: _Job, segments: int) -> Iterator[Page]:
    with readable(job.region):
        for page in ledger.stores[job.region].scan(job.table, job.segment, segments):
            yield Page(job.region, job.table, page)


def _one_by_one(ledger: Ledger, jobs: Sequence[_Job], segments: int) -> Iterator[Page | None]:
    """The pages of all jobs, and ``None`` after each job."""
    for job in jobs:
        yield from _pages(ledger, job, segments)
        yield None


def _side_by_side(ledger: Ledger, jobs: Sequence[_Job], segments: int, workers: int) -> Iterator[Page | None]:
    """The same by several threads."""
    waiting = deque(jobs)
    found: queue.Queue[Page | Exception | None] = queue.Queue(PAGES_AHEAD * workers)
    stop = threading.Event()

    def work() -> None:
        try:
            while not stop.is_set():
                try:
                    job = waiting.popleft()
                except IndexError:
                    return
                for page in _pages(ledger, job, segments):
                    found.put(page)
                    if stop.is_set():
                        return
                found.put(None)
        except Exception as error:  # noqa: BLE001  raised again by the one who reads
            found.put(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    try:
        for _ in jobs:
            while (page := found.get()) is not None:
                if isinstance(page, Exception):
                    raise page
                yield page
            yield None
    finally:
        stop.set()
        while any(thread.is_alive() for thread in threads):
            try:
                found.get(timeout=0.05)
            except queue.Empty:
                continue
