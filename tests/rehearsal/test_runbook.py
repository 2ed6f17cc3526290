"""Every command of the runbook and of the guide's tables, as it stands there, in the operator's shell."""

import re
import subprocess
import threading

import pytest

from tests.rehearsal.operator import Operator, call
from tests.rehearsal.places import CONTROL_PLANE_URL, REGIONS
from tests.rehearsal.stage import PROJECT
from tests.rehearsal.waiting import until
from tests.unit.docs.markdown import ROOT, blocks

pytestmark = pytest.mark.usefixtures("site")

HOME, OTHER = REGIONS
PROGRAMS = ("aws ", "ssh ", "ansible-playbook ")
WATCH = "ssh -t -F build/ssh_config bastion-ap-northeast-2 /opt/dynamodb-test/monitor.sh --watch"
FORWARD = "ssh -F build/ssh_config -o SessionType=none -L 8091:127.0.0.1:8090 app-ap-northeast-2"
FILE = "-e @$HOME/account-ledger.yml"
ELSEWHERE = {
    f"ansible-playbook playbooks/site.yml {FILE}": "test_site.py",
    f"ansible-playbook playbooks/site.yml {FILE} --check --diff": "test_site.py",
    f"ansible-playbook playbooks/verify.yml {FILE}": "test_site.py",
    f"ansible-playbook playbooks/app.yml {FILE}": "test_releases.py",
    f"ansible-playbook playbooks/rollback.yml {FILE}": "test_releases.py",
    f"ansible-playbook playbooks/teardown.yml {FILE}": "test_teardown.py",
    f"ansible-playbook playbooks/teardown.yml {FILE} -e "
    """'{"teardown_delete_tables": "delete account-table journal-table control-table"}'""": "test_removal.py",
    f"ansible-playbook playbooks/certificates.yml {FILE}": "test_tls.py",
    "ssh -t -F build/ssh_config app-ap-northeast-2 sudo account-manage createoperator ann --group supervisors": (
        "test_admin.py"
    ),
    "ssh -F build/ssh_config admin": "test_admin.py",
    f"ansible-playbook playbooks/rollback.yml {FILE} -e app_rollback_version=VERSION": "test_releases.py",
    "aws ssm delete-parameter --region eu-central-1 --name /account-ledger/image-id": "test_teardown.py",
    "aws ssm delete-parameter --region ap-northeast-2 --name /account-ledger/django-secret-key": "test_tls.py",
    WATCH: "test_runbook.py",
    FORWARD: "test_runbook.py",
}
"""What another test runs."""
NOTHING_FOUND = ("grep", "monitor.sh")
"""Programs whose exit status 1 is an answer: no such line; not all is well at this moment."""


def commands() -> list[str]:
    """The commands of the documents, in blocks and within lines, but for those that are run elsewhere."""
    found: dict[str, None] = {}
    for name in ("operations.md", "deployment.md", "tls.md"):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        found |= dict.fromkeys(line for block in blocks(text) for line in block.splitlines())
        found |= dict.fromkeys(re.findall(r"`([^`\n]+)`", text))
    shown = [command for command in found if command.startswith(PROGRAMS)]
    assert ELSEWHERE.keys() <= set(shown), "a command that is said to be run elsewhere stands nowhere"
    return [command for command in shown if command not in ELSEWHERE]


def run(operator: Operator, command: str) -> subprocess.CompletedProcess[str]:
    """The command in the operator's shell, in the clone, for the other region."""
    command = re.sub(r"\bREGION\b", OTHER, command)
    if command.endswith(" ID"):
        instance = operator.instances()["app", OTHER]["InstanceId"]
        command = command.removesuffix("ID") + instance
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
    watched = run(operator, f"timeout 25 {WATCH.replace('ssh -t ', 'ssh -tt ')}")  # there is no terminal here
    assert watched.returncode == 124, watched
    assert watched.stdout.count("all in all") >= 2, watched


def test_the_admin_is_reached_by_another_port_of_the_operators(operator: Operator) -> None:
    forwarding = threading.Thread(target=run, args=(operator, f"timeout 15 {FORWARD}"))
    forwarding.start()
    page = "http://127.0.0.1:8091/admin/login/"
    until(lambda: call("GET", page).status == 200, 12, "the tunnel is open")
    assert "Log in" in call("GET", page).body
    forwarding.join()


def test_a_restart_of_the_runbook_loses_no_request(operator: Operator, key: str) -> None:
    url = f"http://{operator.public_address('app', OTHER)}:8080/accounts"
    command = "ssh -F build/ssh_config app-REGION sudo systemctl restart account-app"
    assert command in commands()
    restart = threading.Thread(target=run, args=(operator, command))
    restart.start()
    answers = []
    while restart.is_alive():
        answers.append(call("GET", url, key=key, timeout=30).status)
    restart.join()
    assert set(answers) == {200}, answers


def test_keys_and_operators_are_taken_away_as_the_runbook_says(operator: Operator) -> None:
    app = operator.host("app", HOME)
    assert app.run("account-manage reconcile --apply").rc == 0
    made = app.check_output("account-manage createkey --principal leaver --scopes read --expires 1d --json")
    key_id = re.search(r'"key_id": ?"([^"]+)"', made)
    assert key_id is not None, made
    assert app.run(f"account-manage revokekey {key_id[1]}").rc == 0
    app.check_output("printf 'a long password 4711\\n' | account-manage createoperator leaver --group inspectors")
    assert app.run("account-manage disableoperator leaver").rc == 0
