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
    """A running instance, as far as the network is concerned."""

    id: str
    region: str
    private: str
    public: str | None
    vpc_cidr: str
    groups: tuple[str, ...]

    @property
    def interface(self) -> str:
        """The router's end of its link."""
        return places.host_name(self.id)


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
        *(f"    {match} return" for rule in egress for match in _outwards(rule, instances)),
        "    drop",
        "  }",
        f"  chain to_{_chain(instance)} {{",
        *(f"    {match} accept" for rule in ingress for match in _inwards(rule, instances)),
        "    drop",
        "  }",
    ]


def _chain(instance: Instance) -> str:
    return instance.interface.removeprefix(places.PREFIX)


def _inwards(rule: Mapping[str, Any], instances: Sequence[Instance]) -> Iterable[str]:
    port = _port(rule, "{protocol} dport {ports}")
    for source in rule.get("IpRanges", ()):
        # A host outside its VPC is seen by its public address, which the router puts in only after this chain.
        cidr = ipaddress.ip_network(source["CidrIp"])
        yield f"ip saddr {cidr}{port}"
        yield from (f"ip saddr {i.private}{port}" for i in instances if _public_in(i, cidr))
    for pair in rule.get("UserIdGroupPairs", ()):
        # Members are known by their private addresses only; whoever comes over a public one is no member.
        private = "{ " + ", ".join(instance.private for instance in instances) + " }"
        for member in _members(pair["GroupId"], instances):
            yield f"ip saddr {member} ct original ip daddr {private}{port}"


def _outwards(rule: Mapping[str, Any], instances: Sequence[Instance]) -> Iterable[str]:
    # What the host has sent, before the router led it to another address or port.
    port = _port(rule, "meta l4proto {protocol} ct original proto-dst {ports}")
    for target in rule.get("IpRanges", ()):
        yield f"ct original ip daddr {target['CidrIp']}{port}"
    for pair in rule.get("UserIdGroupPairs", ()):
        yield from (f"ct original ip daddr {member}{port}" for member in _members(pair["GroupId"], instances))
    if rule.get("PrefixListIds"):
        # The only prefix list that a template of ours may name: DynamoDB's, of the gateway endpoint.
        yield from (f"ct original ip daddr {places.dynamodb_address(region)}{port}" for region in places.REGIONS)


def _public_in(instance: Instance, cidr: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    return instance.public is not None and ipaddress.ip_address(instance.public) in cidr


def _members(group: str, instances: Sequence[Instance]) -> Iterable[str]:
    return (instance.private for instance in instances if group in instance.groups)


def _port(rule: Mapping[str, Any], match: str) -> str:
    """The rule's protocol and ports in the words of ``match``; nothing where it is for all."""
    protocol = rule["IpProtocol"]
    if protocol == "-1":
        return ""
    if protocol not in ("tcp", "udp"):
        raise ValueError(f"a security group has a rule for {protocol!r}: teach firewall.py what that means")
    low, high = rule["FromPort"], rule["ToPort"]
    return " " + match.format(protocol=protocol, ports=low if low == high else f"{low}-{high}")
