"""The operator's seat: a key pair, Ansible, ssh, HTTP and AWS calls, from the operator's network."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import testinfra

from tests.rehearsal import places, wheels
from tests.rehearsal.dataplane import clean_environment
from tests.rehearsal.machines import namespaces
from tests.rehearsal.machines.commands import run
from tests.rehearsal.stage import PROJECT

KEY_NAME = "nosql-key"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Made once: that reads the certificates of this machine, which takes longer than a payment."""
RECAP = re.compile(r"^(?P<host>\S+)\s+: (?P<counts>ok=\d+ .*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Played:
    """How a run of Ansible ended. ``counts``: the recap's figures by host. ``log``: all that it said."""

    status: int
    seconds: float
    output: str
    counts: Mapping[str, Mapping[str, int]]
    log: Path

    def total(self, what: str) -> int:
        """A figure of the recap, summed over all hosts: changed, failed, ..."""
        return sum(counts[what] for counts in self.counts.values())

    def __str__(self) -> str:
        """What a test that fails shows: the failed and the changed tasks, with their ends, and where the rest is."""
        lines = self.output.splitlines()
        marked = [i for i, line in enumerate(lines) if line.startswith(("fatal:", "changed:", "[ERROR]"))]
        near = sorted({j for i in marked for j in range(max(0, i - 3), i + 15) if j < len(lines)})
        return "\n".join([f"status {self.status}, {self.log}", *(lines[i] for i in near), *lines[-8:]])


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; ``None`` as status: nobody answered."""

    status: int | None
    body: Any


class Operator:
    """Works in the operator's namespace, with credentials for the control plane."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._runs = 0
        self._wheels = wheels.fetched()
        self._folder = places.STATE / "operator"
        self._folder.mkdir()
        self._connections = self._folder / "connections"
        self.key = self._folder / KEY_NAME
        self.known_hosts = PROJECT / "build" / "known_hosts"
        self._ssh_config = PROJECT / "build" / "ssh_config"
        self._variables = self._folder / "account-ledger.yml"
        variables = {
            "operator_cidr": f"{places.OPERATOR.address}/32",
            "ssh_private_key_file": str(self.key),
            "app_ledger_endpoints": places.ledger_endpoints(),
        }
        self._variables.write_text(json.dumps(variables), encoding="utf-8")
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "operator", "-f", str(self.key))

    def environment(self) -> dict[str, str]:
        """The operator's shell: credentials, and where AWS is."""
        kept = clean_environment()
        del kept["PYTHONPATH"], kept["AWS_EC2_METADATA_DISABLED"]
        return kept | {
            "AWS_ENDPOINT_URL": places.CONTROL_PLANE_URL,
            "AWS_REGION": places.REGIONS[0],
            "HOME": str(self._folder),  # where the guide keeps the operator's variables
            "ANSIBLE_HOME": str(self._folder / "ansible"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self._connections),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks",  # which tasks took how long
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self._wheels),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def client(self, service: str, region: str, *, access_key: str = "rehearsal") -> Any:
        """A boto3 client for the control plane, which checks no signature."""
        session: Any = boto3.session.Session(
            aws_access_key_id=access_key, aws_secret_access_key="rehearsal", region_name=region
        )
        return session.client(service, endpoint_url=places.CONTROL_PLANE_URL)

    def import_key_pair(self) -> None:
        """Make the key pair known in every region, as the guide asks of an operator."""
        public = self.key.with_suffix(".pub").read_bytes()
        for region in places.REGIONS:
            self.client("ec2", region).import_key_pair(KeyName=KEY_NAME, PublicKeyMaterial=public)

    def play(self, playbook: str, *arguments: str, timeout: float = 3000) -> Played:
        """Run a playbook of this project, unchanged, with the file of an operator's own variables."""
        command = ("ansible-playbook", f"playbooks/{playbook}.yml", "-e", f"@{self._variables}", *arguments)
        self._runs += 1
        log = places.LOGS / f"{self._runs:02d}-{playbook}.log"
        started = time.monotonic()
        with log.open("wb") as output:
            done = subprocess.run(
                namespaces.inside(places.OPERATOR.namespace, *command),
                cwd=PROJECT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                check=False,
            )
        text = log.read_text(encoding="utf-8")
        played = Played(done.returncode, time.monotonic() - started, text, _counts(text), log)
        figures = ", ".join(f"{name} {played.total(name)}" for name in ("ok", "changed", "failed", "unreachable"))
        self._say(f"   {playbook}.yml {' '.join(arguments)}: {figures}; {played.seconds:.0f} s")
        return played

    def host(self, role: str, region: str) -> Any:
        """A host for testinfra, as root, by the ssh configuration that the playbooks wrote."""
        name = f"{role}-{region}"
        return testinfra.get_host(f"ssh://{name}?ssh_config={self._ssh_config}&sudo=true")

    def ssh(self, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run ssh with the configuration that the playbooks wrote."""
        return subprocess.run(
            ("ssh", "-F", str(self._ssh_config), "-o", "BatchMode=yes", *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def forget_connections(self) -> None:
        """Close what Ansible keeps open, so that its next run must connect anew."""
        for path in self._connections.glob("*"):
            run("ssh", "-O", "exit", "-o", f"ControlPath={path}", "any")

    def instances(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The running instances by role and region, as EC2 describes them."""
        found = {}
        for region in places.REGIONS:
            running = {"Name": "instance-state-name", "Values": ["running"]}
            for reservation in self.client("ec2", region).describe_instances(Filters=[running])["Reservations"]:
                for instance in reservation["Instances"]:
                    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
                    found[tags["Role"], region] = instance
        return found

    def public_address(self, role: str, region: str) -> str:
        """Where the host is reached from outside."""
        address: str = self.instances()[role, region]["PublicIpAddress"]
        return address


def call(
    method: str, url: str, body: Mapping[str, Any] | None = None, *, key: str | None = None, timeout: float = 10
) -> Answer:
    """Call an HTTP address once, from the network of this thread, with an API key if one is given."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with _OPENER.open(request, timeout=timeout) as response:
            return Answer(response.status, _read(response.read()))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _read(error.read()))
    except OSError as error:
        return Answer(None, str(error))


def reachable(address: str, port: int) -> bool:
    """Whether somebody accepts a connection there, from the network of this thread."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((address, port)) == 0


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _counts(output: str) -> dict[str, dict[str, int]]:
    """The figures of the recap, by host."""
    return {
        match["host"]: {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", match["counts"])}
        for match in RECAP.finditer(output)
    }
