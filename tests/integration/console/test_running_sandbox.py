"""The commands against a running sandbox, as a person calls them: while payments go on, after a hand was at work."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from ledger import accounts, transfers
from ledger.accounts import Application
from ledger.context import Ledger
from ledger.errors import LedgerError
from ledger.requests import Contended, Unreachable
from ledger.start import connect, read_environment
from ledger.transfers import Order
from sandbox.testing import Sandbox, running

HOME, AWAY = "ap-northeast-2", "eu-central-1"
NAMES = [f"account-{number}" for number in range(12)]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Both regions without the applications, with twelve accounts."""
    with running(apps=False, lag=0.3, call_latency=0.01, sweep_every=1.0) as sandbox:
        for region in (HOME, AWAY):
            ledger = ledger_of(sandbox, region)
            for name in NAMES[region == AWAY :: 2]:
                accounts.create(ledger, Application(name, Decimal(500), "USD", "tester", None))
        sandbox.settle()
        yield sandbox


def ledger_of(sandbox: Sandbox, region: str) -> Ledger:
    return connect(read_environment(sandbox.ledger_environment(region)))


def manage(sandbox: Sandbox, region: str, *arguments: str) -> tuple[int, str]:
    """``python -m sandbox manage``: its exit status and what it printed."""
    done = sandbox.manage(region, *arguments)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def audit(sandbox: Sandbox, region: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    status, text = manage(sandbox, region, "audit", "--json", *arguments)
    report: dict[str, Any] = json.loads(text)
    assert report["exit_status"] == status
    return status, report


@contextmanager
def traffic(sandbox: Sandbox) -> Iterator[list[str]]:
    """Payments in both regions at once, some repeated in both with one key. Yields what was paid."""
    stop, paid, seed = threading.Event(), [], uuid.uuid4().int

    def pay(region: str) -> None:
        ledger, dice = ledger_of(sandbox, region), Random(seed)  # the same keys in both regions
        while not stop.wait(0.2):
            payer, payee = dice.sample(NAMES, 2)
            key = f"{region if dice.random() < 0.8 else 'both'} {dice.random()}"
            order = Order(payer, payee, Decimal(dice.choice((1, 5, 50))), None, "tester", key, True, "request")
            try:
                paid.append(transfers.transfer(ledger, order).transfer.transfer_id)
            except (LedgerError, Contended, Unreachable):
                continue

    threads = [threading.Thread(target=pay, args=(region,)) for region in sandbox.regions]
    for thread in threads:
        thread.start()
    try:
        yield paid
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_books_at_rest_are_right_from_both_regions(sandbox: Sandbox) -> None:
    sandbox.settle()
    for region in sandbox.regions:
        status, report = audit(sandbox, region)
        assert (status, report["verdict"]) == (0, "right"), report
        assert report["currencies"]["USD"]["openings"] == report["currencies"]["USD"]["balances"]
        assert Decimal(report["currencies"]["USD"]["openings"]) >= 6000


@pytest.mark.parametrize("region", [HOME, AWAY])
def test_payments_that_go_on_are_no_alarm(sandbox: Sandbox, region: str) -> None:
    sandbox.settle()
    with traffic(sandbox) as paid:
        time.sleep(1)
        _, report = audit(sandbox, region, "--wait", "4")
        assert report["verdict"] in ("right", "not-settled"), report
        assert report["wrong"] == []
        assert report["looked_again"] > 0
        assert len(paid) > 10


def test_a_cut_link_is_not_settled(sandbox: Sandbox) -> None:
    sandbox.settle()
    sandbox.cut()
    try:
        status, text = manage(sandbox, HOME, "audit")
    finally:
        sandbox.heal()
    assert status == 2
    assert text.startswith(f"COULD NOT READ: run it again: {AWAY}")
    sandbox.settle()
    assert audit(sandbox, HOME)[0] == 0


def test_a_loss_is_found_while_payments_go_on(sandbox: Sandbox) -> None:
    """A hand that knows ``ledger_balance`` and the chain is not noticed by the resolver: the audit notices it."""
    accounts.create(ledger_of(sandbox, HOME), Application("victim", Decimal(100), "EUR", "tester", None))
    sandbox.settle()
    for region in sandbox.regions:
        sandbox.stop_resolver(region)
    with traffic(sandbox):
        sandbox.client(HOME).update_item(
            TableName="account-table",
            Key={"account_id": {"S": "victim"}},
            UpdateExpression="SET balance = :b, ledger_balance = :b",
            ExpressionAttributeValues={":b": {"N": "99.99"}},
        )
        status, report = audit(sandbox, AWAY, "--wait", "4")
    assert (status, report["verdict"]) == (1, "wrong")
    wrong = [finding for finding in report["wrong"] if finding["kind"] == "balance"]
    assert [finding["subject"] for finding in wrong] == ["victim"]
    assert "holds 99.99 EUR, the records say 100.00 EUR: 0.01 EUR too little" in wrong[0]["text"]
    for region in sandbox.regions:
        sandbox.start_resolver(region)
    sandbox.settle()
    assert audit(sandbox, HOME)[0] == 0


def test_the_sweep_is_rehearsed_and_applied_by_hand(sandbox: Sandbox) -> None:
    for region in sandbox.regions:
        sandbox.stop_resolver(region)
    sandbox.client(HOME).put_item(
        TableName="account-table", Item={"account_id": {"S": "by-hand"}, "balance": {"N": "7"}}
    )
    status, text = manage(sandbox, HOME, "reconcile")
    assert status == 1
    assert text.startswith("Would mend by-hand: the journal does not know this row: put by-hand with balance 7;")
    status, text = manage(sandbox, HOME, "reconcile", "--apply")
    assert (status, text) == (0, "Mended by-hand: the journal does not know this row\n")
    for region in sandbox.regions:
        sandbox.start_resolver(region)
    sandbox.settle()
    status, report = audit(sandbox, AWAY)
    assert (status, report["verdict"]) == (0, "right")


def test_accounts_are_frozen_from_any_region(sandbox: Sandbox) -> None:
    assert manage(sandbox, AWAY, "freeze", NAMES[0]) == (0, f"{NAMES[0]}: frozen (was active)\n")
    assert manage(sandbox, HOME, "unfreeze", NAMES[0]) == (0, f"{NAMES[0]}: active (was frozen)\n")
    assert manage(sandbox, HOME, "freeze", "nobody")[0] == 1


def test_a_region_that_the_sandbox_does_not_have_is_said(sandbox: Sandbox) -> None:
    assert manage(sandbox, "us-east-1", "audit")[0] == 1
