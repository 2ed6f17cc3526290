"""The router's nft rules: public addresses, metadata and endpoints, and the security groups, as text.

Pure: what the EC2 API says of the deployed instances and groups goes in. Traffic to an instance passes if it is an
answer or its groups' ingress rules have it; traffic from one, if its groups' egress rules have it. The rest is
dropped without an answer, as in a VPC.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.rehearsal import places

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, slots=True)
class Instance:
    """A running instance, as far as the network is concerned. ``interface`` is the router's end of its link."""

    interface: str
    region: str
    private: str
    public: str | None
    vpc_cidr: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A security group: ``IpPermissions`` and ``IpPermissionsEgress`` as EC2 describes them."""

    ingress: Sequence[Mapping[str, Any]]
    egress: Sequence[Mapping[str, Any]]


def rules(instances: Sequence[Instance], groups: Mapping[str, Group], links: Mapping[tuple[str, str], str]) -> str:
    """The whole rule set. ``links``: address and port of a region's DynamoDB for callers of a region."""
    seats = {seat.namespace: seat.address for seat in places.SEATS}
    senders = {instance.interface: instance.private for instance in instances} | seats
    lines = [
        "flush ruleset",
        "table ip rehearsal {",
        "  chain to_other_addresses {",
        "    type nat hook prerouting priority dstnat;",
        f"    ip daddr {places.METADATA} tcp dport 80 dnat to {places.CLOUD.address}:{places.METADATA_PORT}",
        *(
            f"    ip saddr {instance.private} ip daddr {places.dynamodb_address(target)} "
            f"tcp dport {places.ENDPOINT_PORT} dnat to {link}"
            for instance in instances
            for (caller, target), link in sorted(links.items())
            if caller == instance.region
        ),
        *(f"    ip daddr {i.public} dnat to {i.private}" for i in instances if i.public),
        "  }",
        "  chain from_public_addresses {",
        "    type nat hook postrouting priority srcnat;",
        # As an internet gateway does; the cloud's own addresses stand for endpoints, which see private ones.
        *(
            f"    ip saddr {i.private} ip daddr != {{ {i.vpc_cidr}, {places.CLOUD.address} }} snat to {i.public}"
            for i in instances
            if i.public
        ),
        "  }",
        "  chain forward {",
        "    type filter hook forward priority filter; policy drop;",
        *(f"    iifname {name} ip saddr != {address} drop" for name, address in sorted(senders.items())),
        "    ct state established,related accept",
        f"    ct original ip daddr {places.METADATA} accept",
        *(f"    iifname {instance.interface} jump from_{_chain(instance)}" for instance in instances),
        *(f"    oifname {instance.interface} jump to_{_chain(instance)}" for instance in instances),
        *(f"    oifname {seat.namespace} accept" for seat in places.SEATS),
        "  }",
    ]
    for instance in instances:
        lines += _chains(instance, instances, groups)
    return "\n".join([*lines, "}", ""])


def _chains(instance: Instance, instances: Sequence[Instance], groups: Mapping[str, Group]) -> list[str]:
    ingress = [rule for group in instance.groups for rule in groups[group].ingress]
    egress = [rule for group in instance.groups for rule in groups[group].egress]
    # Egress only decides whether the packet goes on to the other side's ingress; ingress is the last word.
    return [
        f"  chain from_{_chain(instance)} {{",
        *(f"    {match} return" for rule in egress for match in _matches(rule, "daddr", instances)),
        "    drop",
        "  }",
        f"  chain to_{_chain(instance)} {{",
        *(f"    {match} accept" for rule in ingress for match in _matches(rule, "saddr", instances)),
        "    drop",
        "  }",
    ]


def _chain(instance: Instance) -> str:
    return instance.interface.removeprefix(places.PREFIX)


def _matches(rule: Mapping[str, Any], side: str, instances: Sequence[Instance]) -> Iterable[str]:
    for address in _peers(rule, side, instances):
        yield f"ip {side} {address}{_protocol(rule)}"


def _peers(rule: Mapping[str, Any], side: str, instances: Sequence[Instance]) -> Iterable[str]:
    for source in rule.get("IpRanges", ()):
        # A host outside its VPC is seen by its public address, which the router puts in only after this chain.
        cidr = ipaddress.ip_network(source["CidrIp"])
        yield str(cidr)
        yield from (i.private for i in instances if i.public and ipaddress.ip_address(i.public) in cidr)
    for pair in rule.get("UserIdGroupPairs", ()):
        members = [instance.private for instance in instances if pair["GroupId"] in instance.groups]
        # Members are known by their private addresses only; whoever comes over a public one is no member.
        yield from (f"{member} ct original ip daddr {_private(instances)}" for member in members)
    if rule.get("PrefixListIds"):
        # The only prefix list that a template of ours may name: DynamoDB's, of the gateway endpoint.
        yield from (places.dynamodb_address(region) for region in places.REGIONS)


def _private(instances: Sequence[Instance]) -> str:
    return "{ " + ", ".join(instance.private for instance in instances) + " }"


def _protocol(rule: Mapping[str, Any]) -> str:
    protocol = rule["IpProtocol"]
    if protocol == "-1":
        return ""
    if protocol not in ("tcp", "udp"):
        raise ValueError(f"a security group has a rule for {protocol!r}: teach firewall.py what that means")
    low, high = rule["FromPort"], rule["ToPort"]
    return f" {protocol} dport {low}" if low == high else f" {protocol} dport {low}-{high}"
