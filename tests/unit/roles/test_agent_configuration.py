"""The CloudWatch agent's configuration, rendered by Ansible: valid, and what the stacks expect."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sandbox.config import ROOT
from tests.rehearsal import agent_configuration
from tests.unit.cloudformation.stacks import read_all

ROLE = ROOT / "roles" / "cloudwatch_agent"
TEMPLATE = ROLE / "templates" / "opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json.j2"
LOGS = {"cloudwatch_agent_log_unit": "account-app", "cloudwatch_agent_log_group": "/account-ledger/app"}
OBSERVABILITY = read_all()["observability"]["Resources"]


def rendered(folder: Path, **variables: str) -> Any:
    """The configuration as Ansible writes it, with the role's defaults and ``variables``."""
    target = folder / "configuration.json"
    given = {"ansible_python_interpreter": sys.executable} | variables
    command = (
        str(Path(sys.executable).parent / "ansible"), "localhost", "--inventory=localhost,", "--connection=local",
        "--module-name=ansible.builtin.template", f"--args=src={TEMPLATE} dest={target}",
        f"--extra-vars=@{ROLE / 'defaults' / 'main.yml'}", f"--extra-vars={json.dumps(given)}",
    )  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(target.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def with_logs(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An app's configuration."""
    return rendered(tmp_path_factory.mktemp("agent"), **LOGS)


def test_an_apps_configuration_is_valid(with_logs: Any) -> None:
    agent_configuration.check(with_logs)


def test_a_bastions_configuration_is_valid_and_sends_no_log(tmp_path: Path) -> None:
    configuration = rendered(tmp_path)
    agent_configuration.check(configuration)
    assert "logs" not in configuration


def test_it_sends_what_the_memory_alarm_watches(with_logs: Any) -> None:
    alarm, metrics = OBSERVABILITY["AppMemory"]["Properties"], with_logs["metrics"]
    assert metrics["namespace"] == alarm["Namespace"]
    assert metrics["metrics_collected"]["mem"]["measurement"] == [alarm["MetricName"]]
    assert [it["Name"] for it in alarm["Dimensions"]] in metrics["aggregation_dimensions"]


def test_it_sends_the_log_to_the_group_that_the_stack_makes(with_logs: Any) -> None:
    (file,) = with_logs["logs"]["logs_collected"]["files"]["collect_list"]
    assert file["log_group_name"] == OBSERVABILITY["AppLog"]["Properties"]["LogGroupName"]


def _without_path(configuration: Any) -> None:
    del configuration["logs"]["logs_collected"]["files"]["collect_list"][0]["file_path"]


def _misspelt(configuration: Any) -> None:
    configuration["metrics"]["metrics_collected"]["mem"]["measurement"] = ["memory_used_percent"]


def _unknown_key(configuration: Any) -> None:
    configuration["metrics"]["interval"] = 60


def _interval_as_text(configuration: Any) -> None:
    configuration["agent"]["metrics_collection_interval"] = "60"


def _nothing_collected(configuration: Any) -> None:
    configuration["metrics"]["metrics_collected"] = {}


@pytest.mark.parametrize("flaw", [_without_path, _misspelt, _unknown_key, _interval_as_text, _nothing_collected])
def test_a_flaw_is_seen(with_logs: Any, flaw: Callable[[Any], None]) -> None:
    flawed = json.loads(json.dumps(with_logs))
    flaw(flawed)
    with pytest.raises(jsonschema.ValidationError):
        agent_configuration.check(flawed)
