"""Types of CloudFormation resources that moto's CloudFormation does not know, though its services do.

A class is known to moto by being a direct subclass of ``CloudFormationModel``. Most are made by the API call of the
same name, sent to this server by boto3, which checks every property's name and type on the way.
"""

import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import boto3
from moto.cloudwatch.models import make_arn_for_alarm
from moto.core.common_models import CloudFormationModel

from tests.rehearsal import places


def client(service: str, region: str) -> Any:
    """A client for this server itself."""
    session: Any = boto3.session.Session(region_name=region)
    return session.client(service, endpoint_url=places.CONTROL_PLANE_URL)


class ByCall:
    """A resource that API calls make and remove. ``NAME``: the property that is its physical id."""

    SERVICE: ClassVar[str]
    TYPE: ClassVar[str]
    NAME: ClassVar[str]

    def __init__(self, physical_id: str, properties: Mapping[str, Any], account: str, region: str) -> None:
        self.physical_resource_id = physical_id
        self.properties = properties
        self.account = account
        self.region = region

    @classmethod
    def cloudformation_type(cls) -> str:
        """The type in a template."""
        return cls.TYPE

    @classmethod
    def cloudformation_name_type(cls) -> str:
        """The property that names the resource."""
        return cls.NAME

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Whether GetAtt knows ``attr``."""
        return False

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Mapping[str, Any], account_id: str, region_name: str, **_: object
    ) -> "ByCall":
        """Make it."""
        resource = cls(resource_name, cloudformation_json.get("Properties", {}), account_id, region_name)
        resource.put(client(cls.SERVICE, region_name))
        return resource

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "ByCall",
        new_resource_name: str,
        cloudformation_json: Mapping[str, Any],
        account_id: str,
        region_name: str,
    ) -> "ByCall":
        """Make it anew under the same name, as all these calls overwrite; or replace it."""
        new = cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
        if new.physical_resource_id != original_resource.physical_resource_id:
            original_resource.delete(account_id, region_name)
        return new

    def delete(self, account_id: str, region_name: str) -> None:
        """Remove it."""
        self.remove(client(self.SERVICE, region_name))

    @abstractmethod
    def put(self, api: Any) -> None:
        """Call what makes it."""

    @abstractmethod
    def remove(self, api: Any) -> None:
        """Call what removes it."""


class Alarm(ByCall, CloudFormationModel):
    """A metric alarm; its properties are the parameters of PutMetricAlarm."""

    SERVICE, TYPE, NAME = "cloudwatch", "AWS::CloudWatch::Alarm", "AlarmName"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Whether GetAtt knows ``attr``."""
        return attr == "Arn"

    def get_cfn_attribute(self, _attr: str) -> str:
        """The ARN."""
        arn: str = make_arn_for_alarm(self.region, self.account, self.physical_resource_id)
        return arn

    def put(self, api: Any) -> None:
        """Make or overwrite it."""
        api.put_metric_alarm(**{**self.properties, "AlarmName": self.physical_resource_id})

    def remove(self, api: Any) -> None:
        """Remove it."""
        api.delete_alarms(AlarmNames=[self.physical_resource_id])


class BucketPolicy(ByCall, CloudFormationModel):
    """The policy of a bucket."""

    SERVICE, TYPE, NAME = "s3", "AWS::S3::BucketPolicy", "Bucket"

    def put(self, api: Any) -> None:
        """Make or overwrite it."""
        policy = json.dumps(self.properties["PolicyDocument"])
        api.put_bucket_policy(Bucket=self.physical_resource_id, Policy=policy)

    def remove(self, api: Any) -> None:
        """Remove it."""
        api.delete_bucket_policy(Bucket=self.physical_resource_id)


class EventInvokeConfig(ByCall, CloudFormationModel):
    """What becomes of a function's asynchronous calls."""

    SERVICE, TYPE, NAME = "lambda", "AWS::Lambda::EventInvokeConfig", ""

    def put(self, api: Any) -> None:
        """Make or overwrite it."""
        # moto knows one configuration per function; only the one of $LATEST is meant.
        given = {name: value for name, value in self.properties.items() if name != "Qualifier"}
        api.put_function_event_invoke_config(**given)

    def remove(self, api: Any) -> None:
        """Remove it."""
        api.delete_function_event_invoke_config(FunctionName=self.properties["FunctionName"])


TYPES = (Alarm, BucketPolicy, EventInvokeConfig)
