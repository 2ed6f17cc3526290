"""The second life: site.yml after a teardown that left the tables, now with certificates and without port 8080."""

import datetime
import json
import socket
import ssl
import subprocess
import uuid
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any

import pytest
import trustme
from ledger_status.apps import App

from tests.rehearsal.load import paying
from tests.rehearsal.machines import namespaces
from tests.rehearsal.operator import Answer, Operator, Played, reachable
from tests.rehearsal.places import OPERATOR, OUTSIDER, REGIONS
from tests.rehearsal.test_runbook import run
from tests.rehearsal.waiting import until

NAME = "api.ledger.example"
"""One for both regions, as with a name that leads to the nearest one."""
HSTS = "max-age=600"


@dataclass(frozen=True, slots=True)
class Certificates:
    """The folder that tls_certificates names, and who signs what is in it."""

    authority: trustme.CA
    folder: Path

    @property
    def ca_file(self) -> str:
        """The authority's own certificate."""
        return str(self.folder / "ca.pem")

    def renew(self, days: int) -> None:
        """A new certificate for every region, valid for so many days."""
        for region in REGIONS:
            ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
            issued = self.authority.issue_cert(NAME, not_after=ends)
            chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
            (self.folder / f"{region}.pem").write_bytes(chain)
            (self.folder / f"{region}.key").write_bytes(issued.private_key_pem.bytes())
            (self.folder / f"{region}.key").chmod(0o600)

    def variables(self) -> tuple[str, ...]:
        """What the operator gives to the playbooks."""
        given = {"tls_certificates": str(self.folder), "tls_only": True, "tls_hsts_seconds": 600}
        return ("-e", json.dumps(given))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority of the test's own, and a certificate for every region."""
    made = Certificates(trustme.CA(), tmp_path_factory.mktemp("certificates"))
    made.authority.cert_pem.write_to_path(made.ca_file)
    made.renew(days=10)
    return made


SECRET = "/account-ledger/django-secret-key"


def secrets(operator: Operator) -> list[str]:
    """The secret key in the Parameter Store of each region that has it."""
    found = []
    for region in REGIONS:
        named = operator.client("ssm", region).get_parameters(Names=[SECRET], WithDecryption=True)["Parameters"]
        found += [parameter["Value"] for parameter in named]
    return found


@pytest.fixture(scope="module")
def old_secret(operator: Operator) -> str:
    """The secret key of the deployment before, taken away as the guide says of one that is to be changed."""
    with namespaces.entered(OPERATOR.namespace):
        old, _ = secrets(operator)
        done = run(
            operator, "aws ssm delete-parameter --region ap-northeast-2 --name /account-ledger/django-secret-key"
        )
    assert done.returncode == 0, done
    return old


@pytest.fixture(scope="module")
def deployed(operator: Operator, certificates: Certificates, old_secret: str) -> Played:
    """The run of site.yml, which must have worked."""
    played = operator.play("site", *certificates.variables())
    assert played.status == 0, played
    return played


pytestmark = pytest.mark.usefixtures("deployed")


def app(operator: Operator, certificates: Certificates, region: str) -> App:
    """A region's app, as a client calls it."""
    return App(operator.public_address("app", region), NAME, certificates.ca_file)


