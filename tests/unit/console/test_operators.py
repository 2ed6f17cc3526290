"""Operators: written at home only, read everywhere; and the commands that manage them."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import ScryptPasswordHasher, check_password
from django.core.management import CommandError, call_command

from api import books
from console import groups, operators, oplog, throttle
from ledger.errors import InvalidField, RegionUnreachable
from ledger.requests import Unreachable
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud

PASSWORD = "a long sentence that nobody guesses"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Two regions; commands run on a host in Frankfurt, which is not home."""
    monkeypatch.setattr(ScryptPasswordHasher, "work_factor", 2)
    cloud = Cloud((AP, EU))
    books.use(cloud.ledgers[EU])
    yield cloud
    books.use(None)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = PASSWORD) -> str:
    """What a command prints, with a password on its standard input."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_an_operator_created_anywhere_is_written_at_home_and_arrives_everywhere(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run(monkeypatch, "createoperator", "ann", "--group", "operators")
    assert said == "ann may log in, as one of the operators.\n"
    assert operators.find(cloud.ledgers[EU], "ann") is None
    cloud.deliver()
    for ledger in cloud.ledgers.values():
        found = operators.find(ledger, "ann")
        assert found is not None
        assert (found.group, found.active) == ("operators", True)
        assert check_password(PASSWORD, found.password)
    assert all(call.target == AP for call in cloud.calls if call.method == "write" and "password" in str(call))


def test_the_password_is_in_no_line_and_no_row(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(monkeypatch, "createoperator", "ann", "--group", "operators")
    said += run(monkeypatch, "listoperators", "--json")
    assert PASSWORD not in said
    assert PASSWORD not in str([cloud.world.items(region, "control-table") for region in cloud.names])


def test_two_regions_that_create_one_name_at_once_do_not_overwrite_each_other(cloud: Cloud) -> None:
    operators.create(cloud.ledgers[AP], "ann", "operators", "first")
    with pytest.raises(operators.OperatorExists):
        operators.create(cloud.ledgers[EU], "ann", "supervisors", "second")
    cloud.deliver()
    found = operators.find(cloud.ledgers[EU], "ann")
    assert found is not None
    assert (found.group, found.password) == ("operators", "first")


def test_a_request_that_is_sent_again_as_its_answer_was_lost_is_done_once(cloud: Cloud) -> None:
    """boto3 does that after a timeout."""

    def twice(call: Call, done: bool) -> None:
        if call.method == "write" and not done:
            cloud.world.regions[call.target].write(*call.arguments)

    cloud.fault = twice
    ledger = cloud.ledgers[AP]
    operators.create(ledger, "ann", "operators", "hash")
    operators.change_password(ledger, "ann", "another")
    operators.disable(ledger, "ann")
    oplog.write(ledger, "ann", "log in")
    throttle.admit(ledger, "ann")
    cloud.fault = None
    assert len(oplog.page(ledger, 9)[0]) == 1
    with pytest.raises(operators.UnknownOperator):
        operators.disable(ledger, "ann")


def test_a_disabled_operator_is_let_in_anew_by_creating_them_again(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, "createoperator", "ann", "--group", "operators")
    assert run(monkeypatch, "disableoperator", "ann") == "ann may not log in any more.\n"
    with pytest.raises(CommandError, match="ann: There is no operator 'ann' who may log in"):
        run(monkeypatch, "disableoperator", "ann")
    with pytest.raises(CommandError, match="ann: There is no operator 'ann' who may log in"):
        run(monkeypatch, "changepassword", "ann")
    run(monkeypatch, "createoperator", "ann", "--group", "inspectors")
    with pytest.raises(CommandError, match="ann: There is an operator 'ann' already"):
        run(monkeypatch, "createoperator", "ann", "--group", "supervisors")
    cloud.deliver()
    found = operators.find(cloud.ledgers[EU], "ann")
    assert found is not None
    assert (found.group, found.active) == ("inspectors", True)


def test_a_password_is_changed(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "createoperator", "ann", "--group", "operators")
    run(monkeypatch, "changepassword", "ann", typed="another sentence that nobody guesses")
    found = operators.find(cloud.ledgers[AP], "ann")
    assert found is not None
    assert check_password("another sentence that nobody guesses", found.password)


@pytest.mark.parametrize("typed", ["", "short", "password1234", "123456789012"])
def test_a_password_that_somebody_guesses_is_refused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    with pytest.raises(CommandError, match=r"too (short|common)|entirely numeric"):
        run(monkeypatch, "createoperator", "ann", "--group", "operators", typed=typed)
    assert operators.find(cloud.ledgers[AP], "ann") is None


@pytest.mark.parametrize("name", ["", "Ann", "1st", "a b", "a~b", "x" * 65, "ann\n"])
def test_a_name_that_nobody_can_have_is_refused(cloud: Cloud, name: str) -> None:
    with pytest.raises(InvalidField):
        operators.create(cloud.ledgers[AP], name, "operators", "hash")
    assert operators.find(cloud.ledgers[AP], name) is None


def test_a_group_that_is_none_is_refused(cloud: Cloud) -> None:
    with pytest.raises(InvalidField, match="inspectors, operators, supervisors"):
        operators.create(cloud.ledgers[AP], "ann", "root", "hash")
    assert groups.permissions("root") == frozenset()


def test_what_a_hand_has_put_lets_nobody_in(cloud: Cloud) -> None:
    rows: dict[str, dict[str, Any]] = {
        "ann": {"password": 5, "group": "operators", "active": True},
        "bob": {"password": "x", "active": True},
        "cat": {"password": "x", "group": "operators", "active": "yes"},
        "Dan": {"password": "x", "group": "operators", "active": True},
    }
    for name, row in rows.items():
        cloud.world.put(AP, "control-table", {"pk": "operator", "sk": name, **row})
    assert [(found.name, found.active) for found in operators.everybody(cloud.ledgers[AP])] == [("cat", False)]


def test_home_out_of_reach_creates_nobody_and_says_so(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.world.cut(EU, AP)
    with pytest.raises(RegionUnreachable):
        operators.create(cloud.ledgers[EU], "ann", "operators", "hash")
    with pytest.raises(CommandError, match=f"ann: Out of reach: {AP}"):
        run(monkeypatch, "disableoperator", "ann")

    def fault(call: Call, done: bool) -> None:
        raise Unreachable

    cloud.fault = fault
    for command in (("createoperator", "ann", "--group", "operators"), ("listoperators",)):
        with pytest.raises(CommandError, match="Run the same again"):
            run(monkeypatch, *command)


def test_the_operators_are_listed(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Create one" in run(monkeypatch, "listoperators")
    for name, group in (("bob", "inspectors"), ("ann", "supervisors")):
        run(monkeypatch, "createoperator", name, "--group", group)
    run(monkeypatch, "disableoperator", "bob")
    cloud.deliver()
    lines = run(monkeypatch, "listoperators").splitlines()
    assert [line.partition(", since")[0] for line in lines] == [
        "ann: supervisors, may log in",
        "bob: inspectors, disabled",
    ]
    found = [json.loads(line) for line in run(monkeypatch, "listoperators", "--json").splitlines()]
    assert [(one["name"], one["active"]) for one in found] == [("ann", True), ("bob", False)]
    assert all("password" not in one for one in found)


def test_the_commands_stand_in_the_operator_log(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "createoperator", "ann", "--group", "operators")
    with pytest.raises(CommandError):
        run(monkeypatch, "createoperator", "ann", "--group", "operators")
    lines, _ = oplog.page(cloud.ledgers[EU], 10)
    assert [(line.action, line.subject, line.outcome, line.note) for line in reversed(lines)] == [
        ("create operator", "ann", "begun", "operators"),
        ("create operator", "ann", "done", ""),
        ("create operator", "ann", "begun", "operators"),
        ("create operator", "ann", "refused: There is an operator 'ann' already.", ""),
    ]
    assert all(line.operator.startswith("manage.py (") for line in lines)
