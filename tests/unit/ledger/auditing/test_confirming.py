"""Money is called missing only if the journal itself says so: no index, and no time that an entry bears."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ledger.auditing.findings import Severity
from ledger.auditing.report import Report, Verdict
from ledger.entries import JOURNAL
from ledger.writes import ACCOUNTS
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud, SetClock
from tests.unit.ledger.auditing.books import audited, history, later
from tests.unit.ledger.auditing.test_corruptions import both_balances

HELD_UP = timedelta(minutes=10)


class Behind(SetClock):
    """The clock of a payment that was held up: it began at a time that is long past."""

    def __init__(self, clock: SetClock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> datetime:
        """See ``Clock``."""
        return self._clock.now() - HELD_UP


@contextmanager
def held_up(cloud: Cloud, region: str) -> Iterator[None]:
    """Payments of a region inside the block are written now, and began long ago."""
    usual = cloud.ledgers[region]
    cloud.ledgers[region] = replace(usual, clock=Behind(cloud.clock))
    yield
    cloud.ledgers[region] = usual


def lag(cloud: Cloud, changes: int) -> None:
    """Keep the last ``changes`` of each region's journal out of its indexes."""
    for region in cloud.world.regions.values():
        region.tables[JOURNAL].index_lag = changes


def kinds(report: Report) -> set[str]:
    return {finding.kind for finding in report.findings}


@pytest.mark.parametrize("changes", [2, 1000])
def test_an_index_that_lags_for_as_long_as_the_audit_takes_is_no_alarm(cloud: Cloud, changes: int) -> None:
    history(cloud)
    later(cloud)
    cloud.pay(AP, "cloud", "it", 1)
    cloud.pay(EU, "cloud", "it", 2)
    cloud.settle()
    lag(cloud, changes)
    report = audited(cloud)
    assert (report.verdict, report.findings) == (Verdict.RIGHT, [])
    assert report.currencies["USD"].difference == 0


def test_an_account_below_zero_is_no_alarm_while_the_index_of_incidents_lags(cloud: Cloud) -> None:
    history(cloud)
    row = cloud.row("cloud")
    assert row is not None
    cloud.hand(AP, "cloud", balance=row["balance"] + 900, ledger_balance=row["ledger_balance"] + 900)
    cloud.pay(AP, "cloud", "it", row["balance"] + 900)
    cloud.settle()
    lag(cloud, 1000)
    report = audited(cloud)
    assert (report.verdict, kinds(report)) == (Verdict.RIGHT, {"overdrawn"}), report.findings


def test_a_loss_is_found_while_the_indexes_lag(cloud: Cloud) -> None:
    history(cloud)
    later(cloud)
    cloud.pay(AP, "shop", "kiosk", 1)
    cloud.settle()
    both_balances("cloud", "-5")(cloud)
    lag(cloud, 1000)
    report = audited(cloud)
    assert [(finding.kind, finding.subject) for finding in report.of(Severity.WRONG)] == [("balance", "cloud")]
    assert report.of(Severity.MOVING) == []


def test_a_payment_that_was_held_up_and_comes_during_the_audit_is_no_alarm(cloud: Cloud) -> None:
    history(cloud)
    later(cloud)

    def fault(call: Call, done: bool) -> None:
        """Pay when the journal has been read, and the accounts have not."""
        if call.method == "scan" and call.arguments[0] == ACCOUNTS:
            cloud.fault = None
            with held_up(cloud, AP):
                cloud.pay(AP, "cloud", "it", 3)
            cloud.deliver()

    cloud.fault = fault
    report = audited(cloud)
    assert cloud.fault is None
    assert (report.verdict, report.findings) == (Verdict.RIGHT, [])


def test_a_copy_that_is_behind_a_payment_that_was_held_up_is_no_alarm(cloud: Cloud) -> None:
    history(cloud)
    cloud.pay(AP, "cloud", "it", 1)
    cloud.settle()
    with held_up(cloud, AP):
        cloud.pay(AP, "cloud", "it", 3)
    report = audited(cloud)
    assert (report.verdict, kinds(report)) == (Verdict.NOT_SETTLED, {"replica-behind"})


def test_a_loss_of_an_account_that_is_paid_from_whenever_the_journal_is_read_is_not_certain(cloud: Cloud) -> None:
    history(cloud)
    later(cloud)
    both_balances("cloud", "-5")(cloud)

    def fault(call: Call, done: bool) -> None:
        if done and call.method == "scan" and call.arguments[0] == JOURNAL:
            cloud.fault = None
            cloud.pay(AP, "cloud", "it", "0.01")
            cloud.deliver()
            cloud.fault = fault

    cloud.fault = fault
    report = audited(cloud)
    cloud.fault = None
    assert (report.verdict, kinds(report)) == (Verdict.NOT_SETTLED, {"unconfirmed"})
    assert "5.00 USD too little; not certain" in report.findings[0].text
    assert audited(cloud).verdict is Verdict.WRONG  # at a quieter time


def test_the_journal_is_read_once_more_for_all_accounts_that_look_wrong(cloud: Cloud) -> None:
    history(cloud)
    later(cloud)
    with cloud.counted() as calls:
        audited(cloud)
    once = sum(call.method == "scan" and call.arguments[0] == JOURNAL for call in calls)
    for name in ("cloud", "it", "shop", "kiosk"):
        both_balances(name, "-5")(cloud)
    with cloud.counted() as calls:
        report = audited(cloud)
    assert {finding.subject for finding in report.of(Severity.WRONG)} == {"cloud", "it", "shop", "kiosk"}
    assert sum(call.method == "scan" and call.arguments[0] == JOURNAL for call in calls) == 2 * once
