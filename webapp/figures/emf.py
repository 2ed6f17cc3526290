"""Figures in a log line, for CloudWatch: the embedded metric format.

CloudWatch Logs takes metrics out of every line that is a JSON object with a member ``_aws``, so nothing is called while
a request is answered, and no right but to write logs is needed. CloudWatch User Guide, "Specification: Embedded metric
format". A library for it (aws-embedded-metrics) brings aiohttp and sends by a socket of its own; this is all of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from figures.table import FIGURES, NAMESPACE, Observation

METADATA = "_aws"
MOST_VALUES = 100  # of one figure in a line


def members(found: Iterable[Observation], now: float) -> dict[str, Any]:
    """What to add to a line's JSON object, at its top. ``now``: seconds since the epoch.

    A line can say each figure and each dimension once. Values beyond the ``MOST_VALUES`` first are not sent.
    """
    values: dict[str, Any] = {}
    metrics: dict[tuple[tuple[str, ...], ...], list[dict[str, str]]] = {}
    for figure, seen, dimensions in found:
        if not seen:
            continue
        values[figure.name] = list(seen[:MOST_VALUES]) if len(seen) > 1 else seen[0]
        values |= zip(figure.dimensions, dimensions, strict=True)
        metrics.setdefault(figure.sets, []).append({"Name": figure.name, "Unit": figure.unit})
    if not values:
        return {}
    directives = [
        {"Namespace": NAMESPACE, "Dimensions": [list(names) for names in sets], "Metrics": defined}
        for sets, defined in metrics.items()
    ]
    return {METADATA: {"Timestamp": int(now * 1000), "CloudWatchMetrics": directives}, **values}


def observed(line: Mapping[str, Any]) -> Iterator[Observation]:
    """The observations that ``members`` has put into ``line``."""
    if METADATA not in line:
        return
    for figure in FIGURES:
        if figure.name in line:
            seen = line[figure.name]
            dimensions = tuple(line[name] for name in figure.dimensions)
            yield Observation(figure, seen if isinstance(seen, list) else [seen], dimensions)
