"""The units of the application, rendered by Ansible: which ports each may open, and where it keeps its figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.config import ROOT

ROLE = ROOT / "roles" / "app"
VARIABLES = {"ansible_python_interpreter": sys.executable, "app_home": "/opt/account-app", "app_workers": 2}


def rendered(folder: Path, unit: str) -> list[str]:
    """The lines of a unit."""
    target = folder / unit
    done = subprocess.run(
        (
            str(Path(sys.executable).parent / "ansible"), "localhost", "--inventory=localhost,", "--connection=local",
            "--module-name=ansible.builtin.template",
            f"--args=src={ROLE / 'templates' / 'etc/systemd/system' / unit}.j2 dest={target}",
            f"--extra-vars={json.dumps(VARIABLES)}",
        ),
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return target.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    "unit, ports",
    [
        ("account-app.service", ["ipv4:tcp:9108"]),  # 8080 is systemd's
        ("account-app-trial.service", ["ipv4:tcp:8079"]),
        ("account-admin.service", []),
    ],
)
def test_a_unit_may_open_its_own_ports_and_no_others(tmp_path: Path, unit: str, ports: list[str]) -> None:
    lines = rendered(tmp_path, unit)
    assert "SocketBindDeny=any" in lines
    assert [line.partition("=")[2] for line in lines if line.startswith("SocketBindAllow=")] == ports


def test_the_api_keeps_its_figures_in_a_directory_that_systemd_empties(tmp_path: Path) -> None:
    lines = rendered(tmp_path, "account-app.service")
    assert "RuntimeDirectory=account-app" in lines
    assert not [line for line in lines if line.startswith("RuntimeDirectoryPreserve")]
    assert "Environment=PROMETHEUS_MULTIPROC_DIR=%t/account-app LEDGER_METRICS_PORT=9108" in lines


@pytest.mark.parametrize("unit", ["account-app-trial.service", "account-admin.service"])
def test_no_other_unit_has_figures(tmp_path: Path, unit: str) -> None:
    assert not [line for line in rendered(tmp_path, unit) if "PROMETHEUS" in line or "METRICS" in line]
