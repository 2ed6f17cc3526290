"""A quiet ledger with a history, its audit, and time in which the ledger goes on working."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from ledger.auditing.options import Options
from ledger.auditing.report import Report
from ledger.auditing.run import audit
from tests.support.cloud import AP, EU, Cloud, SetClock

D = Decimal
QUICK = Options(segments=3, workers=1, rate=0, parts=3)


def history(cloud: Cloud) -> Cloud:
    """Accounts in two currencies with money in every region, a duplicate that was undone, grants in all directions."""
    away = cloud.names[-1]
    cloud.create("cloud", 1000)
    cloud.create("it", 10, region=away)
    cloud.create("shop", 5000, currency="KRW")
    cloud.create("kiosk", 0, currency="KRW")
    cloud.settle()
    for region in cloud.names:
        cloud.pay(region, "cloud", "it", "12.50")
        cloud.pay(region, "shop", "kiosk", 7)
        cloud.pay(region, "cloud", "it", 20, key="twice")
    cloud.settle()
    cloud.pay(away, "cloud", "it", 300)
    cloud.settle()
    return cloud


class Passing(SetClock):
    """A clock by which something happens whenever the auditor sleeps."""

    def __init__(self, clock: SetClock, happens: Callable[[], object]) -> None:
        super().__init__()
        self.seconds = clock.seconds
        self._happens = happens

    def sleep(self, seconds: float) -> None:
        """See ``Clock``."""
        super().sleep(seconds)
        self._happens()


def audited(cloud: Cloud, region: str = AP, meanwhile: Callable[[], object] = lambda: None) -> Report:
    """An audit by a program in ``region``, with something happening in every pause."""
    ledger = replace(cloud.program(region), clock=Passing(cloud.clock, meanwhile))
    return audit(ledger, QUICK)


def later(cloud: Cloud) -> None:
    """Let ten minutes pass, so that what was read is old."""
    cloud.clock.seconds += 600


__all__ = ["AP", "EU", "QUICK", "D", "audited", "history", "later"]
