"""Counts what log lines say."""

import logging
from collections.abc import Sequence

from prometheus_client import Counter, Gauge, Histogram

from figures import emf
from figures.table import Figure

type Metric = Counter | Gauge | Histogram


class Prometheus(logging.Handler):
    """Takes the figures out of each line that is logged. So both sides count the same, whatever is written.

    ``figures``: those that the program has; each is 0 from the start, if it has no labels.
    """

    def __init__(self, figures: Sequence[Figure]) -> None:
        super().__init__()
        self._metrics = {figure.name: _metric(figure) for figure in figures}

    def emit(self, record: logging.LogRecord) -> None:
        """See ``logging.Handler``. No I/O but to a mapped file."""
        for figure, values, dimensions in emf.observed(vars(record)):
            metric = self._metrics[figure.name]
            if dimensions:
                metric = metric.labels(*dimensions)
            for value in values:
                _count(metric, value)


def _metric(figure: Figure) -> Metric:
    # No registry of this process: the exporter reads the files of all processes.
    match figure.kind:
        case "counter":
            return Counter(figure.prometheus, figure.meaning, figure.labels, registry=None)
        case "gauge":
            # That of the process that has written last.
            return Gauge(
                figure.prometheus, figure.meaning, figure.labels, registry=None, multiprocess_mode="mostrecent"
            )
        case "histogram":
            return Histogram(figure.prometheus, figure.meaning, figure.labels, registry=None, buckets=figure.buckets)


def _count(metric: Metric, value: float) -> None:
    match metric:
        case Counter():
            metric.inc(value)
        case Gauge():
            metric.set(value)
        case Histogram():
            metric.observe(value)
