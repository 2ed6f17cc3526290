"""Refused payments, as the applications' own figures count them: whoever has asked."""

import urllib.request
from collections import Counter
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from figures.table import TRANSFERS
from sandbox.config import HOST

TIMEOUT = 1.0  # seconds
EXECUTED = ("posted", "replayed")


class Refusals:
    """Of all regions, since their applications were started first. ``ports``: of each region's figures."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self._ports = ports
        self._last: dict[str, Counter[str]] = {region: Counter() for region in ports}

    def look(self, region: str) -> Counter[str]:
        """How many, by code. While the application does not answer: what it said last."""
        try:
            url = f"http://{HOST}:{self._ports[region]}/metrics"  # of this machine
            with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:  # nosec B310
                told = answer.read().decode()
        except OSError:
            return self._last[region]
        self._last[region] = Counter(
            {
                sample.labels["outcome"]: int(sample.value)
                for family in text_string_to_metric_families(told)
                for sample in family.samples
                if sample.name == f"{TRANSFERS.prometheus}_total" and sample.labels["outcome"] not in EXECUTED
            }
        )
        return self._last[region]
