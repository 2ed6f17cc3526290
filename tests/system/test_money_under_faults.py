"""Both regions pay under faults, and the books are right; the plain program loses money on the same traffic."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import requests
from boto3.dynamodb.types import TypeSerializer

from sandbox.testing import Sandbox, running
from tests.support import books
from tests.system.traffic import Traffic

HOME, AWAY = "ap-northeast-2", "eu-central-1"
SHARED = [f"shared-{number:02}" for number in range(16)]
LOCAL = {region: [f"{region}-{number}" for number in range(4)] for region in (HOME, AWAY)}
BUSY_SPOILED = ["spoiled-by-update", "spoiled-by-delete"]
# Nobody pays with these: a write in the wrong region would else lose against the next payment, and never be seen.
QUIET_SPOILED = ["spoiled-by-foreign-update", "spoiled-by-foreign-put"]
SPOILED = [*BUSY_SPOILED, *QUIET_SPOILED]
OPENING = 1000
LAG = 1.0

type Figure = Callable[[str], None]


def test_no_fault_loses_or_makes_money(figure: Figure) -> None:
    with running(lag=LAG) as sandbox:
        _open_accounts(sandbox)
        traffic = _traffic(sandbox, [*SHARED, *BUSY_SPOILED])
        cuts = _run_with_faults(sandbox, traffic)
        sandbox.settle(timeout=90)
        found = books.read({region: sandbox.client(region) for region in sandbox.regions})
        assert books.problems(found, traffic.acknowledged()) == []
        assert traffic.statuses().keys() <= {0, 200, 409, 503}, traffic.statuses()
        _assert_local_payments_went_on(traffic, cuts)
        _assert_the_faults_happened(traffic, found)
        incidents = len(found.entries("incident"))
        figure(f"{dict(sorted(traffic.statuses().items()))}, {len(found.entries('void'))} voids, {incidents} incidents")


def test_the_plain_program_loses_or_makes_money(figure: Figure) -> None:
    environment = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    with running(
        lag=LAG, resolvers=False, wsgi="tests.system.plain_program:application", environment=environment
    ) as sandbox:
        _open_accounts(sandbox)
        opened = OPENING * len([*SHARED, *SPOILED, *LOCAL[HOME], *LOCAL[AWAY]])
        alone = Traffic({HOME: sandbox.app_url(HOME)}, SHARED, LOCAL, repeat=0)
        alone.start()
        time.sleep(3)
        alone.stop()
        assert alone.statuses()[200] > 0
        assert _held(sandbox) == opened, "with one region there is nothing to lose: the test itself is wrong"
        traffic = _traffic(sandbox, SHARED)
        traffic.start()
        time.sleep(4)
        sandbox.cut()
        time.sleep(4)
        sandbox.heal()
        time.sleep(4)
        traffic.stop()
        held = _held(sandbox)
        assert traffic.statuses()[200] > 0
        assert held != opened
        figure(f"{traffic.statuses()[200]} payments turned {opened} USD into {held} USD ({held - opened:+})")


def _held(sandbox: Sandbox) -> Decimal:
    """All balances, when every write has arrived."""
    _wait_until_all_arrived(sandbox)
    found = books.read({region: sandbox.client(region) for region in sandbox.regions})
    return sum((row["balance"] for row in found.shares), Decimal(0))


def _wait_until_all_arrived(sandbox: Sandbox) -> None:
    deadline = time.monotonic() + 30
    while any(link["on_the_way"] for link in sandbox.status()["links"]):
        assert time.monotonic() < deadline, "the regions do not come to rest"
        time.sleep(0.1)


def _open_accounts(sandbox: Sandbox) -> None:
    """Create all accounts, and let the plain program's copies arrive."""
    for region, names in ((HOME, [*SHARED, *SPOILED, *LOCAL[HOME]]), (AWAY, LOCAL[AWAY])):
        for name in names:
            body = {"account_id": name, "balance": OPENING, "currency": "USD"}
            answer = requests.post(f"{sandbox.app_url(region)}/create_account", json=body, timeout=10)
            assert answer.status_code == 201, answer.text
    time.sleep(2 * LAG)


def _traffic(sandbox: Sandbox, shared: list[str]) -> Traffic:
    return Traffic({region: sandbox.app_url(region) for region in sandbox.regions}, shared, LOCAL)


def _run_with_faults(sandbox: Sandbox, traffic: Traffic) -> list[tuple[float, float]]:
    """Half a minute of faults; returns when the links were cut, in seconds since the traffic's start."""
    cuts = []
    for region in sandbox.regions:
        sandbox.duplicates(region, on=True)
    traffic.start()
    time.sleep(5)
    cuts.append(_cut_for(sandbox, traffic, 5))
    killed = {part: sandbox.kill(part) for part in (f"app-{AWAY}", f"resolver-{HOME}")}
    time.sleep(4)
    cuts.append(_cut_for(sandbox, traffic, 5))
    for part, pid in killed.items():
        sandbox.wait_restarted(part, pid)
    _spoil_rows(sandbox)
    time.sleep(6)
    traffic.stop()
    return cuts


def _cut_for(sandbox: Sandbox, traffic: Traffic, seconds: float) -> tuple[float, float]:
    began = traffic.now()
    sandbox.cut()
    time.sleep(seconds)
    sandbox.heal()
    return began, began + seconds


def _spoil_rows(sandbox: Sandbox) -> None:
    """Overwrite rows by hand, in the region that writes them and in the other one."""
    here, there = sandbox.client(HOME), sandbox.client(AWAY)
    set_balance: dict[str, Any] = {
        "UpdateExpression": "SET balance = :b",
        "ExpressionAttributeValues": {":b": {"N": "1000000"}},
    }
    here.update_item(TableName="account-table", Key=_key("spoiled-by-update"), **set_balance)
    there.update_item(TableName="account-table", Key=_key("spoiled-by-foreign-update"), **set_balance)
    serialize = TypeSerializer().serialize
    row = {"account_id": "spoiled-by-foreign-put", "balance": Decimal(7), "currency": "USD"}
    there.put_item(TableName="account-table", Item={name: serialize(value) for name, value in row.items()})
    here.delete_item(TableName="account-table", Key=_key("spoiled-by-delete"))


def _key(account_id: str) -> dict[str, Any]:
    return {"account_id": {"S": account_id}}


def _assert_local_payments_went_on(traffic: Traffic, cuts: list[tuple[float, float]]) -> None:
    """Whatever a region's own money covered was paid while the link was cut, in both regions."""
    for began, ended in cuts:
        for region in (HOME, AWAY):
            during = [
                answer
                for answer in traffic.answers
                if answer.region == region and answer.kind == "local" and began < answer.began and answer.ended < ended
            ]
            assert len(during) >= 5
            assert [answer for answer in during if answer.status != 200] == []


def _assert_the_faults_happened(traffic: Traffic, found: books.Books) -> None:
    """The run is worth nothing if the faults did not bite."""
    assert traffic.statuses()[200] > 200
    assert any(answer.kind == "repeated" and answer.status == 200 for answer in traffic.answers)
    assert found.entries("void"), "no payment was executed in both regions"
    spoiled = {entry["account"] for entry in found.entries("incident") if entry.get("account") in SPOILED}
    assert spoiled == set(SPOILED), "a hand-made write went unnoticed"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
