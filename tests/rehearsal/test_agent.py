"""The role of the CloudWatch agent, with a package that stands for Amazon's, which cannot be had here."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.rehearsal import agent_configuration
from tests.rehearsal.machines import namespaces
from tests.rehearsal.machines.commands import run
from tests.rehearsal.operator import Operator, Played, call
from tests.rehearsal.places import OPERATOR, REGIONS
from tests.rehearsal.waiting import until

pytestmark = pytest.mark.usefixtures("site")

_, OTHER = REGIONS
CONFIGURATION = "/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json"
JOURNAL = "/var/log/journal-to-file/account-app.log"
CONTROL = """\
Package: amazon-cloudwatch-agent
Version: 0.1
Architecture: all
Maintainer: rehearsal <rehearsal@example.com>
Description: does nothing, in place of Amazon's
"""
UNIT = """\
[Service]
ExecStart=/usr/bin/sleep infinity
[Install]
WantedBy=multi-user.target
"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is http.server's)
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Package:
    """Where the package is, and its checksum, as the guide wants them."""

    url: str
    checksum: str


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    """A package with a service of the agent's name, at an address that the hosts reach."""
    folder = tmp_path_factory.mktemp("package")
    files = {
        "root/DEBIAN/control": CONTROL,
        "root/lib/systemd/system/amazon-cloudwatch-agent.service": UNIT,
        f"root{Path(CONFIGURATION).parent}/README": "The configuration's folder comes with the package.\n",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    run("dpkg-deb", "--root-owner-group", "--build", str(folder / "root"), str(folder / "agent.deb"))
    with namespaces.entered(OPERATOR.namespace):
        server = ThreadingHTTPServer((OPERATOR.address, 80), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        digest = hashlib.sha256((folder / "agent.deb").read_bytes()).hexdigest()
        yield Package(f"http://{OPERATOR.address}/agent.deb", f"sha256:{digest}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def deploy(operator: Operator, package: Package) -> Played:
    """Run the role on one app."""
    return operator.play(
        "app", "--tags=cloudwatch_agent", f"--limit=localhost,app-{OTHER}",
        "-e", f"cloudwatch_agent_url={package.url}", "-e", f"cloudwatch_agent_checksum={package.checksum}",
    )  # fmt: skip


def test_the_agent_is_installed_once(operator: Operator, package: Package) -> None:
    played = deploy(operator, package)
    assert played.status == 0, played
    app = operator.host("app", OTHER)
    for unit in ("amazon-cloudwatch-agent", "journal-to-file"):
        assert app.service(unit).is_running
        assert app.service(unit).is_enabled
    again = deploy(operator, package)
    assert again.status == 0, again
    assert again.total("changed") == 0, again


def test_its_configuration_is_valid_and_names_a_log_group_of_the_stack(operator: Operator) -> None:
    configuration = json.loads(operator.host("app", OTHER).file(CONFIGURATION).content_string)
    agent_configuration.check(configuration)
    (file,) = configuration["logs"]["logs_collected"]["files"]["collect_list"]
    assert file["file_path"] == JOURNAL
    groups = operator.client("logs", OTHER).describe_log_groups(logGroupNamePrefix="/account-ledger/")["logGroups"]
    assert file["log_group_name"] in [group["logGroupName"] for group in groups]


def test_each_line_of_the_log_is_in_the_agents_file_once(operator: Operator) -> None:
    app = operator.host("app", OTHER)
    address = f"http://{operator.public_address('app', OTHER)}:8080/account/rehearsal-agent"
    asked = call("GET", address)
    assert asked.status == 401
    request_id = asked.body["request_id"]
    find = f"grep -F {request_id} {JOURNAL}"
    until(lambda: app.run(find).rc == 0, 20, "the line is written")
    # A restart does not write it anew.
    app.check_output("systemctl restart journal-to-file")
    later = call("GET", address, timeout=30).body["request_id"]
    until(lambda: app.run(f"grep -F {later} {JOURNAL}").rc == 0, 20, "a later line is written")
    (line,) = app.check_output(find).splitlines()
    assert json.loads(line)["logger"] == "access"
