"""All figures, each once: Prometheus and CloudWatch take name, unit, meaning and labels from here.

The stacks' alarms and dashboard use these names and no others; ``tests/unit/cloudformation/test_figures.py`` compares.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

NAMESPACE = "AccountLedger"

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
_SLOW = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)  # seconds


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``name`` is CloudWatch's; ``unit`` one of CloudWatch's units; ``buckets`` in that unit.

    Each value of a dimension is a metric that CloudWatch is paid for, and each combination of values another one:
    ``apart`` gives CloudWatch the dimensions one by one. Prometheus has the combinations in any case.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    unit: Literal["Count", "Seconds", "None"]
    meaning: str
    dimensions: tuple[str, ...] = ()
    apart: bool = False
    buckets: tuple[float, ...] = ()

    @property
    def sets(self) -> tuple[tuple[str, ...], ...]:
        """The sets of dimensions under which CloudWatch keeps it."""
        return tuple((name,) for name in self.dimensions) if self.apart else (self.dimensions,)

    @property
    def labels(self) -> tuple[str, ...]:
        """The dimensions as Prometheus calls them."""
        return tuple(name.lower() for name in self.dimensions)

    @property
    def prometheus(self) -> str:
        """The name in Prometheus; what is counted gets ``_total`` behind it there."""
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", NAMESPACE + self.name).lower()
        return f"{words}_seconds" if self.unit == "Seconds" else words


class Observation(NamedTuple):
    """What was seen of a figure: ``values`` one by one, ``dimensions`` in the order of the figure's."""

    figure: Figure
    values: Sequence[float]
    dimensions: tuple[str, ...] = ()


REQUESTS = Figure(
    "Requests", "counter", "Count", "Requests that were answered, by route and status.", ("Route", "Status"), apart=True
)
TRANSFERS = Figure(
    "Transfers", "counter", "Count",
    "Payments by what became of them: posted, replayed, or the code of the refusal.", ("Outcome",),
)  # fmt: skip
TRANSFER_DURATION = Figure("TransferDuration", "histogram", "Seconds", "Time to answer a payment.", buckets=_QUICK)
STORE_DURATION = Figure(
    "StoreDuration", "histogram", "Seconds",
    "Requests to the tables of the own region that were answered: how many, and how long each took.", buckets=_QUICK,
)  # fmt: skip
REMOTE_STORE_DURATION = Figure(
    "RemoteStoreDuration", "histogram", "Seconds", "The same of other regions' tables.", buckets=_QUICK
)
STORE_FAILURES = Figure(
    "StoreFailures", "counter", "Count", "Requests to the tables that were throttled, contended or not answered."
)
GRANTS = Figure(
    "Grants", "counter", "Count", "Grants that another region has made to a payment: each crossed the ocean."
)
RESOLVER_LAG = Figure(
    "ResolverLag", "histogram", "Seconds",
    "Age of the oldest record of a batch when the resolver begins with it.", buckets=_SLOW,
)  # fmt: skip
SETTLED = Figure("SettledByStreams", "counter", "Count", "Things done because a record of a stream asked for it.")
INCIDENTS = Figure("Incidents", "counter", "Count", "Incidents that this region has found.")
MENDED = Figure("MendedBySweep", "counter", "Count", "Things that a sweep had to mend.")
LEFT = Figure("LeftBySweep", "counter", "Count", "Things that a sweep could not mend and left for the next.")
ON_THE_WAY = Figure(
    "MoneyOnTheWay", "gauge", "None",
    "Money that one region has granted and another not accepted yet, in major units.", ("Currency", "Age"),
)  # fmt: skip
OLDEST_ON_THE_WAY = Figure(
    "OldestOnTheWay", "gauge", "Seconds", "For how long every sweep has found some money of one account on the way."
)

OF_THE_APP = (
    REQUESTS, TRANSFERS, TRANSFER_DURATION, STORE_DURATION, REMOTE_STORE_DURATION, STORE_FAILURES, GRANTS,
)  # fmt: skip
OF_THE_RESOLVER = (RESOLVER_LAG, SETTLED, INCIDENTS, MENDED, LEFT, ON_THE_WAY, OLDEST_ON_THE_WAY)
FIGURES = (*OF_THE_APP, *OF_THE_RESOLVER)
