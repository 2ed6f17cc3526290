"""``createkey``, ``listkeys`` and ``revokekey`` on simulated tables: what they print, and their exit status."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from access.keys import id_of
from api import books
from console import oplog
from ledger.requests import Unreachable
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud


def run(*arguments: str) -> str:
    """What a command prints."""
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def made(*arguments: str) -> dict[str, Any]:
    """A new key, as machines read it."""
    created: dict[str, Any] = json.loads(run("createkey", "--json", "--principal", "teller", *arguments))
    return created


def test_a_key_is_printed_once_and_for_people_too(cloud: Cloud) -> None:
    words = ["--scopes", "read,transfer", "--debits", "selftest-*", "--debits", "cloud", "--expires", "never"]
    described, _, text = run("createkey", "--principal", "teller", *words).splitlines()
    key_id = id_of(text)
    assert described == (
        f"{key_id}: active, teller, read,transfer, debits selftest-* cloud, never expires, not used yet"
    )
    assert run("listkeys") == f"{described}\n"
    assert text.rpartition("_")[2] not in run("listkeys", "--json")


def test_machines_read_one_object(cloud: Cloud) -> None:
    created = made("--scopes", "read,create,transfer", "--debits", "selftest-*", "--expires", "10m")
    text = created.pop("key")
    assert id_of(text) == created["key_id"]
    assert json.loads(run("listkeys", "--json")) == [created]
    assert (created["scopes"], created["debits"]) == (["read", "create", "transfer"], ["selftest-*"])
    assert created["region"] == AP


def test_a_key_expires_in_90_days_unless_told_otherwise(cloud: Cloud) -> None:
    created = made("--scopes", "read")
    cloud.clock.sleep(89.9 * 86_400)
    assert json.loads(run("listkeys", "--json"))[0]["state"] == "active"
    cloud.clock.sleep(0.2 * 86_400)
    assert json.loads(run("listkeys", "--json")) == [{**without_key(created), "state": "expired"}]


def without_key(created: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in created.items() if name != "key"}


def test_a_revoked_key_says_so_in_both_regions(cloud: Cloud) -> None:
    key_id = made("--scopes", "read")["key_id"]
    assert run("revokekey", key_id) == f"{key_id}: revoked in {AP}, {EU}, in effect within 6 seconds\n"
    cloud.deliver()
    for region in cloud.names:
        books.use(cloud.ledgers[region])
        assert run("listkeys").startswith(f"{key_id}: revoked, teller, read")


def test_a_region_that_does_not_answer_is_named_and_exits_with_2(cloud: Cloud) -> None:
    key_id = made("--scopes", "read")["key_id"]
    cloud.world.cut(AP, EU)
    out = io.StringIO()
    with pytest.raises(CommandError, match=f"{EU} did not answer. It works there until") as error:
        call_command("revokekey", key_id, stdout=out)
    assert error.value.returncode == 2
    assert out.getvalue().startswith(f"{key_id}: revoked in {AP}, in effect")


def log_of(cloud: Cloud, region: str = AP) -> list[tuple[str, str, str, str, str]]:
    """Who did what to which key, how it ended and why, oldest first."""
    lines, _ = oplog.page(cloud.ledgers[region], 100)
    return [(line.operator, line.action, line.subject, line.outcome, line.note) for line in reversed(lines)]


def test_who_made_and_revoked_a_key_stands_in_the_operator_log(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "kim")
    created = made("--scopes", "read,transfer", "--debits", "till-*", "--expires", "never")
    monkeypatch.delenv("SUDO_USER")
    monkeypatch.setenv("LOGNAME", "lee")
    run("revokekey", created["key_id"], "--why", "leaked")
    with pytest.raises(CommandError):
        run("revokekey", "0" * 16)
    key_id, kim, lee = created["key_id"], "manage.py (kim)", "manage.py (lee)"
    log = log_of(cloud)
    assert log == [
        (kim, "create key", key_id, "begun", "teller: read, transfer, till-*; never expires"),
        (kim, "create key", key_id, "done", ""),
        (lee, "revoke key", key_id, "begun", "leaked"),
        (lee, "revoke key", key_id, "done", ""),
        (lee, "revoke key", "0" * 16, "begun", ""),
        (lee, "revoke key", "0" * 16, log[-1][3], ""),
    ]
    assert log[-1][3].startswith("refused: No region that answers knows a key")
    rows = str(cloud.world.items(AP, "control-table"))
    assert created["key"] not in rows
    assert created["key"].rpartition("_")[2] not in rows


def test_a_key_that_no_log_has_is_not_made_and_none_is_revoked(cloud: Cloud) -> None:
    key_id = made("--scopes", "read")["key_id"]

    def fault(call: Call, done: bool) -> None:
        if call.method == "write" and any(write.key.get("pk") == "operator-log" for write in call.arguments[0]):
            raise Unreachable

    cloud.fault = fault
    for command in (["createkey", "--principal", "teller", "--scopes", "read"], ["revokekey", key_id]):
        with pytest.raises(CommandError, match="Run the same again"):
            call_command(*command)
    cloud.fault = None
    assert [key["state"] for key in json.loads(run("listkeys", "--json"))] == ["active"]


def test_without_keys_it_says_how_to_make_one(cloud: Cloud) -> None:
    assert run("listkeys") == "No keys yet: make one with createkey.\n"
    assert run("listkeys", "--json") == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--principal", "a b", "--scopes", "read"], "--principal: Must be"),
        (["--principal", "teller", "--scopes", "write"], "--scopes: Must be some of read,create,transfer,admin"),
        (["--principal", "teller", "--scopes", "transfer"], "--debits: Name the accounts"),
        (["--principal", "teller", "--scopes", "read", "--expires", "1y"], "--expires: Must be"),
        (["--scopes", "read"], "--principal"),
    ],
)
def test_what_no_key_can_have_is_refused(cloud: Cloud, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("createkey", *arguments)
    assert run("listkeys", "--json") == "[]\n"


def test_what_is_no_key_id_is_not_repeated(cloud: Cloud) -> None:
    created = made("--scopes", "read")
    with pytest.raises(CommandError, match="16 characters") as error:
        call_command("revokekey", created["key"])
    assert created["key"] not in str(error.value)
    with pytest.raises(CommandError, match="No region that answers knows a key"):
        call_command("revokekey", "0" * 16)


@pytest.mark.parametrize(
    "command", [["createkey", "--principal", "teller", "--scopes", "read"], ["listkeys"], ["revokekey", "0" * 16]]
)
def test_a_table_that_does_not_answer_is_said(cloud: Cloud, command: list[str]) -> None:
    def fault(call: Call, done: bool) -> None:
        raise Unreachable

    cloud.fault = fault
    with pytest.raises(CommandError, match=r"Run the same again|did not answer"):
        call_command(*command)
