"""The commands of ``manage.py`` on simulated tables: what they print, and their exit status."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from api import books
from console import oplog
from console.management import audit_text
from console.management.commands import audit, rebuild, reconcile
from console.management.progress import Bar
from ledger.auditing.findings import Finding, Severity
from ledger.auditing.report import Report
from ledger.requests import Malformed, Unreachable
from ledger.writes import ACCOUNTS
from sandbox.config import ROOT
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud

D = Decimal


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A ledger with money in both regions, which the commands use as a host in Seoul does."""
    cloud = Cloud((AP, EU))
    cloud.create("cloud", 1000)
    cloud.create("it", 0, region=EU)
    cloud.settle()
    cloud.pay(EU, "cloud", "it", "300.50")
    cloud.settle()
    ledger = cloud.program(AP)
    for command in (audit, rebuild, reconcile):
        monkeypatch.setattr(command, "reading_ledger", lambda: ledger)
    books.use(ledger)
    yield cloud
    books.use(None)


def run(*arguments: str) -> tuple[int, list[str]]:
    """The exit status and the lines of a command."""
    out = io.StringIO()
    try:
        call_command(*arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def test_right_books_exit_with_0_and_the_verdict_is_the_first_line(cloud: Cloud) -> None:
    status, lines = run("audit", "--workers", "1")
    assert status == 0
    assert lines[0] == (
        f"RIGHT: 2 accounts in {AP} and {EU}: every balance is what the records say, and all copies are the same"
    )
    assert [line.split() for line in lines[2:4]] == [
        ["currency", "accounts", "balances", "on", "the", "way", "openings", "difference"],
        ["USD", "2", "1000.00", "0.00", "1000.00", "0.00"],
    ]


def test_wrong_books_exit_with_1_and_name_the_account_and_the_amount(cloud: Cloud) -> None:
    row = cloud.row("cloud")
    assert row is not None
    cloud.hand(AP, "cloud", balance=row["balance"] + 5, ledger_balance=row["ledger_balance"] + 5)
    cloud.deliver()
    status, lines = run("audit", "--workers", "1", "--list")
    assert status == 1
    assert lines[0].startswith("WRONG: 2 accounts")
    assert any("5.00 USD too much" in line and line.strip().startswith("balance: cloud:") for line in lines)
    assert sorted(lines[-2:]) == [
        "cloud: 704.50 USD in 2 shares, 0.00 on the way, opened with 1000.00, 5.00 beyond the records",
        "it: 300.50 USD in 2 shares, 0.00 on the way, opened with 0.00",
    ]


def test_books_on_their_way_exit_with_2_and_say_wait(cloud: Cloud) -> None:
    cloud.pay(EU, "it", "cloud", 1)
    status, lines = run("audit", "--workers", "1")
    assert status == 2
    assert lines[0].startswith("NOT SETTLED YET: wait and run it again: ")
    assert any(line.startswith("  replica-behind: ") and "(since 20" in line for line in lines)


def test_a_region_that_does_not_answer_exits_with_2_and_is_named(cloud: Cloud) -> None:
    def fault(call: Call, done: bool) -> None:
        if call.target == EU:
            raise Unreachable

    cloud.fault = fault
    status, lines = run("audit", "--workers", "1")
    assert (status, len(lines)) == (2, 1)
    assert lines[0].startswith(f"COULD NOT READ: run it again: {EU}")
    with pytest.raises(CommandError, match=f"The tables of {EU} could not be read") as error:
        run("reconcile", "--region", EU)
    assert error.value.returncode == 2


def test_what_was_wrong_before_a_region_could_not_be_read_any_more_is_named() -> None:
    report = Report((AP, EU), "2026-01-01T00:00:00.000000Z", unreadable=f"{EU}: no answer")
    report.findings.append(Finding(Severity.WRONG, "balance", "cloud", "5", "cloud: 5.00 USD too much"))
    lines = list(audit_text.lines(report))
    assert lines[0].startswith("WRONG: ")
    assert lines[1:] == [
        "",
        "Wrong:",
        "  balance: cloud: 5.00 USD too much",
        "",
        f"The rest could not be read: {EU}: no answer",
    ]


def test_machines_read_one_object_and_one_more_for_each_account(cloud: Cloud) -> None:
    cloud.hand(AP, "cloud", balance=D(7))
    cloud.settle()
    status, lines = run("audit", "--workers", "1", "--json", "--list")
    report, *accounts = [json.loads(line) for line in lines]
    assert (status, report["exit_status"], report["verdict"]) == (0, 0, "right")
    assert report["currencies"]["USD"] == {
        "accounts": 2, "shares": 4, "balances": "1000.00", "on_the_way": "0.00", "openings": "1000.00",
        "difference": "0.00",
    }  # fmt: skip
    assert report["incidents"]["reasons"] == {"foreign-write": 1}
    assert sorted(account["account_id"] for account in accounts) == ["cloud", "it"]
    assert sum(D(account["balance"]) for account in accounts) == 1000


def test_findings_of_one_kind_are_not_listed_without_end(cloud: Cloud) -> None:
    for _ in range(30):
        cloud.pay(EU, "it", "cloud", 1)
    _, lines = run("audit", "--workers", "1")
    assert "  replica-behind: and 12 more" in lines


@pytest.mark.parametrize("arguments", [["--wait", "-1"], ["--rate", "inf"], ["--workers", "0"], ["--wait", "x"]])
def test_nonsense_is_refused(cloud: Cloud, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("audit", *arguments)


def test_a_directory_that_cannot_be_written_is_said(cloud: Cloud) -> None:
    with pytest.raises(CommandError, match="temporary files") as error:
        run("audit", "--directory", "/nowhere/at/all")
    assert error.value.returncode == 2


def test_the_sweep_is_a_dry_run_unless_applied(cloud: Cloud) -> None:
    assert run("reconcile") == (0, [f"{AP}: nothing to mend."])
    cloud.hand(AP, "cloud", balance=D(7))
    cloud.trim()
    status, lines = run("reconcile")
    assert status == 1
    assert lines[0].startswith("Would mend cloud: changed by a hand, or missing: put cloud with balance ")
    assert lines[1:] == [f"{AP}: a dry run, nothing was written. Mend it with --apply."]
    assert run("reconcile") == (1, lines)
    assert run("reconcile", "--apply") == (0, ["Mended cloud: changed by a hand, or missing"])
    assert run("reconcile", "--apply") == (0, [f"{AP}: nothing to mend."])
    cloud.settle(events=False)
    assert run("audit", "--workers", "1")[0] == 0


def test_what_is_left_exits_with_1(cloud: Cloud) -> None:
    cloud.hand(EU, f"cloud@{EU}", balance=D(7))
    cloud.trim()

    def fault(call: Call, done: bool) -> None:
        if call.method == "write":
            raise Unreachable("away")

    cloud.fault = fault
    status, lines = run("reconcile", "--region", EU, "--apply")
    assert status == 1
    assert f"Left cloud@{EU}: Unreachable: away" in lines
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("reconcile", "--region", "us-east-1")


def wrong(cloud: Cloud, region: str, beyond: int) -> None:
    """A share of ``cloud`` holds more than the records say, and nothing tells the ledger so."""
    key = cloud.key("cloud", region)
    row = cloud.row(key)
    assert row is not None
    cloud.hand(region, key, balance=row["balance"] + beyond, ledger_balance=row["ledger_balance"] + beyond)
    cloud.trim()
    cloud.settle()
    assert run("audit", "--workers", "1")[0] == 1, "nothing mends it"


def test_a_share_that_only_the_audit_calls_wrong_is_rebuilt_from_the_journal(cloud: Cloud) -> None:
    wrong(cloud, AP, 5)
    wrong(cloud, EU, -7)
    cloud.pay(EU, "cloud", "it", 1)
    held = {region: cloud.balance("cloud", region) for region in (AP, EU)}
    assert run("rebuild", "cloud", "--why", "seen in CloudTrail") == (
        0,
        [f"cloud: {held[AP] - 5:.2f} USD (was {held[AP]:.2f} USD)"],
    )
    assert run("rebuild", "cloud", "it", "--region", EU)[1][0] == (
        f"cloud@{EU}: {held[EU] + 7:.2f} USD (was {held[EU]:.2f} USD)"
    )
    cloud.settle()
    assert run("audit", "--workers", "1")[0] == 0
    assert set(cloud.incidents()) == {"rebuilt"}
    assert sum(cloud.balances("cloud")) == D("698.50")
    assert [(line.action, line.subject, line.outcome) for line in oplog.page(cloud.ledgers[AP], 2)[0]] == [
        ("rebuild", f"it@{EU}", "done"),
        ("rebuild", f"it@{EU}", "begun"),
    ]


def test_nothing_is_rebuilt_while_another_region_is_away_or_its_share_is_damaged(cloud: Cloud) -> None:
    wrong(cloud, AP, 5)
    before = cloud.row("cloud")

    def fault(call: Call, done: bool) -> None:
        if call.target == EU:
            raise Unreachable

    cloud.fault = fault
    with pytest.raises(CommandError, match=r"^cloud: the tables did not answer\.") as error:
        run("rebuild", "cloud")
    assert error.value.returncode == 2
    cloud.fault = None
    cloud.hand_delete(EU, f"cloud@{EU}")
    with pytest.raises(CommandError, match=f"^cloud: not before cloud@{EU} is mended") as error:
        run("rebuild", "cloud")
    assert (error.value.returncode, cloud.row("cloud")) == (1, before)
    cloud.settle()
    assert run("rebuild", "cloud")[0] == 0
    cloud.settle()
    assert run("audit", "--workers", "1")[0] == 0


def test_a_rebuilding_whose_answer_was_lost_is_run_again(cloud: Cloud) -> None:
    wrong(cloud, AP, 5)

    def lost(call: Call, done: bool) -> None:
        if done and call.method == "write" and call.arguments[0][0].table == ACCOUNTS:
            raise Unreachable

    cloud.fault = lost
    with pytest.raises(CommandError, match="Run the same again"):
        run("rebuild", "cloud")
    cloud.fault = None
    assert run("rebuild", "cloud") == (0, ["cloud: 500.00 USD (was 505.00 USD out of use)"])


def test_a_grant_on_its_way_stays_granted_when_the_giver_is_rebuilt(cloud: Cloud) -> None:
    def between(call: Call, done: bool) -> None:
        if done and call.method == "write" and (call.caller, call.target) == (EU, AP):
            cloud.fault = None
            assert run("rebuild", "cloud") == (0, ["cloud: 250.00 USD (was 250.00 USD)"])

    cloud.fault = between
    cloud.pay(EU, "cloud", "it", 300)
    assert cloud.fault is None
    cloud.settle()
    assert min(cloud.balances("cloud")) >= 0
    assert run("audit", "--workers", "1")[0] == 0


def test_a_row_that_leaves_no_room_is_said(cloud: Cloud) -> None:
    def fault(call: Call, done: bool) -> None:
        if call.method == "write" and call.arguments[0][0].table == ACCOUNTS:
            raise Malformed("Item size to update has exceeded the maximum allowed size")

    cloud.fault = fault
    with pytest.raises(CommandError, match=r"^cloud: the row is too large\. Remove what a hand has added to it\.$"):
        run("rebuild", "cloud")


def test_what_is_no_share_of_the_ledgers_is_not_rebuilt(cloud: Cloud) -> None:
    row = cloud.row("cloud") or {}
    cloud.hand_put(AP, "copy", **{**row, "account_id": "copy", "share": "copy"})
    before = cloud.row("copy")
    for name in ("nobody", "copy"):
        with pytest.raises(CommandError, match=f"^{name}: {AP} has no such share"):
            run("rebuild", name)
    assert cloud.row("copy") == before


def test_accounts_are_frozen_and_unfrozen_one_by_one(cloud: Cloud) -> None:
    assert run("freeze", "cloud", "it") == (0, ["cloud: frozen (was active)", "it: frozen (was active)"])
    assert run("freeze", "cloud") == (0, ["cloud: frozen (was frozen)"])
    cloud.settle()
    assert [cloud.share("cloud", region).status for region in cloud.names] == ["frozen", "frozen"]
    assert run("unfreeze", "cloud") == (0, ["cloud: active (was frozen)"])
    cloud.settle()
    assert [cloud.share("cloud", region).status for region in cloud.names] == ["active", "active"]


@pytest.mark.parametrize(
    ("account_id", "message"),
    [("nobody", "There is no account 'nobody'"), ("no id", "Must be 1 to 128 letters")],
)
def test_an_account_that_cannot_be_frozen_is_named(cloud: Cloud, account_id: str, message: str) -> None:
    with pytest.raises(CommandError, match=f"^{account_id}: {message}"):
        call_command("freeze", account_id)


def test_a_freeze_while_home_is_away_is_refused_in_words_for_people(cloud: Cloud) -> None:
    def fault(call: Call, done: bool) -> None:
        if call.target != call.caller:
            raise Unreachable("away")

    cloud.fault = fault
    books.use(cloud.ledgers[EU])
    with pytest.raises(CommandError, match=f"Out of reach: {AP}. Nothing was done from here; do the same again later."):
        call_command("freeze", "cloud", "--why", "a court order")


def test_a_freeze_that_is_not_answered_may_be_run_again(cloud: Cloud) -> None:
    def fault(call: Call, done: bool) -> None:
        raise Unreachable

    cloud.fault = fault
    with pytest.raises(CommandError, match="Run the same again"):
        call_command("freeze", "cloud")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "drawn"), [(Terminal(), True), (io.StringIO(), False)])
def test_the_bar_is_drawn_on_a_terminal_and_removed(stream: Any, drawn: bool) -> None:
    bar = Bar(stream)
    for done in range(4):
        bar("reading", done, 3, 1000 * done)
    bar.clear()
    text = stream.getvalue()
    assert ("reading [##############################] 100% 3,000 items" in text) is drawn
    assert text.endswith("\r\x1b[K") is drawn


def test_the_exit_status_of_an_audit_is_there_though_nobody_reads_on() -> None:
    program = (
        "import sys; from console.management.commands.audit import whoever_reads_on\n"
        "with whoever_reads_on():\n    print('x' * 1_000_000); sys.stdout.flush()\n"
        "sys.exit(3)"
    )
    reading, writing = os.pipe()
    os.close(reading)
    command = (sys.executable, "-c", program)
    environment = {"PYTHONPATH": str(ROOT / "webapp"), "PATH": os.environ["PATH"]}
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=environment, timeout=30, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (3, b"")
