"""``AWS::DynamoDB::GlobalTable``: one table per replica, as the control plane shows them.

Their items are not here: the data plane has them (see ``dataplane.py``).
"""

from collections.abc import Mapping
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.dynamodb.models import dynamodb_backends


class GlobalTable(CloudFormationModel):
    """A global table of the stack in ``home``."""

    def __init__(self, name: str, account: str, home: str, properties: Mapping[str, Any]) -> None:
        self.physical_resource_id = name
        self._account = account
        self._home = home
        self._properties = properties

    @staticmethod
    def cloudformation_type() -> str:
        """The type in a template."""
        return "AWS::DynamoDB::GlobalTable"

    @staticmethod
    def cloudformation_name_type() -> str:
        """The property that names the resource."""
        return "TableName"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Whether GetAtt knows ``attr``: those of the stack's own region."""
        return attr in ("Arn", "StreamArn", "TableId")

    def get_cfn_attribute(self, attr: str) -> Any:
        """The value of GetAtt."""
        described = _backend(self._account, self._home).describe_table(self.physical_resource_id)["Table"]
        names = {"Arn": "TableArn", "StreamArn": "LatestStreamArn", "TableId": "TableArn"}
        return described[names[attr]]

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Mapping[str, Any], account_id: str, region_name: str, **_: object
    ) -> "GlobalTable":
        """Make the table in every region."""
        properties = cloudformation_json["Properties"]
        regions = _regions(properties)
        if region_name not in regions:
            raise ValueError("the region of the stack must be among the replicas")
        if len(regions) > 1 and not properties.get("StreamSpecification"):
            raise ValueError("a table with replicas needs a StreamSpecification")
        for replica in properties["Replicas"]:
            _create(_backend(account_id, replica["Region"]), resource_name, properties, replica)
        return cls(resource_name, account_id, region_name, properties)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "GlobalTable",
        new_resource_name: str,
        cloudformation_json: Mapping[str, Any],
        account_id: str,
        region_name: str,
    ) -> "GlobalTable":
        """Nothing that the rehearsal does changes a table."""
        if cloudformation_json["Properties"] != original_resource._properties:
            raise ValueError(f"the rehearsal has no case of an update of {new_resource_name} yet")
        return original_resource

    def delete(self, account_id: str, _region_name: str) -> None:
        """Remove the table in every region. DynamoDB refuses where it is protected."""
        for region in _regions(self._properties):
            _backend(account_id, region).delete_table(self.physical_resource_id)


def _backend(account: str, region: str) -> Any:
    return dynamodb_backends[account][region]


def _regions(properties: Mapping[str, Any]) -> list[str]:
    return [replica["Region"] for replica in properties["Replicas"]]


def _create(backend: Any, name: str, properties: Mapping[str, Any], replica: Mapping[str, Any]) -> None:
    stream = properties.get("StreamSpecification")
    encrypted = properties.get("SSESpecification", {}).get("SSEEnabled")
    backend.create_table(
        name=name,
        schema=properties["KeySchema"],
        throughput=None,
        attr=properties["AttributeDefinitions"],
        global_indexes=properties.get("GlobalSecondaryIndexes", []),
        indexes=properties.get("LocalSecondaryIndexes", []),
        streams={"StreamEnabled": True, **stream} if stream else None,
        billing_mode=properties["BillingMode"],
        sse_specification={"Enabled": True} if encrypted else None,
        tags=replica.get("Tags", []),
        deletion_protection_enabled=bool(replica.get("DeletionProtectionEnabled")),
        warm_throughput=None,
    )
    if replica.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
        backend.update_continuous_backups(name, {"PointInTimeRecoveryEnabled": True})
