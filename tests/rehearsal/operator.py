"""The operator's seat: a key pair, Ansible, ssh and AWS calls, from the operator's network."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from tests.rehearsal import places, wheels
from tests.rehearsal.dataplane import clean_environment
from tests.rehearsal.machines import namespaces
from tests.rehearsal.machines.commands import run

KEY_NAME = "nosql-key"
RECAP = re.compile(r"^(?P<host>\S+)\s+: (?P<counts>ok=\d+ .*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Played:
    """How a run of Ansible ended. ``counts``: the recap's figures by host. ``log``: all that it said."""

    status: int
    seconds: float
    output: str
    counts: Mapping[str, Mapping[str, int]]
    log: Path

    @property
    def changed(self) -> int:
        """How many tasks changed something, on all hosts."""
        return sum(counts["changed"] for counts in self.counts.values())

    def explain(self) -> str:
        """What to show when it did not end as it should: the failed tasks, and where the rest is."""
        failures = [
            line for line in self.output.splitlines() if line.startswith(("fatal:", "ERROR", "[ERROR]", "TASK"))
        ]
        return "\n".join([f"status {self.status}; log: {self.log}", *failures[-6:], *self.output.splitlines()[-60:]])


class Operator:
    """Works in the operator's namespace, with credentials for the control plane."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs = 0
        self._wheels = wheels.fetched()
        self.key = folder / KEY_NAME
        folder.mkdir(parents=True, exist_ok=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "operator", "-f", str(self.key))

    def environment(self) -> dict[str, str]:
        """The operator's shell: credentials, and where AWS is."""
        kept = clean_environment()
        del kept["PYTHONPATH"], kept["AWS_EC2_METADATA_DISABLED"]
        return kept | {
            "AWS_ENDPOINT_URL": places.CONTROL_PLANE_URL,
            "AWS_REGION": places.REGIONS[0],
            "ANSIBLE_HOME": str(self._folder / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self._wheels),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def import_key_pair(self) -> None:
        """Make the key pair known in every region, as the README asks of an operator."""
        public = self.key.with_suffix(".pub").read_bytes()
        for region in places.REGIONS:
            self.client("ec2", region).import_key_pair(KeyName=KEY_NAME, PublicKeyMaterial=public)

    def client(self, service: str, region: str) -> Any:
        """A boto3 client for the control plane, to be used within ``namespaces.entered``."""
        session: Any = boto3.session.Session(
            aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal", region_name=region
        )
        return session.client(service, endpoint_url=places.CONTROL_PLANE_URL)

    def play(self, playbook: str, *arguments: str, timeout: float = 900) -> Played:
        """Run a playbook of this project, unchanged: only an operator's own variables are given."""
        variables = {
            "operator_cidr": f"{places.OPERATOR.address}/32",
            "ssh_private_key_file": str(self.key),
            "app_ledger_endpoints": places.ledger_endpoints(),
        }
        given = [part for name, value in variables.items() for part in ("-e", f"{name}={value}")]
        self._runs += 1
        log = places.LOGS / f"{self._runs:02d}-{playbook}.log"
        started = time.monotonic()
        with log.open("wb") as output:
            done = subprocess.run(
                namespaces.inside(
                    places.OPERATOR.namespace,
                    *("ansible-playbook", f"playbooks/{playbook}.yml", *given, *arguments),
                ),
                cwd=places.ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                check=False,
            )
        text = log.read_text(encoding="utf-8")
        return Played(done.returncode, time.monotonic() - started, text, _counts(text), log)


def _counts(output: str) -> dict[str, dict[str, int]]:
    """The figures of the recap, by host."""
    return {
        match["host"]: {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", match["counts"])}
        for match in RECAP.finditer(output)
    }
