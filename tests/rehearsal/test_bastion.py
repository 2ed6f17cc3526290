"""The bastion's tools, used as the guide says."""

import json
from typing import Any

import pytest

from tests.rehearsal.operator import Operator, call
from tests.rehearsal.places import REGIONS
from tests.rehearsal.waiting import until

pytestmark = pytest.mark.usefixtures("site")

HOME, OTHER = REGIONS


@pytest.mark.parametrize("region", REGIONS)
def test_test_dynamodb_writes_reads_transfers_and_cleans_up(operator: Operator, region: str) -> None:
    tested = operator.host("bastion", region).run("/opt/dynamodb-test/test_dynamodb.py")
    assert tested.rc == 0, tested.stdout + tested.stderr
    assert OTHER in tested.stdout
    assert HOME in tested.stdout


@pytest.mark.parametrize("region", REGIONS)
def test_monitor_shows_that_all_is_well(operator: Operator, region: str) -> None:
    bastion = operator.host("bastion", region)
    # Right after the deployment the first sweep and heartbeat may still be on their way.
    shown = until(lambda: _well(bastion.run("/opt/dynamodb-test/monitor.sh")), 90, "monitor.sh finds all well")
    for part in (*REGIONS, "account-table", "account-conflict-resolver"):
        assert part in shown


def _well(ran: Any) -> str:
    return str(ran.stdout) if ran.rc == 0 else ""


def test_the_status_page_turns_red_when_an_app_is_stopped_and_green_again(operator: Operator) -> None:
    page = f"http://{operator.public_address('bastion', HOME)}/status.json"
    app = operator.host("app", OTHER)
    until(lambda: call("GET", page).body["state"] == "ok", 60, "the page is green")
    app.check_output("systemctl stop account-app.socket account-app.service")
    try:
        until(lambda: call("GET", page).body["state"] == "bad", 60, "the page turns red")
        bad = {(check["region"], check["state"]) for check in call("GET", page).body["checks"]}
        assert (OTHER, "bad") in bad
        assert (HOME, "bad") not in bad, json.dumps(sorted(bad))
    finally:
        app.check_output("systemctl start account-app.socket account-app.service")
    until(lambda: call("GET", page).body["state"] == "ok", 60, "the page is green again")
    assert "Account ledger: ok" in call("GET", page.removesuffix("status.json")).body
