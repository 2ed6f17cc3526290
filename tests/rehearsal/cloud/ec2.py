"""EC2 as the templates need it: instances with all their properties, a console, an image to boot.

Changes moto's classes in place; called once, by the server's process.
"""

import ipaddress
import itertools
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ec2.models import elastic_ip_addresses as addresses
from moto.ec2.models import elastic_network_interfaces as interfaces
from moto.ec2.models.instances import Instance
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.responses.general import General
from moto.ssm.models import Parameter, ssm_backends

from tests.rehearsal import places

IMAGE_PARAMETER = "/aws/service/debian/release/13/latest/amd64"
ACCOUNT = "123456789012"
"""moto's account."""
INSTANCE_PROPERTIES = {
    "BlockDeviceMappings", "IamInstanceProfile", "ImageId", "InstanceInitiatedShutdownBehavior", "InstanceType",
    "KeyName", "LaunchTemplate", "MetadataOptions", "Monitoring", "NetworkInterfaces", "SecurityGroupIds", "SubnetId",
    "Tags", "UserData", "PropagateTagsToVolumeOnCreation", "CreditSpecification", "DisableApiTermination",
    "EbsOptimized",
}  # fmt: skip
"""What ``instance_from_template`` understands, or what changes nothing here (volumes, credits)."""

_public = itertools.count(10)


def install() -> None:
    """Bring in everything of this module."""
    interfaces.random_public_ip = _public_address
    addresses.random_ip = _public_address
    Instance.create_from_cloudformation_json = classmethod(_instance_from_template)
    Instance.update_from_cloudformation_json = classmethod(_instance_changed)
    General.get_console_output = _console_output
    addresses.ElasticAddress.delete = _release
    RouteTable.delete = lambda self, account, region: ec2_backends[account][region].delete_route_table(self.id)
    for region in places.REGIONS:
        _offer_image(region)


def _public_address() -> str:
    return f"{places.PUBLIC}{next(_public)}"


def _instance_from_template(
    cls: type[Instance],
    /,
    resource_name: str,
    cloudformation_json: Mapping[str, Any],
    account_id: str,
    region_name: str,
    **_: object,
) -> Instance:
    """Run an instance with the template's properties, of which moto itself reads only a few."""
    given = cloudformation_json["Properties"]
    if unknown := given.keys() - INSTANCE_PROPERTIES:
        raise ValueError(f"the rehearsal's EC2 does not know these properties of an instance: {sorted(unknown)}")
    backend = ec2_backends[account_id][region_name]
    launch = _launch_template(backend, given)
    values = launch | {name: value for name, value in given.items() if name != "LaunchTemplate"}
    interface: Mapping[str, Any] = next(iter(values.get("NetworkInterfaces", ())), {})
    subnet = values.get("SubnetId") or interface.get("SubnetId")
    groups = values.get("SecurityGroupIds") or interface.get("GroupSet") or interface.get("Groups") or []
    associate = interface.get("AssociatePublicIpAddress")
    reservation = backend.run_instances(
        image_id=values["ImageId"],
        user_data=values.get("UserData"),
        count=1,
        security_group_names=[],
        security_group_ids=list(groups),
        instance_type=values.get("InstanceType", "m1.small"),
        is_instance_type_default="InstanceType" not in values,
        region_name=region_name,
        subnet_id=subnet,
        key_name=values.get("KeyName"),
        associate_public_ip=None if associate is None else str(associate).lower() == "true",
        metadata_options=values.get("MetadataOptions", {}),
        monitoring_state="enabled" if str(values.get("Monitoring")).lower() == "true" else "disabled",
        instance_initiated_shutdown_behavior=values.get("InstanceInitiatedShutdownBehavior"),
    )
    instance = reservation.instances[0]
    for tag in values.get("Tags", ()):
        instance.add_tag(tag["Key"], tag["Value"])
    profile = values.get("IamInstanceProfile")
    if profile:
        name = profile if isinstance(profile, str) else profile.get("Name") or profile["Arn"].rsplit("/", 1)[-1]
        backend.associate_iam_instance_profile(instance_id=instance.id, iam_instance_profile_name=name)
    instance.rehearsal_properties = given
    return instance


def _launch_template(backend: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    wanted = given.get("LaunchTemplate")
    if not wanted:
        return {}
    found = (
        backend.get_launch_template(wanted["LaunchTemplateId"])
        if "LaunchTemplateId" in wanted
        else backend.get_launch_template_by_name(wanted["LaunchTemplateName"])
    )
    version: dict[str, Any] = dict(found.get_version(wanted.get("Version", "$Latest")).data)
    return version


def _instance_changed(
    cls: type[Instance],
    original_resource: Instance,
    new_resource_name: str,
    cloudformation_json: Mapping[str, Any],
    account_id: str,
    region_name: str,
) -> Instance:
    """Tags change in place; for everything else the rehearsal has no case yet, so it says so."""
    old, new = original_resource.rehearsal_properties, cloudformation_json["Properties"]
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    if changed - {"Tags"}:
        raise ValueError(f"an update would replace or restart {original_resource.id}: {sorted(changed)} changed")
    for tag in new.get("Tags", ()):
        original_resource.add_tag(tag["Key"], tag["Value"])
    original_resource.rehearsal_properties = new
    return original_resource


def _console_output(self: General) -> ActionResult:
    """What the instance's host has printed on its console so far; nothing while it has not begun to boot."""
    instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    log = places.LOGS / f"console-{instance.id}.log"
    output = log.read_bytes()[-64 * 1024 :] if log.exists() else b""
    return ActionResult({"InstanceId": instance.id, "Timestamp": utcnow(), "Output": b64encode(output).decode("ascii")})


def _release(self: addresses.ElasticAddress, account: str, region: str) -> None:
    """Release an address whose stack is deleted; moto would keep it."""
    backend = ec2_backends[account][region]
    if self.association_id:
        backend.disassociate_address(association_id=self.association_id)
    backend.release_address(allocation_id=self.allocation_id)


def _offer_image(region: str) -> None:
    """Offer Debian 13 as Debian does: an image, and its id in a public parameter."""
    backend = ec2_backends[ACCOUNT][region]
    image = backend.register_image(name="debian-13-amd64-rehearsal", description="Debian 13")
    # Not by put_parameter, which as on AWS refuses names under /aws.
    parameter = Parameter(
        account_id=ACCOUNT, name=IMAGE_PARAMETER, value=image.id, parameter_type="String", description=None,
        allowed_pattern=None, keyid=None, last_modified_date=utcnow(), version=1, data_type="aws:ec2:image",
    )  # fmt: skip
    ssm_backends[ACCOUNT][region]._parameters[IMAGE_PARAMETER].append(parameter)


def instance_at(address: str) -> Instance | None:
    """The running instance with this private address."""
    wanted = ipaddress.ip_address(address)
    for region in places.REGIONS:
        for instance in ec2_backends[ACCOUNT][region].all_instances():
            if instance.state == "running" and ipaddress.ip_address(instance.private_ip) == wanted:
                return instance
    return None
