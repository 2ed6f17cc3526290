"""How long money has been on the way between regions, as far as successive sweeps can tell.

A grant has no time of its own, so what counts is since when every sweep has found some money of the account on the way,
be it the same or another grant's; a new process begins to count anew.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from figures import table
from figures.table import Observation

BOUNDS = (("under 2 minutes", 120.0), ("2 minutes to 1 hour", 3600.0), ("over 1 hour", float("inf")))
"""Names of ages, and the seconds below which they are used. What two sweeps on AWS have seen is five minutes old."""


class Ages:
    """What the sweeps of this process have found."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._currencies: set[str] = set()

    def look(self, on_the_way: Mapping[str, tuple[str, Decimal]], now: float) -> Iterator[list[Observation]]:
        """Take a sweep's (currency, amount) by account, at ``now`` in seconds. Yields the figures of one line each.

        What was on the way at the sweep before and is not any more is said once more, as zero.
        """
        self._since = {account: min(self._since.get(account, now), now) for account in on_the_way}
        sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for account, (currency, amount) in on_the_way.items():
            sums[currency, _called(now - self._since[account])] += amount
        present = {currency for currency, _ in on_the_way.values()}
        for currency in sorted(present | self._currencies):
            for age, _ in BOUNDS:
                # A double, as every metric is in any case.
                yield [Observation(table.ON_THE_WAY, [float(sums[currency, age])], (currency, age))]
        if present or self._currencies:
            oldest = max((now - since for since in self._since.values()), default=0.0)
            yield [Observation(table.OLDEST_ON_THE_WAY, [round(oldest, 3)])]
        self._currencies = present


def _called(age: float) -> str:
    return next(name for name, bound in BOUNDS if age < bound)
