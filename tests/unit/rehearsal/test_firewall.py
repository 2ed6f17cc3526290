"""The rules that the rehearsal's router makes of security groups."""

from typing import Any

from tests.rehearsal.machines.firewall import Group, Instance, rules

BASTION, APP = "sg-bastion", "sg-app"
OPERATOR = "198.51.100.10/32"


def rule(port: int, *, cidr: str | None = None, group: str | None = None) -> dict[str, Any]:
    """A permission as DescribeSecurityGroups shows it."""
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "IpRanges": [{"CidrIp": cidr}] if cidr else [],
        "UserIdGroupPairs": [{"GroupId": group}] if group else [],
    }


def host(name: str, address: str, public: str, group: str) -> Instance:
    """A running instance in Seoul."""
    return Instance(f"i-{name:0>8}", "ap-northeast-2", address, public, "10.20.0.0/16", (group,))


INSTANCES = [host("jump", "10.20.0.4", "203.0.113.10", BASTION), host("app", "10.20.1.4", "203.0.113.11", APP)]
GROUPS = {
    BASTION: Group(ingress=[rule(22, cidr=OPERATOR)], egress=[rule(22, cidr="10.20.0.0/16")]),
    APP: Group(ingress=[rule(22, group=BASTION), rule(8080, cidr="0.0.0.0/0")], egress=[rule(443, cidr="0.0.0.0/0")]),
}
LINKS = {("ap-northeast-2", "eu-central-1"): "192.0.2.2:4571"}


def chain(name: str) -> list[str]:
    """The lines of one chain."""
    lines = rules(INSTANCES, GROUPS, LINKS).splitlines()
    start = lines.index(f"  chain {name} {{") + 1
    return [line.strip() for line in lines[start : lines.index("  }", start)]]


def test_ingress_is_what_the_groups_name_and_nothing_else() -> None:
    assert chain("to_0000jump") == [f"ip saddr {OPERATOR} tcp dport 22 accept", "drop"]


def test_a_member_of_a_group_is_known_by_its_private_address_only() -> None:
    inside = "{ 10.20.0.4, 10.20.1.4 }"
    assert chain("to_00000app")[0] == f"ip saddr 10.20.0.4 ct original ip daddr {inside} tcp dport 22 accept"


def test_egress_goes_on_to_the_other_sides_ingress() -> None:
    assert "ct original ip daddr 10.20.0.0/16 meta l4proto tcp ct original proto-dst 22 return" in chain(
        "from_0000jump"
    )
    assert chain("from_0000jump")[-1] == "drop"


def test_what_comes_to_a_public_address_goes_to_the_private_one() -> None:
    assert "ip daddr 203.0.113.11 dnat to 10.20.1.4" in chain("to_other_addresses")


def test_a_regions_callers_reach_another_regions_tables_through_their_link() -> None:
    led = [line for line in chain("to_other_addresses") if line.endswith("dnat to 192.0.2.2:4571")]
    assert [line.split()[2] for line in led] == ["10.20.0.4", "10.20.1.4"]


def test_without_instances_nothing_but_the_cloud_is_reached() -> None:
    assert "type filter hook forward priority filter; policy drop;" in rules([], {}, LINKS)
