"""The README's commands do what the README says."""

import json
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox import banner
from sandbox.config import ROOT, Settings
from sandbox.testing import Sandbox, running

README = (ROOT / "README.md").read_text(encoding="utf-8")
PORTS = re.compile(r"127\.0\.0\.1:(\d+)")
VOLATILE = {"transfer_id", "executed_at", "created_at"}  # differ from run to run


def test_the_output_of_make_sandbox_is_the_one_shown() -> None:
    assert _indented(banner.text(Settings(), "sZ3kq0V8Yy1mXw2T").strip("\n")) in README


def test_the_commands_work_in_the_order_shown(tmp_path: Path) -> None:
    with running(sweep_every=1.0) as sandbox:
        for command in _commands():
            answer = _run(_moved(command, sandbox), sandbox)
            if "curl" in command:
                assert _status(answer) in {200, 201}, f"{command}\n{answer}"
            if command.startswith("aws"):
                assert json.loads(answer)["Item"]["account_id"] == {"S": "cloud"}
            if command.endswith("/account/cloud"):
                time.sleep(sandbox.settings.lag * 2)
            _compare_with_the_one_shown(command, _moved(command, sandbox), sandbox)


def test_the_commands_of_operators_work_in_the_order_shown() -> None:
    shown = [line.strip() for line in README.split("## Configuration")[1].splitlines() if line.startswith("    ")]
    assert len(shown) > 8
    with running(sweep_every=1.0) as sandbox:
        for command in [line for line in _commands() if "create_account" in line]:
            _run(_moved(command, sandbox), sandbox)
        _run(".venv/bin/python -m sandbox settle", sandbox)
        key_id = ""
        for command in shown:
            answer = _run(command.replace("KEY_ID", key_id), sandbox, typed="a long password 4711\n")
            if " createkey " in command:
                key_id = answer.split(":")[0]


def test_the_row_of_a_new_account_is_what_people_look_for() -> None:
    with running(resolvers=False) as sandbox:
        for command in [line for line in _commands() if "create_account" in line]:
            _run(_moved(command, sandbox), sandbox)
        client = sandbox.client(sandbox.regions[0])
        item = client.get_item(TableName="account-table", Key={"account_id": {"S": "cloud"}})["Item"]
        assert (item["balance"], item["currency"]) == ({"N": "1000"}, {"S": "USD"})


def _commands() -> list[str]:
    """The commands of the section "Try it", but for those that run a whole sandbox or all tests."""
    section = README.split("## Try it")[1].split("\n## ")[0]
    shown = [line.strip() for line in section.splitlines() if line.startswith("    ")]
    unique = list(
        dict.fromkeys(line for line in shown if line.startswith(("curl ", "aws ", ".venv/bin/python -m sandbox")))
    )
    first = banner.first_lines(Settings())
    assert unique[: len(first)] == first
    # The banner stands before the instructions and shows two of the switches as hints.
    return [line for line in unique if "(heal" not in line]


def _moved(command: str, sandbox: Sandbox) -> str:
    """The command for the ports of this sandbox."""
    return PORTS.sub(lambda match: f"127.0.0.1:{int(match[1]) + sandbox.settings.port_offset}", command)


def _run(command: str, sandbox: Sandbox, typed: str = "") -> str:
    words = shlex.split(command)
    if words[0] == "curl":
        words[1:1] = ["-sS", "-w", "\n%{http_code}"]
    environment = {
        "PORT_OFFSET": str(sandbox.settings.port_offset),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    done = subprocess.run(
        words, cwd=ROOT, env=environment, input=typed, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def _status(answer: str) -> int:
    return int(answer.splitlines()[-1])


def _compare_with_the_one_shown(command: str, moved: str, sandbox: Sandbox) -> None:
    """The account of the README is shown as it is once the first payment has arrived."""
    if command.endswith("8080/account/cloud"):
        answer = json.loads(_run(moved, sandbox).splitlines()[0])
        assert _steady(answer) in [_steady(shown) for shown in _shown_json()]


def _shown_json() -> list[dict[str, Any]]:
    return [json.loads(line) for line in README.splitlines() if line.startswith("    {")]


def _steady(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in VOLATILE}


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())


@pytest.fixture(autouse=True)
def _no_ambient_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT_OFFSET", raising=False)
