"""Hosts and processes that die come back by themselves."""

from typing import Any

import pytest

from tests.rehearsal.operator import Operator, call
from tests.rehearsal.places import REGIONS
from tests.rehearsal.waiting import until

pytestmark = pytest.mark.usefixtures("site")

_, OTHER = REGIONS
BOOT_ID = "cat /proc/sys/kernel/random/boot_id"


def _main_pid(host: Any) -> int:
    return int(host.service("account-app").systemd_properties["MainPID"])


def test_a_killed_gunicorn_is_started_again(operator: Operator) -> None:
    app = operator.host("app", OTHER)
    health = f"http://{operator.public_address('app', OTHER)}:8080/healthcheck"
    killed = _main_pid(app)
    app.check_output(f"kill -9 {killed}")
    # Its workers go on for a moment and are killed, too, with what they have begun. From then on the socket, which is
    # systemd's, collects requests until the new process takes them.
    until(lambda: _main_pid(app) not in (0, killed), 30, "systemd has started another")
    assert call("GET", health, timeout=30).status == 200


@pytest.mark.parametrize("role, path", [("app", ":8080/healthcheck"), ("bastion", ":80/")], ids=["app", "bastion"])
def test_a_reboot_brings_the_services_back(operator: Operator, role: str, path: str) -> None:
    address = operator.public_address(role, OTHER)
    boot = operator.host(role, OTHER).check_output(BOOT_ID)
    operator.host(role, OTHER).check_output("systemd-run --on-active=1 systemctl reboot")
    until(lambda: _boot_id(operator, role) not in ("", boot), 90, f"the {role} boots")
    until(lambda: call("GET", f"http://{address}{path}").status == 200, 60, f"the {role} serves")
    state = operator.host(role, OTHER).run("systemctl is-system-running --wait")
    assert state.stdout.strip() == "running", operator.host(role, OTHER).check_output("systemctl --failed")


def _boot_id(operator: Operator, role: str) -> str:
    """The id of the host's present boot; nothing while ssh does not reach it."""
    try:
        return str(operator.host(role, OTHER).check_output(BOOT_ID))
    except RuntimeError:  # testinfra's word for ssh's own exit status
        return ""
