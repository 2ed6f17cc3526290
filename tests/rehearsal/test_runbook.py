"""Every command of the runbook and of the guide's tables, as it stands there, in the operator's shell."""

import re
import subprocess
from functools import partial
from typing import Any

import pytest

from tests.rehearsal.operator import Operator, call
from tests.rehearsal.places import CONTROL_PLANE_URL, REGIONS
from tests.rehearsal.stage import PROJECT
from tests.rehearsal.waiting import until
from tests.unit.docs.markdown import ROOT, blocks

pytestmark = pytest.mark.usefixtures("site")

HOME, OTHER = REGIONS
PROGRAMS = ("aws ", "ssh ", "ansible-playbook ")
ELSEWHERE = {
    "ansible-playbook playbooks/rollback.yml": "test_releases.py",
    "ansible-playbook playbooks/site.yml": "test_site.py",
    "ansible-playbook playbooks/site.yml --check --diff": "test_site.py",
    "ansible-playbook playbooks/site.yml -e @$HOME/account-ledger.yml --check --diff": "test_site.py",
    "ansible-playbook playbooks/verify.yml": "test_site.py",
    "ssh -t -F build/ssh_config bastion-ap-northeast-2 /opt/dynamodb-test/monitor.sh --watch": "below: it has no end",
    "aws lambda get-account-settings --region REGION": "nowhere: moto does not know it",
}
"""What is not run here, and where it is."""
NOTHING_FOUND = ("grep", "monitor.sh")
"""Programs whose exit status 1 is an answer: no such line; not all is well at this moment."""


def commands() -> list[str]:
    """The commands of the documents: of their blocks, and in the cells of their tables."""
    found: dict[str, None] = {}
    for name in ("operations.md", "deployment.md"):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        if name == "operations.md":
            found |= dict.fromkeys(line for block in blocks(text) for line in block.splitlines())
        for row in re.findall(r"^\| .+ \|$", text, re.MULTILINE):
            found |= dict.fromkeys(re.findall(r"`([^`]+)`", row))
    return [command for command in found if command.startswith(PROGRAMS) and command not in ELSEWHERE]


def run(operator: Operator, command: str) -> subprocess.CompletedProcess[str]:
    """The command in the operator's shell, in the clone, for the other region."""
    instance = operator.instances()["app", OTHER]["InstanceId"]
    for placeholder, meant in (("REGION", OTHER), (" ID", f" {instance} --region {OTHER}")):
        command = re.sub(rf"{placeholder}\b", meant, command)
    # Version 1 of the CLI takes no address for SQS from the environment, and the region from this variable alone.
    command = command.replace("aws sqs", f"aws --endpoint-url {CONTROL_PLANE_URL} sqs")
    return subprocess.run(
        ("bash", "-c", command), cwd=PROJECT, env=operator.environment() | {"AWS_DEFAULT_REGION": HOME},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_documents_does_what_it_says(operator: Operator, command: str) -> None:
    reboots = "reboot-instances" in command
    done = run(operator, command)
    assert done.returncode == 0 or (done.returncode == 1 and any(name in command for name in NOTHING_FOUND)), done
    assert "rror" not in done.stderr, done
    if reboots:
        health = f"http://{operator.public_address('app', OTHER)}:8080/healthcheck"
        until(lambda: call("GET", health).status == 200, 60, "the app serves")


def test_monitor_watches_until_it_is_stopped(operator: Operator) -> None:
    watched = run(
        operator, "timeout 12 ssh -tt -F build/ssh_config bastion-REGION /opt/dynamodb-test/monitor.sh --watch"
    )
    assert watched.returncode == 124, watched
    assert watched.stdout.count("all in all") >= 2, watched


@pytest.mark.parametrize("unit", ["account-app", "account-status"])
def test_restarts_of_the_runbook_lose_nothing(operator: Operator, unit: str) -> None:
    role = "app" if unit == "account-app" else "bastion"
    host = operator.host(role, OTHER)
    host.check_output(f"systemctl restart {unit}")
    until(partial(_is_running, host, unit), 30, f"{unit} runs")


def _is_running(host: Any, unit: str) -> bool:
    return bool(host.service(unit).is_running)


def test_keys_and_operators_are_taken_away_as_the_runbook_says(operator: Operator) -> None:
    app = operator.host("app", HOME)
    assert app.run("account-manage reconcile --apply").rc == 0
    made = app.check_output("account-manage createkey --principal leaver --scopes read --expires 1d --json")
    key_id = re.search(r'"key_id": ?"([^"]+)"', made)
    assert key_id is not None, made
    assert app.run(f"account-manage revokekey {key_id[1]}").rc == 0
    app.check_output("printf 'a long password 4711\\n' | account-manage createoperator leaver --group inspectors")
    assert app.run("account-manage disableoperator leaver").rc == 0
