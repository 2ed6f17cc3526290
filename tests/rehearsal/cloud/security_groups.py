"""Security groups with their egress rules, of which moto's CloudFormation knows nothing, and updated in place."""

from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroup


def install() -> None:
    """Change moto's class in place; called once, by the server's process."""
    SecurityGroup.create_from_cloudformation_json = classmethod(_create)
    SecurityGroup.update_from_cloudformation_json = classmethod(_update)


def _create(
    cls: type[SecurityGroup],
    /,
    resource_name: str,
    cloudformation_json: Mapping[str, Any],
    account_id: str,
    region_name: str,
    **_: object,
) -> SecurityGroup:
    properties = cloudformation_json["Properties"]
    backend = ec2_backends[account_id][region_name]
    group = backend.create_security_group(
        name=resource_name, description=properties["GroupDescription"], vpc_id=properties["VpcId"]
    )
    for tag in properties.get("Tags", ()):
        group.add_tag(tag["Key"], tag["Value"])
    _fill(backend, group, properties)
    return group


def _update(
    cls: type[SecurityGroup],
    /,
    original_resource: SecurityGroup,
    new_resource_name: str,
    cloudformation_json: Mapping[str, Any],
    account_id: str,
    region_name: str,
) -> SecurityGroup:
    """Change the rules of the group that is there, as hosts are in it."""
    _fill(ec2_backends[account_id][region_name], original_resource, cloudformation_json["Properties"])
    return original_resource


def _fill(backend: Any, group: SecurityGroup, properties: Mapping[str, Any]) -> None:
    group.ingress_rules.clear()
    for rule in properties.get("SecurityGroupIngress", ()):
        backend.authorize_security_group_ingress(**_arguments(group, rule, "Source"))
    if "SecurityGroupEgress" in properties:
        group.egress_rules.clear()  # in place of the rule that allows everything
        for rule in properties["SecurityGroupEgress"]:
            backend.authorize_security_group_egress(**_arguments(group, rule, "Destination"))


def _arguments(group: SecurityGroup, rule: Mapping[str, Any], side: str) -> dict[str, Any]:
    peer = rule.get(f"{side}SecurityGroupId")
    prefix_list = rule.get("DestinationPrefixListId")
    return {
        "group_name_or_id": group.id,
        "ip_protocol": str(rule["IpProtocol"]),
        "from_port": rule.get("FromPort"),
        "to_port": rule.get("ToPort"),
        "ip_ranges": [{"CidrIp": rule["CidrIp"]}] if "CidrIp" in rule else [],
        "source_groups": [{"GroupId": peer}] if peer else [],
        "prefix_list_ids": [{"PrefixListId": prefix_list}] if prefix_list else [],
    }
