"""Who reaches what: the security groups of the deployed stacks, the jump, the instances' credentials."""

from typing import Any

import pytest

from tests.rehearsal.machines import namespaces
from tests.rehearsal.operator import Operator, call, reachable
from tests.rehearsal.places import OUTSIDER, REGIONS
from tests.rehearsal.waiting import until

pytestmark = pytest.mark.usefixtures("site")


def connects(host: Any, address: str, port: int) -> bool:
    """Whether a program of the host reaches that port."""
    return bool(host.run(f"timeout 3 bash -c '</dev/tcp/{address}/{port}'").rc == 0)


@pytest.mark.parametrize("region", REGIONS)
def test_ssh_reaches_an_app_through_the_bastion_only(operator: Operator, region: str) -> None:
    instance = operator.instances()["app", region]
    assert not reachable(instance["PublicIpAddress"], 22)
    assert not reachable(instance["PrivateIpAddress"], 22)
    assert operator.host("app", region).check_output("cat /proc/1/comm") == "systemd"


@pytest.mark.parametrize("region", REGIONS)
def test_the_bastion_is_a_jump_to_its_own_app_and_nowhere_else(operator: Operator, region: str) -> None:
    bastion = operator.host("bastion", region)
    assert bastion.check_output("systemctl is-system-running") == "running"
    private = operator.instances()["app", region]["PrivateIpAddress"]
    assert connects(bastion, private, 22)
    assert not connects(bastion, private, 8079)
    other = next(name for name in REGIONS if name != region)
    assert not connects(bastion, operator.public_address("app", other), 22)
    settings = bastion.check_output("sshd -T")
    assert f"permitopen {private}:22" in settings
    assert "passwordauthentication no" in settings
    assert "permitrootlogin no" in settings


@pytest.mark.parametrize("region", REGIONS)
def test_everybody_reaches_the_api(operator: Operator, region: str) -> None:
    address = operator.public_address("app", region)
    with namespaces.entered(OUTSIDER.namespace):
        assert call("GET", f"http://{address}:8080/healthcheck").status == 200


@pytest.mark.parametrize("region", REGIONS)
def test_only_operators_reach_the_bastion(operator: Operator, region: str) -> None:
    address = operator.public_address("bastion", region)
    assert reachable(address, 22)
    assert reachable(address, 80)
    with namespaces.entered(OUTSIDER.namespace):
        assert not reachable(address, 22)
        assert not reachable(address, 80)


def test_a_port_that_no_security_group_opens_is_closed_though_somebody_listens(operator: Operator) -> None:
    app, address = operator.host("app", REGIONS[0]), operator.public_address("app", REGIONS[0])
    app.check_output("systemd-run --unit=rehearsal-listener python3 -m http.server 8081")
    try:
        until(lambda: app.socket("tcp://0.0.0.0:8081").is_listening, 10, "the listener starts")
        assert not reachable(address, 8081)
    finally:
        app.check_output("systemctl stop rehearsal-listener")


@pytest.mark.parametrize("region", REGIONS)
def test_the_figures_are_for_programs_of_the_host_only(operator: Operator, region: str) -> None:
    app = operator.host("app", region)
    assert "account_ledger_requests_total{" in app.check_output("curl -sf http://127.0.0.1:9108/metrics")
    assert app.socket("tcp://127.0.0.1:9108").is_listening
    assert not reachable(operator.public_address("app", region), 9108)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(
    "role, python",
    [("app", "/opt/account-app/current/venv"), ("bastion", "/opt/dynamodb-test/venv")],
    ids=["app", "bastion"],
)
def test_a_host_has_the_credentials_of_its_role(operator: Operator, role: str, python: str, region: str) -> None:
    host = operator.host(role, region)
    asked = f"import boto3; print(boto3.client('sts', region_name='{region}').get_caller_identity()['Arn'])"
    arn = host.check_output(f'{python}/bin/python -c "{asked}"')
    assert f"{role.title()}Role" in arn


def test_instance_metadata_wants_a_token(operator: Operator) -> None:
    app = operator.host("app", REGIONS[0])
    address = "http://169.254.169.254/latest/meta-data/instance-id"
    assert app.check_output(f"curl -s -o /dev/null -w '%{{http_code}}' {address}") == "401"
