"""A host that is not the one that AWS vouched for is not spoken to."""

import pytest

from tests.rehearsal.machines.commands import run
from tests.rehearsal.operator import Operator
from tests.rehearsal.places import REGIONS, STATE

pytestmark = pytest.mark.usefixtures("site")


def test_a_changed_host_key_stops_the_run(operator: Operator) -> None:
    instance: str = operator.instances()["app", REGIONS[0]]["InstanceId"]
    known = operator.known_hosts.read_text(encoding="utf-8")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(STATE / "another-key"))
    another = " ".join((STATE / "another-key.pub").read_text(encoding="ascii").split()[:2])
    changed = [f"{instance} {another}" if line.startswith(f"{instance} ") else line for line in known.splitlines()]
    assert changed != known.splitlines()
    operator.known_hosts.write_text("\n".join([*changed, ""]), encoding="utf-8")
    operator.forget_connections()
    try:
        # The first of the playbooks that does not wait minutes for a host that may still be booting.
        played = operator.play("rollback")
        asked = operator.ssh(f"app-{REGIONS[0]}", "true")
    finally:
        operator.known_hosts.write_text(known, encoding="utf-8")
    assert played.status != 0
    assert played.total("unreachable") == 1, played
    # Ansible may say no more than that the pipe broke.
    assert "Host key verification failed" in asked.stderr, asked
    assert played.total("changed") == 0, played
