"""The admin on a host: for operators, through the tunnel of ``make admin``, and for nobody else."""

import pytest

from tests.rehearsal.machines import namespaces
from tests.rehearsal.operator import Operator, reachable
from tests.rehearsal.places import OPERATOR, OUTSIDER, REGIONS
from tests.rehearsal.tunnel import Browser, open_tunnel
from tests.rehearsal.waiting import until

pytestmark = pytest.mark.usefixtures("site")

HOME, OTHER = REGIONS
PORT = 8090
PASSWORD = "a long sentence that nobody guesses"
LISTS = ("account", "transfer", "incident", "apikey", "operator", "logline")


@pytest.fixture(scope="module")
def ann(operator: Operator) -> str:
    """An operator of the admin, made on the home region's host."""
    create = f"echo '{PASSWORD}' | account-manage createoperator ann --group supervisors"
    with namespaces.entered(OPERATOR.namespace):
        operator.host("app", HOME).check_output(create)
        other = operator.host("app", OTHER)
        until(lambda: "ann" in other.check_output("account-manage listoperators"), 20, "her row arrives")
    return "ann"


@pytest.mark.parametrize("arguments", [(), (f"REGION={OTHER}",)], ids=["home", "other"])
def test_make_admin_opens_a_tunnel_to_every_page(operator: Operator, ann: str, arguments: tuple[str, ...]) -> None:
    browser = Browser()
    with open_tunnel(operator, *arguments) as address:
        assert "Log in" in browser.get(address)
        page = browser.send(f"{address}login/", username=ann, password=PASSWORD)
        assert "Log out" in page
        assert (OTHER if arguments else HOME) in page
        for name in LISTS:
            browser.get(f"{address}console/{name}/")
        for what, status in (("freeze", "frozen"), ("unfreeze", "active")):
            if not arguments:
                page = browser.send(f"{address}console/account/cloud/{what}/", note="rehearsed")
                assert f"Account cloud is {status}" in page
        assert "cloud" in browser.get(f"{address}console/account/cloud/change/?ask")
    assert not reachable("127.0.0.1", PORT), "the tunnel is closed"


@pytest.mark.parametrize("region", REGIONS)
def test_only_the_host_itself_reaches_the_admin(operator: Operator, region: str) -> None:
    app, described = operator.host("app", region), operator.instances()["app", region]
    listening = [
        line.split()[3] for line in app.check_output("ss --no-header --listening --tcp --numeric").splitlines()
    ]
    assert [address for address in listening if address.endswith(f":{PORT}")] == [f"127.0.0.1:{PORT}"]
    assert not reachable(described["PublicIpAddress"], PORT)
    with namespaces.entered(OUTSIDER.namespace):
        assert not reachable(described["PublicIpAddress"], PORT)
    private = described["PrivateIpAddress"]
    tried = operator.host("bastion", region).run(f"timeout 3 bash -c '</dev/tcp/{private}/{PORT}'")
    assert tried.rc != 0


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("target", ["127.0.0.1:8080", "127.0.0.1:22", "169.254.169.254:80", "localhost:8090"])
def test_an_app_forwards_to_nothing_else(operator: Operator, region: str, target: str) -> None:
    tried = operator.ssh("-W", target, f"app-{region}")
    assert tried.returncode != 0
    assert "administratively prohibited" in tried.stderr, tried.stderr


@pytest.mark.parametrize("region", REGIONS)
def test_a_bastion_forwards_to_sshd_of_its_app_only(operator: Operator, region: str) -> None:
    described = operator.instances()["app", region]
    for target in (f"{described['PrivateIpAddress']}:8080", "127.0.0.1:80", "169.254.169.254:80"):
        tried = operator.ssh("-W", target, f"bastion-{region}")
        assert "administratively prohibited" in tried.stderr, tried.stderr


@pytest.mark.parametrize("role", ["app", "bastion"])
def test_no_host_listens_for_the_operators_network(operator: Operator, role: str) -> None:
    options = ("-N", "-o", "ExitOnForwardFailure=yes", "-R", "8443:127.0.0.1:22")
    tried = operator.ssh(*options, f"{role}-{HOME}")
    assert tried.returncode != 0
    assert "remote port forwarding failed" in tried.stderr, tried.stderr
