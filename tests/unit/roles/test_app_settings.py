"""The application's settings on a host, rendered by Ansible: closed, unless the operator opens them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.config import ROOT

ROLE = ROOT / "roles" / "app"
HOST: dict[str, Any] = {
    "app_region": "eu-central-1",
    "app_regions": ["ap-northeast-2", "eu-central-1"],
    "app_addresses": ["203.0.113.9"],
    "playbook_dir": str(ROOT / "playbooks"),
}


@pytest.mark.parametrize("given", [None, False, True, "false", "true"], ids=repr)
def test_keys_are_required_unless_the_one_variable_opens_it(tmp_path: Path, given: bool | str | None) -> None:
    target = tmp_path / "app.env"
    variables = HOST | {"ansible_python_interpreter": sys.executable}
    variables |= {} if given is None else {"app_open_demonstration": given}  # a text: -e NAME=VALUE
    done = subprocess.run(
        (
            str(Path(sys.executable).parent / "ansible"), "localhost", "--inventory=localhost,", "--connection=local",
            "--module-name=ansible.builtin.template",
            f"--args=src={ROLE / 'templates' / 'etc/account-app/app.env.j2'} dest={target}",
            f"--extra-vars=@{ROLE / 'defaults' / 'main.yml'}", f"--extra-vars={json.dumps(variables)}",
        ),
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    settings = dict(line.split("=", 1) for line in target.read_text(encoding="utf-8").splitlines() if line[0] != "#")
    assert settings.pop("LEDGER_OPEN_DEMONSTRATION", None) == ("1" if given in (True, "true") else None)
    assert settings == {
        "LEDGER_REGION": "eu-central-1",
        "LEDGER_REGIONS": "ap-northeast-2,eu-central-1",
        "DJANGO_ALLOWED_HOSTS": "127.0.0.1,203.0.113.9",
    }
