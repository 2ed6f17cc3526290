"""Hosts and processes that die come back by themselves."""

from typing import Any

import pytest

from tests.rehearsal.operator import Operator, call
from tests.rehearsal.places import REGIONS
from tests.rehearsal.waiting import until

pytestmark = pytest.mark.usefixtures("site")

HOME, OTHER = REGIONS


def _main_pid(host: Any) -> int:
    return int(host.service("account-app").systemd_properties["MainPID"])


def test_a_killed_gunicorn_is_started_again(operator: Operator) -> None:
    app = operator.host("app", OTHER)
    health = f"http://{operator.public_address('app', OTHER)}:8080/healthcheck"
    killed = _main_pid(app)
    app.check_output(f"kill -9 {killed}")
    # The socket is systemd's: the request waits for the new process.
    assert call("GET", health, timeout=30).status == 200
    assert _main_pid(app) not in (0, killed)


@pytest.mark.parametrize("role, path", [("app", ":8080/healthcheck"), ("bastion", ":80/")])
def test_a_reboot_brings_the_services_back(operator: Operator, role: str, path: str) -> None:
    address = operator.public_address(role, OTHER)
    boot = operator.host(role, OTHER).check_output("cat /proc/sys/kernel/random/boot_id")
    operator.host(role, OTHER).run("systemctl reboot")
    until(lambda: _booted(operator, role) not in ("", boot), 90, f"the {role} boots")
    until(lambda: call("GET", f"http://{address}{path}").status == 200, 60, f"the {role} serves")
    state = operator.host(role, OTHER).run("systemctl is-system-running --wait")
    assert state.stdout.strip() == "running", operator.host(role, OTHER).check_output("systemctl --failed")


def _booted(operator: Operator, role: str) -> str:
    return str(operator.host(role, OTHER).run("cat /proc/sys/kernel/random/boot_id").stdout.strip())
