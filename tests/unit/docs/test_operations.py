"""The runbook has every alarm of the stacks, every kind of incident and no other, and commands that exist."""

import ast
import re

import pytest

from tests.unit.cloudformation.stacks import read_all, resources
from tests.unit.docs.markdown import ROOT

RUNBOOK = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
LEDGER = ROOT / "webapp" / "ledger"
COMMANDS = ROOT / "webapp" / "console" / "management" / "commands"


def section(title: str) -> str:
    """The text under a heading of the second level."""
    return RUNBOOK.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_alarm_has_its_page_and_no_page_is_about_another() -> None:
    alarms = {name.partition(": ")[2] for name, _ in resources(read_all(), "AWS::CloudWatch::Alarm")}
    assert len(alarms) > 10
    assert set(re.findall(r"^### (\w+)$", section("Alarms"), re.MULTILINE)) == alarms


def reasons() -> set[str]:
    """The kinds of incidents that the ledger's code reports."""
    found = set()
    for path in LEDGER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in ("entries.incident", "report_unknown") and len(node.args) > 2:
                argument = node.args[2 if name == "entries.incident" else 3]
                found |= {part.value for part in ast.walk(argument) if isinstance(part, ast.Constant)}
            if isinstance(node, ast.FunctionDef) and node.name == "_objection":
                returned = (part.value for part in ast.walk(node) if isinstance(part, ast.Return))
                found |= {value.value for value in returned if isinstance(value, ast.Constant)}
    return {reason for reason in found if isinstance(reason, str) and re.fullmatch(r"[a-z]+(-[a-z]+)*", reason)}


def test_every_kind_of_incident_is_explained_and_no_other() -> None:
    rows = re.findall(r"^\| (`.+?) \|", section("Incidents"), re.MULTILINE)
    explained = {reason for row in rows for reason in re.findall(r"`([a-z-]+)`", row)}
    assert "foreign-write" in explained
    assert explained == reasons()


@pytest.mark.parametrize("command", sorted(set(re.findall(r"account-manage (\w+)", RUNBOOK))))
def test_the_commands_exist(command: str) -> None:
    assert (COMMANDS / f"{command}.py").is_file()