def curl(
    operator: Operator, certificates: Certificates, region: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Call a region's app as the guide says, from outside. The last argument is the path."""
    *options, path = arguments
    address = operator.public_address("app", region)
    command = (
        "curl", "-sS", "--max-time", "20", "--cacert", certificates.ca_file, "--connect-to",
        f"{NAME}:443:{address}:443", "-w", "\n%{http_code} %{content_type}", *options, f"https://{NAME}{path}",
    )  # fmt: skip
    inside = namespaces.inside(OUTSIDER.namespace, *command)
    return subprocess.run(inside, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("region", REGIONS)
def test_accounts_and_keys_of_before_the_teardown_are_there(
    operator: Operator, certificates: Certificates, key: str, region: str
) -> None:
    called = app(operator, certificates, region)
    answer = called.call("GET", "/account/busy", timeout=10, headers={"Authorization": f"Bearer {key}"})
    assert answer.status == 200, answer


@pytest.mark.parametrize("region", REGIONS)
def test_a_secret_key_that_was_taken_away_is_another_one_everywhere(
    operator: Operator, old_secret: str, region: str
) -> None:
    (new,) = set(secrets(operator))
    assert new != old_secret
    assert operator.host("app", region).file("/etc/account-app/DJANGO_SECRET_KEY").content_string == new


def test_the_deployment_itself_asked_over_tls(deployed: Played) -> None:
    asked = deployed.output.partition("[Ask for it over TLS]")[2].partition("\nTASK [")[0]
    assert [line for line in asked.splitlines() if "=> (item=app-" in line and line.startswith("ok:")], asked
    plain = deployed.output.partition("[Ask for its health, as a client would]")[2].partition("\nTASK [")[0]
    assert "ok:" not in plain
    assert ":8080" not in deployed.output.partition("Say where everything is")[2]


@pytest.mark.parametrize("region", REGIONS)
def test_callers_reach_port_443_only(operator: Operator, certificates: Certificates, region: str) -> None:
    address = operator.public_address("app", region)
    with namespaces.entered(OUTSIDER.namespace):
        assert app(operator, certificates, region).call("GET", "/healthcheck", timeout=10).status == 200
        assert not reachable(address, 8080)
    assert not reachable(address, 8080)


def test_browsers_are_told_to_come_by_tls_by_answers_and_refusals(
    operator: Operator, certificates: Certificates
) -> None:
    for path in ("/healthcheck", "/account/nobody", "/" + 9000 * "a"):
        answer = curl(operator, certificates, REGIONS[0], "--http1.1", "-i", path)
        assert f"strict-transport-security: {HSTS}" in answer.stdout.lower(), answer


REFUSED = {
    "a body that is too long": (("-d", 70_000 * "x", "/transfer"), "413"),
    "an address that is too long": (("--http1.1", "/" + 9000 * "a"), "414"),
    "a header that is too long": (("--http1.1", "-H", "X-Long: " + 9000 * "a", "/healthcheck"), "431"),
    "a method that nobody has": (("-X", "TRACE", "/healthcheck"), "405"),
    "a name that is not ours": (("-H", "Host: other.example", "/healthcheck"), "400"),
}


@pytest.mark.parametrize("arguments, status", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_before_the_application_is_a_problem_too(
    operator: Operator, certificates: Certificates, arguments: tuple[str, ...], status: str
) -> None:
    answer = curl(operator, certificates, REGIONS[0], *arguments)
    body, _, end = answer.stdout.rpartition("\n")
    assert end == f"{status} application/problem+json", answer
    problem = json.loads(body)
    assert {"type", "title", "status", "code", "detail", "request_id"} <= problem.keys()
    log = operator.host("app", REGIONS[0]).run(f"journalctl --since -1min -o cat | grep -c {problem['request_id']}")
    assert int(log.stdout) >= 1


def test_plain_http_to_the_port_of_tls_is_refused_in_words(operator: Operator) -> None:
    url = f"http://{operator.public_address('app', REGIONS[0])}:443/healthcheck"
    answer = subprocess.run(
        namespaces.inside(OUTSIDER.namespace, "curl", "-sS", "--max-time", "20", url),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "speaks TLS" in json.loads(answer.stdout)["detail"]


def _main_pid_is_other_than(host: Any, pid: str) -> bool:
    return host.service("nginx").systemd_properties["MainPID"] not in ("0", pid)


@pytest.mark.parametrize("region", REGIONS)
def test_only_root_reads_the_key_and_nginx_comes_back_by_itself(operator: Operator, region: str) -> None:
    host = operator.host("app", region)
    key = host.file("/etc/nginx/tls/certificate-and-key.pem")
    assert (key.user, key.group, key.mode) == ("root", "root", 0o600)
    assert host.service("nginx").is_enabled
    killed = host.service("nginx").systemd_properties["MainPID"]
    host.check_output(f"kill -KILL {killed}")
    until(partial(_main_pid_is_other_than, host, killed), 20, "nginx is started again")
    assert host.socket("tcp://0.0.0.0:443").is_listening


def test_the_bastion_asks_over_tls_and_tells_that_a_certificate_ends_soon(operator: Operator) -> None:
    shown = operator.host("bastion", REGIONS[0]).run("/opt/dynamodb-test/monitor.sh").stdout
    assert shown.count(f"https://{NAME} at ") == len(REGIONS), shown
    assert "valid for 10 days" in shown


class Client:
    """A client of one region's app: ``once`` sends a payment on a connection of its own; ``kept`` on one that it keeps,
    and if that has been closed meanwhile, again on a new one with the same key."""

    def __init__(self, called: App, key: str) -> None:
        self._called = called
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._context = ssl.create_default_context(cafile=called.ca_file)
        self._connection: HTTPSConnection | None = None

    def once(self, body: dict[str, str]) -> Answer:
        """The answer, or status ``None``."""
        sent = json.dumps(body).encode()
        try:
            answer = self._called.call("POST", "/transfer", timeout=30, headers=self._headers, body=sent)
        except (OSError, HTTPException) as error:
            return Answer(None, str(error))
        return Answer(answer.status, answer.body)

    def kept(self, body: dict[str, str]) -> Answer:
        """The answer, or status ``None`` if a new connection failed, too."""
        headers = self._headers | {"Idempotency-Key": str(uuid.uuid4())}
        for _ in range(2):
            try:
                self._connection = self._connection or self._connect()
                self._connection.request("POST", "/transfer", json.dumps(body), headers)
                answer = self._connection.getresponse()
                return Answer(answer.status, answer.read())
            except (OSError, HTTPException) as error:
                failed = str(error)
                self.close()
        return Answer(None, failed)

    def close(self) -> None:
        """Give the connection up that is kept."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> HTTPSConnection:
        connection = HTTPSConnection(NAME, timeout=30)
        plain = socket.create_connection((self._called.address, 443), 30)
        connection.sock = self._context.wrap_socket(plain, server_hostname=NAME)
        return connection


def test_a_renewed_certificate_is_taken_without_a_lost_payment(
    operator: Operator, certificates: Certificates, key: str
) -> None:
    apps = [app(operator, certificates, region) for region in REGIONS]
    # Each caller is a thread of its own, and so is each connection that is kept.
    once, kept = ([Client(called, key) for called in apps] for _ in range(2))
    certificates.renew(days=90)
    with (
        closing(kept[0]),
        closing(kept[1]),
        paying([client.once for client in once], "busy", "bee") as alone,
        paying([client.kept for client in kept], "busy", "bee", callers=1) as on_kept,
    ):
        played = operator.play("certificates", *certificates.variables())
    assert played.status == 0, played
    for load in (alone, on_kept):
        assert load.lost == []
        assert load.paid > 20
    for called in apps:
        assert round(called.call("GET", "/healthcheck", timeout=10).days_left or 0) == 90


def test_the_same_certificate_again_changes_nothing(operator: Operator, certificates: Certificates) -> None:
    again = operator.play("certificates", *certificates.variables())
    assert again.status == 0, again
    assert again.total("changed") == 0, again


@pytest.mark.parametrize("playbook", ["site", "app"])
def test_a_forgotten_file_does_not_take_tls_away(operator: Operator, certificates: Certificates, playbook: str) -> None:
    played = operator.play(playbook, "--tags", "always,tls_proxy")
    assert played.status != 0
    assert "was given no certificates" in " ".join(played.output.split()), played
    for region in REGIONS:
        assert app(operator, certificates, region).call("GET", "/healthcheck", timeout=10).status == 200


def test_nothing_is_left_to_do(operator: Operator, certificates: Certificates) -> None:
    again = operator.play("site", *certificates.variables(), "--check", "--diff")
    assert again.status == 0, again
    assert again.total("changed") == 0, again
