"""The figures of apps and resolvers under torture, read by Prometheus's own parser and held against the books.

What must hold of each region, once nothing is on the way, and why:

answers 200 that were no replay ≤ payments counted as posted: a payment is counted before it is answered.
Payments counted as posted ≤ the region's transfers in the journal: it is written before it is counted.
Transfers in the journal ≤ counted + not known. Left uncounted is only what a process had written when it died, or what
was written though nobody knew: its client got no answer, or 503 ``busy``, or a replay of a key never sent before.
Answers of each status ≤ requests counted with it ≤ answers + requests without an answer.
The region's incidents in the journal ≤ counted: each record is delivered at least once, and counted before it is done.

The files of a killed process stay, so no counter ever goes back, whatever is killed.
"""

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families

from figures import table
from figures.table import Figure
from sandbox.config import HOST
from sandbox.testing import Sandbox
from tests.support.books import Books
from tests.system.traffic import Answer

EVERY = 1.0  # seconds between two looks
TIMEOUT = 5.0  # seconds for one of them
LAST = 60.0  # seconds within which every exporter must answer at the end
CUMULATIVE = ("_total", "_count", "_sum", "_bucket")

type Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Scraper:
    """Reads every exporter again and again, as Prometheus does. One that is being started again is tried later."""

    def __init__(self, sandbox: Sandbox) -> None:
        settings = sandbox.settings
        self._urls = {
            (kind, region): f"http://{HOST}:{settings.metrics_port(kind, region)}/metrics"
            for kind in ("app", "resolver")
            for region in settings.regions
        }
        self.newest: dict[tuple[str, str], Samples] = {place: {} for place in self._urls}
        self.looks: Counter[str] = Counter()
        self.problems: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, with a last look at everything, which must succeed."""
        self._stop.set()
        self._thread.join()
        deadline = time.monotonic() + LAST
        left = set(self._urls)
        while left and time.monotonic() < deadline:
            left = {place for place in left if not self._look(place)}
            time.sleep(0.2 if left else 0)
        self.problems += [f"the figures of the {kind} in {region} cannot be read" for kind, region in sorted(left)]

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            for place in self._urls:
                self._look(place)

    def _look(self, place: tuple[str, str]) -> bool:
        try:
            answer = requests.get(self._urls[place], timeout=TIMEOUT)
        except requests.RequestException:
            self.looks["no answer"] += 1
            return False
        if answer.status_code != requests.codes.ok:
            self.problems.append(f"{place}: the exporter answered {answer.status_code}")
            return False
        found = read(answer.text)
        for key, before in self.newest[place].items():
            if key[0].endswith(CUMULATIVE) and found.get(key, 0.0) < before:
                self.problems.append(f"{place}: {key} went back from {before:g} to {found.get(key)}")
        self.newest[place] = found
        self.looks["read"] += 1
        return True

    def sum(self, kind: str, region: str, figure: Figure, **labels: str) -> int:
        """What a figure has counted: all samples that have these labels."""
        name = figure.prometheus + ("_count" if figure.kind == "histogram" else "_total")
        wanted = labels.items()
        found = [
            value
            for (name_of_sample, labels_of_sample), value in self.newest[kind, region].items()
            if name_of_sample == name and wanted <= dict(labels_of_sample).items()
        ]
        return round(sum(found))


def read(text: str) -> Samples:
    """Samples by name and labels. Raises ``ValueError`` for what is not the format."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def disagreements(scraper: Scraper, books: Books, answers: Sequence[Answer], audited: Mapping[str, Any]) -> list[str]:
    """What of the above does not hold. ``audited``: what ``manage.py audit --json`` has counted."""
    found = list(scraper.problems)
    regions = list(books.tables)
    transfers = Counter(str(entry["region"]) for entry in books.entries("transfer"))
    incidents = Counter(str(entry["region"]).partition("~")[0] for entry in books.entries("incident"))
    for region in regions:
        of_region = [answer for answer in answers if answer.region == region]
        posted = scraper.sum("app", region, table.TRANSFERS, outcome="posted")
        acknowledged = sum(answer.status == 200 and not answer.replayed for answer in of_region)
        unknown = sum(_is_unknown(answer) for answer in of_region)
        found += _in_order(
            f"payments in {region}",
            {
                "acknowledged": acknowledged,
                "counted as posted": posted,
                "in the journal": transfers[region],
                "counted or not known": posted + unknown,
            },
        )
        statuses = Counter(answer.status for answer in of_region)
        for status in sorted(statuses.keys() - {0}):
            counted = scraper.sum("app", region, table.REQUESTS, route="transfer", status=str(status))
            most = statuses[status] + statuses[0]
            what = f"payments in {region} with status {status}"
            found += _in_order(
                what, {"answered": statuses[status], "counted": counted, "answered or without an answer": most}
            )
        counted = scraper.sum("resolver", region, table.INCIDENTS)
        found += _in_order(f"incidents in {region}", {"in the journal": incidents[region], "counted": counted})
    in_all = {
        "counted as posted": sum(scraper.sum("app", region, table.TRANSFERS, outcome="posted") for region in regions),
        "executions by the audit": audited["transfers"],
    }
    found += _in_order("payments", in_all)
    counted = sum(scraper.sum("resolver", region, table.INCIDENTS) for region in regions)
    return found + _in_order("incidents", {"by the audit": audited["incidents"]["count"], "counted": counted})


def _is_unknown(answer: Answer) -> bool:
    """Whether the answer leaves open if the payment was executed by this request."""
    busy = answer.status == 503 and '"busy"' in answer.detail
    return answer.status == 0 or busy or (answer.replayed and answer.kind != "repeated")


def _in_order(what: str, numbers: Mapping[str, int]) -> list[str]:
    if list(numbers.values()) == sorted(numbers.values()):
        return []
    told = ", ".join(f"{number} {name}" for name, number in numbers.items())
    return [f"figures: {what}: each of these must be at most the next: {told}"]


def lines(scraper: Scraper, books: Books) -> list[str]:
    """What to say of them."""
    kinds = {"app": (table.TRANSFERS, table.GRANTS), "resolver": (table.SETTLED, table.INCIDENTS)}

    def total(kind: str, figure: Figure, **labels: str) -> int:
        return sum(scraper.sum(kind, region, figure, **labels) for region in books.tables)

    looks = f"{scraper.looks['read']} times read, {scraper.looks['no answer']} times no answer"
    posted = total("app", table.TRANSFERS, outcome="posted")
    journal = len(books.entries("transfer"))
    counts = [f"{total(kind, figure)} {figure.name}" for kind, some in kinds.items() for figure in some]
    return [
        f"figures             {looks}: {', '.join(counts)}",
        f"posted              {posted} counted, {journal} in the journal, "
        f"{total('app', table.STORE_DURATION)} requests to tables here, "
        f"{total('app', table.REMOTE_STORE_DURATION)} elsewhere, {total('app', table.STORE_FAILURES)} failed",
    ]
