"""Audits of a ledger that is at rest, that pays, that is cut off, and of one that has been mended."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.adopting import OBJECTIONS, Objection, report_unknown
from ledger.auditing.findings import Severity
from ledger.auditing.options import Options
from ledger.auditing.report import EXIT_STATUS, Report, Totals, Verdict
from ledger.auditing.run import audit
from ledger.entries import JOURNAL
from ledger.requests import Contended, Malformed, Unreachable
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud
from tests.unit.ledger.auditing.books import QUICK, Passing, audited, history, later

D = Decimal


def kinds(report: Report) -> set[str]:
    return {finding.kind for finding in report.findings}


def test_books_at_rest_are_right_to_the_cent(any_cloud: Cloud) -> None:
    history(any_cloud)
    for region in any_cloud.names:
        report = audited(any_cloud, region)
        assert (report.verdict, report.findings) == (Verdict.RIGHT, [])
        dollars, won = report.currencies["USD"], report.currencies["KRW"]
        assert dollars == Totals(2, dollars.shares, balances=D(1010), openings=D(1010))
        assert won == Totals(2, won.shares, balances=D(5000), openings=D(5000))
        entries = any_cloud.entries("transfer")
        assert report.transfers == len(entries)
        assert report.undone == len(any_cloud.entries("void"))


def test_the_audit_writes_nothing(cloud: Cloud) -> None:
    history(cloud)
    cloud.pay(AP, "cloud", "it", 1)
    cloud.hand(AP, "cloud", balance=D(1))
    with cloud.counted() as calls:
        audited(cloud)
    assert {call.method for call in calls} == {"ping", "scan", "get", "query"}


def test_old_books_that_are_right_are_read_once(cloud: Cloud) -> None:
    history(cloud)
    later(cloud)
    with cloud.counted() as calls:
        audited(cloud)
    assert {call.method for call in calls} == {"ping", "scan"}


def test_empty_tables_are_right(cloud: Cloud) -> None:
    assert audited(cloud).line.startswith("RIGHT: 0 accounts")


def test_everything_that_is_read_in_one_or_in_many_segments_by_many_threads_is_the_same(cloud: Cloud) -> None:
    history(cloud)
    later(cloud)
    whole = audit(cloud.program(AP), Options(segments=1, workers=1))
    parts = audit(cloud.program(AP), Options(segments=7, workers=5))
    assert (whole.rows, whole.currencies) == (parts.rows, parts.currencies)
    assert parts.verdict is Verdict.RIGHT


def test_each_account_is_told(cloud: Cloud) -> None:
    history(cloud)
    told = {}
    audit(cloud.program(AP), QUICK, each=lambda figures: told.update({figures.account_id: figures}))
    assert sorted(told) == ["cloud", "it", "kiosk", "shop"]
    assert told["cloud"].balance + told["it"].balance == 1010
    assert (told["shop"].opening, told["shop"].shares, told["shop"].currency) == (D(5000), 2, "KRW")


def test_payments_during_the_audit_are_no_alarm(cloud: Cloud) -> None:
    history(cloud)

    def meanwhile() -> None:
        cloud.pay(AP, "cloud", "it", 1)
        cloud.pay(EU, "it", "cloud", 2)
        cloud.deliver()
        for region in cloud.names:
            cloud.handle(region)

    meanwhile()
    assert audited(cloud, AP, meanwhile).of(Severity.WRONG) == []
    assert audited(cloud, EU, meanwhile).of(Severity.WRONG) == []


@pytest.mark.parametrize("every", [1, 3, 7])
@pytest.mark.parametrize("aged", [False, True])
def test_payments_between_any_two_requests_of_the_audit_are_no_alarm(cloud: Cloud, every: int, aged: bool) -> None:
    history(cloud)
    if aged:
        later(cloud)
    requests, pays = 0, True

    def fault(call: Call, done: bool) -> None:
        nonlocal requests, pays
        if done or not pays:
            return
        requests += 1
        if requests % every == 0 and requests < 300:
            pays = False  # what the payments ask is no request of the audit
            for region in cloud.names:
                cloud.pay(region, "cloud", "it", 1, key=f"k{requests}")
            cloud.pay(EU, "it", "cloud", 1)
            cloud.deliver(*(cloud.names if requests % 2 else ()))
            pays = True

    def pause() -> None:
        nonlocal pays
        pays = False
        cloud.settle()
        pays = True

    auditor = replace(cloud.program(AP), clock=Passing(cloud.clock, pause))
    cloud.fault = fault
    report = audit(auditor, QUICK)
    assert report.of(Severity.WRONG) == []
    cloud.fault = None
    cloud.settle()
    assert audited(cloud).verdict is Verdict.RIGHT


def test_what_arrives_while_the_audit_waits_is_settled(cloud: Cloud) -> None:
    history(cloud)
    cloud.pay(EU, "it", "cloud", 5)
    cloud.create("late", 7, region=EU)
    assert audited(cloud, AP, cloud.settle).verdict is Verdict.RIGHT


def test_while_the_link_is_cut_it_says_wait_and_since_when(cloud: Cloud) -> None:
    history(cloud)
    now = cloud.ledgers[AP].now()
    cloud.pay(EU, "it", "cloud", 5)
    report = audited(cloud)  # nothing arrives: only calls get through
    assert report.verdict is Verdict.NOT_SETTLED
    assert report.line.startswith("NOT SETTLED YET: wait and run it again")
    assert kinds(report) == {"replica-behind"}
    assert all(finding.since >= now for finding in report.findings)
    assert report.currencies["USD"].difference == 0


def test_a_duplicate_is_not_settled_before_both_executions_have_met(cloud: Cloud) -> None:
    history(cloud)
    for region in cloud.names:
        cloud.pay(region, "cloud", "it", 3, key="both")
    report = audited(cloud)
    assert (report.verdict, "duplicate" in kinds(report)) == (Verdict.NOT_SETTLED, True)
    assert audited(cloud, AP, cloud.settle).verdict is Verdict.RIGHT


def test_a_duplicate_that_nobody_undoes_for_long_waits_and_is_no_loss(cloud: Cloud) -> None:
    history(cloud)
    for region in cloud.names:
        cloud.pay(region, "cloud", "it", 3, key="both")
    cloud.deliver()
    later(cloud)
    report = audited(cloud)
    assert (report.verdict, kinds(report)) == (Verdict.NOT_SETTLED, {"duplicate"})


def test_an_old_duplicate_that_is_undone_during_the_audit_is_no_alarm(cloud: Cloud) -> None:
    history(cloud)
    for region in cloud.names:
        cloud.pay(region, "cloud", "it", 3, key="both")
    later(cloud)
    assert audited(cloud, AP, cloud.settle).findings == []


def test_money_on_the_way_is_named_with_its_amount(cloud: Cloud) -> None:
    history(cloud)
    cloud.create("far", 40, region=EU)
    cloud.hand_delete(EU, f"far@{EU}")
    cloud.deliver()
    report = audited(cloud)
    on_the_way = [finding.text for finding in report.findings if finding.kind == "on-the-way"]
    assert on_the_way == [f"far: 40.00 USD on the way from {AP} to {EU}"]
    assert report.currencies["USD"].on_the_way == 40
    assert report.currencies["USD"].difference == 0


def copy_row(cloud: Cloud, source: str, target: str) -> None:
    row = cloud.row(source)
    assert row is not None
    cloud.hand_put(EU, target, **{name: value for name, value in row.items() if name != "account_id"})


HANDS: dict[str, Callable[[Cloud], None]] = {
    "balance": lambda cloud: cloud.hand(AP, "cloud", balance=D(1)),
    "foreign": lambda cloud: cloud.hand(EU, "cloud", balance=D(1)),
    "deleted": lambda cloud: cloud.hand_delete(AP, "cloud"),
    "counters": lambda cloud: cloud.hand(EU, f"cloud@{EU}", granted=[]),
    "adopted": lambda cloud: cloud.hand_put(EU, "gold", balance=D(7), currency="EUR"),
    "no money": lambda cloud: cloud.hand_put(AP, "gold", balance="much"),
    "negative": lambda cloud: cloud.hand_put(AP, "gold", balance=D(-5)),
    "too large": lambda cloud: cloud.hand_put(AP, "gold", balance=D(5), note="x" * (400 * 1024 - 60)),
    "no id": lambda cloud: cloud.hand_put(EU, "gold@nowhere", balance=D(1)),
    "empty id": lambda cloud: cloud.hand_put(EU, "@", balance=D(1)),
    "no share": lambda cloud: cloud.hand_put(AP, f"gold@{EU}", balance=D(1)),
    "copied share": lambda cloud: copy_row(cloud, f"cloud@{EU}", f"gold@{EU}"),
    "share": lambda cloud: cloud.hand_put(EU, f"shop@{EU}", balance=D(1)),
    "huge": lambda cloud: cloud.hand(AP, "cloud", balance=D("9E125"), ledger_balance=D("9E125")),
}


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("events", [True, False], ids=["by events", "by the sweep"])
def test_what_has_been_mended_is_right_and_its_incidents_are_named(cloud: Cloud, hand: str, events: bool) -> None:
    history(cloud)
    HANDS[hand](cloud)
    assert audited(cloud).verdict is not Verdict.RIGHT
    cloud.settle(events=events)
    report = audited(cloud)
    assert (report.verdict, [finding.kind for finding in report.findings if finding.kind != "nobodys-row"]) == (
        Verdict.RIGHT,
        [],
    )
    if hand != "adopted":
        assert report.reasons.total() >= 1
        assert report.incidents()[0]["entry_id"]


@pytest.mark.parametrize("reason", OBJECTIONS)
def test_a_row_is_nobodys_for_whatever_reason_an_incident_says_so(cloud: Cloud, reason: Objection) -> None:
    cloud.hand_put(AP, "gold", balance=D(5))
    row = cloud.row("gold")
    assert row is not None
    cloud.deliver()
    assert audited(cloud).verdict is Verdict.WRONG
    report_unknown(cloud.program(AP), "gold", row, reason)
    cloud.deliver()
    report = audited(cloud)
    assert (report.verdict, kinds(report)) == (Verdict.RIGHT, {"nobodys-row"})


def test_what_is_mended_while_the_audit_waits_is_no_alarm(cloud: Cloud) -> None:
    history(cloud)
    cloud.hand(AP, "cloud", balance=D(1))
    assert audited(cloud, AP, cloud.settle).verdict is Verdict.RIGHT


def test_a_hand_that_never_rests_is_not_settled_and_never_right(cloud: Cloud) -> None:
    history(cloud)
    steps = iter(range(1, 100))
    cloud.hand(AP, "cloud", balance=D(0))
    report = audited(cloud, AP, lambda: cloud.hand(AP, "cloud", balance=D(next(steps))))
    assert report.verdict in (Verdict.NOT_SETTLED, Verdict.WRONG)


def test_a_frozen_account_is_settled_when_all_regions_know(cloud: Cloud) -> None:
    history(cloud)
    cloud.freeze("cloud")
    cloud.deliver()
    assert kinds(audited(cloud)) == {"status-behind"}
    cloud.settle()
    assert audited(cloud).verdict is Verdict.RIGHT


def test_a_loss_of_an_account_that_never_holds_still_is_never_right(cloud: Cloud) -> None:
    history(cloud)
    row = cloud.row("cloud")
    assert row is not None
    cloud.hand(AP, "cloud", balance=row["balance"] - 500, ledger_balance=row["ledger_balance"] - 500)
    cloud.trim()
    cloud.deliver()
    pays = True

    def fault(call: Call, done: bool) -> None:
        nonlocal pays
        if pays and done and call.method == "get":
            pays = False
            cloud.pay(AP, "cloud", "it", "0.01")
            cloud.deliver()
            pays = True

    cloud.fault = fault
    report = audited(cloud)
    cloud.fault = None
    assert (report.verdict, kinds(report)) == (Verdict.NOT_SETTLED, {"busy"})
    assert audited(cloud).verdict is Verdict.WRONG  # at a quieter time


@pytest.mark.parametrize("error", [Unreachable("away"), Contended("throttled")])
@pytest.mark.parametrize("workers", [1, 4])
def test_a_region_that_cannot_be_read_is_named(cloud: Cloud, error: Exception, workers: int) -> None:
    history(cloud)
    ledger = cloud.program(AP)

    def fault(call: Call, done: bool) -> None:
        if call.target == EU:
            raise error

    cloud.fault = fault
    report = audit(ledger, replace(QUICK, workers=workers))
    assert (report.verdict, EXIT_STATUS[report.verdict]) == (Verdict.UNREADABLE, 2)
    assert report.line.startswith("COULD NOT READ")
    assert EU in report.line


def test_a_region_that_goes_away_during_the_second_look_is_named(cloud: Cloud) -> None:
    history(cloud)
    cloud.hand(AP, "cloud", balance=D(1))

    def fault(call: Call, done: bool) -> None:
        if call.target == EU and call.method != "scan":
            raise Unreachable

    cloud.fault = fault
    report = audit(cloud.program(AP), replace(QUICK, workers=3))
    assert (report.verdict, EXIT_STATUS[report.verdict]) == (Verdict.UNREADABLE, 2)


@pytest.mark.parametrize("region_key", [AP, f"{AP}~void", f"{EU}~void~", f"{AP}~incident"])
def test_an_id_so_long_that_no_key_can_be_made_from_it_is_a_finding(cloud: Cloud, region_key: str) -> None:
    history(cloud)
    cloud.world.put(AP, JOURNAL, {"entry_id": "k" * 2040, "region": region_key})
    cloud.deliver()

    def fault(call: Call, done: bool) -> None:
        """Section "Limits" of the guide: 2,048 bytes for a partition key, 1,024 for a sort key."""
        for _, key in call.arguments[0] if call.method == "get" else ():
            first, *second = key.values()
            if len(first.encode()) > 2048 or any(len(value.encode()) > 1024 for value in second):
                raise Malformed("Size of hashkey has exceeded the maximum size limit")

    cloud.fault = fault
    report = audited(cloud)
    assert report.verdict is Verdict.WRONG
    assert "foreign-id" in kinds(report)


def test_no_file_is_left(cloud: Cloud, tmp_path: Path) -> None:
    history(cloud)
    audit(cloud.program(AP), replace(QUICK, directory=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_no_more_is_read_a_second_than_allowed(cloud: Cloud) -> None:
    history(cloud)
    later(cloud)
    for number in range(100):
        cloud.hand_put(AP, f"large {number}", note="x" * 40_000)
    cloud.deliver()
    units = 100 * 40_000 / 4096
    assert audit(cloud.program(AP), Options(segments=4, workers=1, rate=10, looks=1)).seconds >= 0.9 * units / 10
    assert audit(cloud.program(AP), Options(segments=4, workers=1, rate=0, looks=1)).seconds < 30


def test_looking_again_is_not_faster_than_allowed(cloud: Cloud) -> None:
    history(cloud)
    for number in range(60):
        cloud.hand_put(EU, f"forged {number}@nowhere", balance=D(1))
    cloud.deliver()
    looks = 4
    with cloud.counted() as calls:
        report = audit(cloud.program(AP), replace(QUICK, rate=10, wait=0, looks=looks))
    again = sum(len(call.arguments[0]) for call in calls if call.method == "get" and call.target == AP)
    assert again > 60 * (looks + 1)
    assert report.seconds >= again / 10 - 2


def test_progress_goes_from_nothing_to_all(cloud: Cloud) -> None:
    history(cloud)
    seen: list[tuple[str, int, int, int]] = []
    audit(cloud.program(AP), QUICK, lambda *how_far: seen.append(how_far))
    reading = [(done, total) for phase, done, total, _ in seen if phase == "reading"]
    assert reading == sorted(reading)
    assert reading[-1] == (12, 12)  # three segments of two tables in two regions
    assert {phase for phase, *_ in seen} >= {"reading", "checking transfers", "checking accounts"}
