"""What the control plane says is deployed: instances with their security groups, and functions with their code."""

import base64
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from tests.rehearsal import places
from tests.rehearsal.machines.firewall import Group, Instance

RESOLVER, SWEEP = "account-conflict-resolver", "account-reconcile"
RESOLVER_STACK = "account-resolver"


@dataclass(frozen=True, slots=True)
class Function:
    """The region's deployed functions: where their artifact is, its SHA-256 (hex), their role and environment."""

    region: str
    bucket: str
    key: str
    sha256: str
    role: str
    variables: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Region:
    """Everything that runs in one region."""

    instances: tuple[Instance, ...]
    groups: dict[str, Group]
    function: Function | None


class Observer:
    """Asks the control plane about one region. The calling thread must be in the cloud's network."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._session = boto3.session.Session(
            aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal", region_name=region
        )
        self._ec2, self._lambda, self._stacks, self._s3 = (
            self._client(name) for name in ("ec2", "lambda", "cloudformation", "s3")
        )

    def _client(self, service: str) -> Any:
        session: Any = self._session
        config = Config(connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 1})
        return session.client(service, endpoint_url=places.CONTROL_PLANE_URL, config=config)

    def look(self) -> Region:
        """What runs now."""
        running = {"Name": "instance-state-name", "Values": ["running"]}
        found = self._ec2.describe_instances(Filters=[running])["Reservations"]
        instances = [instance for reservation in found for instance in reservation["Instances"]]
        if not instances:
            return Region((), {}, self._function())
        ids = {group["GroupId"] for instance in instances for group in instance["SecurityGroups"]}
        groups = self._ec2.describe_security_groups(GroupIds=sorted(ids))["SecurityGroups"]
        vpc_ids = sorted({instance["VpcId"] for instance in instances})
        cidrs = {vpc["VpcId"]: vpc["CidrBlock"] for vpc in self._ec2.describe_vpcs(VpcIds=vpc_ids)["Vpcs"]}
        return Region(
            tuple(self._instance(instance, cidrs[instance["VpcId"]]) for instance in instances),
            {group["GroupId"]: Group(group["IpPermissions"], group["IpPermissionsEgress"]) for group in groups},
            self._function(),
        )

    def _instance(self, described: dict[str, Any], vpc_cidr: str) -> Instance:
        return Instance(
            id=described["InstanceId"],
            region=self._region,
            private=described["PrivateIpAddress"],
            public=described.get("PublicIpAddress"),
            vpc_cidr=vpc_cidr,
            groups=tuple(sorted(group["GroupId"] for group in described["SecurityGroups"])),
        )

    def _function(self) -> Function | None:
        """The resolver, once it, the sweep and the mappings of both streams are deployed."""
        functions = {function["FunctionName"]: function for function in self._lambda.list_functions()["Functions"]}
        if not {RESOLVER, SWEEP} <= functions.keys():
            return None
        mappings = self._lambda.list_event_source_mappings(FunctionName=RESOLVER)["EventSourceMappings"]
        if len([mapping for mapping in mappings if mapping["State"] == "Enabled"]) < 2:  # accounts, journal
            return None
        stack = self._stacks.describe_stacks(StackName=RESOLVER_STACK)["Stacks"][0]
        if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return None
        parameters = {item["ParameterKey"]: item["ParameterValue"] for item in stack["Parameters"]}
        resolver = functions[RESOLVER]
        variables = resolver.get("Environment", {}).get("Variables", {})
        return Function(
            region=self._region,
            bucket=parameters["ArtifactBucket"],
            key=parameters["ArtifactKey"],
            sha256=base64.b64decode(resolver["CodeSha256"]).hex(),
            role=resolver["Role"],
            variables=tuple(sorted(variables.items())),
        )

    def artifact(self, function: Function) -> bytes:
        """The function's code as the bucket has it."""
        body: bytes = self._s3.get_object(Bucket=function.bucket, Key=function.key)["Body"].read()
        return body

    def credentials(self, function: Function) -> dict[str, str]:
        """Credentials of the function's role, as variables of its process."""
        assumed = self._client("sts").assume_role(RoleArn=function.role, RoleSessionName=RESOLVER)["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": assumed["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": assumed["SecretAccessKey"],
            "AWS_SESSION_TOKEN": assumed["SessionToken"],
        }
