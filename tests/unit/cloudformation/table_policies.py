"""What must be true of the tables, and what cfn-lint does not see."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sandbox.config import REGIONS
from tests.unit.cloudformation.stacks import Stacks, alternatives, resources

GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"


def replicas_need_streams(stacks: Stacks) -> Iterator[str]:
    """Replication reads the stream, and the resolver needs both images."""
    for where, table in resources(stacks, GLOBAL_TABLE):
        if table["Properties"].get("StreamSpecification") != {"StreamViewType": "NEW_AND_OLD_IMAGES"}:
            yield f"{where} has replicas and no stream of new and old images"


def keys_are_defined_and_nothing_else(stacks: Stacks) -> Iterator[str]:
    """AttributeDefinitions names exactly the attributes of the keys of the table and its indexes."""
    for where, table in resources(stacks, GLOBAL_TABLE):
        properties = table["Properties"]
        schemas = [properties, *properties.get("GlobalSecondaryIndexes", [])]
        keys = {key["AttributeName"] for schema in schemas for key in schema["KeySchema"]}
        defined = {definition["AttributeName"] for definition in properties["AttributeDefinitions"]}
        if keys != defined:
            yield f"{where} has the keys {sorted(keys)} and defines {sorted(defined)}"


def _replicas(table: dict[str, Any]) -> list[Any]:
    return alternatives(table["Properties"]["Replicas"])


def replicas_are_in_different_regions(stacks: Stacks) -> Iterator[str]:
    """Each region once, parameters among them."""
    for where, table in resources(stacks, GLOBAL_TABLE):
        counts = Counter(str(replica["Region"]) for replica in _replicas(table))
        yield from (f"{where} has {count} replicas in {region}" for region, count in counts.items() if count > 1)


def the_ledgers_regions_have_replicas(stacks: Stacks) -> Iterator[str]:
    """The region that the stack must be deployed in (home) among them: CloudFormation refuses it otherwise."""
    for where, table in resources(stacks, GLOBAL_TABLE):
        regions = [replica["Region"] for replica in _replicas(table)]
        yield from (f"{where} has no replica in {region}" for region in REGIONS if region not in regions)


def the_tables_stack_stays_in_the_home_region(stacks: Stacks) -> Iterator[str]:
    """A rule has AWS refuse the tables' stack elsewhere."""
    here = {"Fn::Equals": [{"Ref": "AWS::Region"}, REGIONS[0]]}
    for name, template in stacks.items():
        if not any(True for _ in resources({name: template}, GLOBAL_TABLE)):
            continue
        asserted = [item["Assert"] for rule in template.get("Rules", {}).values() for item in rule["Assertions"]]
        if here not in asserted:
            yield f"{name}: no rule keeps the stack in {REGIONS[0]}"


def tables_outlive_their_stack(stacks: Stacks) -> Iterator[str]:
    """Neither deleting the stack nor replacing a table deletes money; only a failed creation cleans up."""
    for where, table in resources(stacks, GLOBAL_TABLE):
        if table.get("DeletionPolicy") != "RetainExceptOnCreate" or table.get("UpdateReplacePolicy") != "Retain":
            yield f"{where} is not kept when its stack is deleted, or when it is replaced"


def every_replica_is_protected(stacks: Stacks) -> Iterator[str]:
    """Against deletion, and with point-in-time recovery: both are set per replica."""
    for where, table in resources(stacks, GLOBAL_TABLE):
        for replica in _replicas(table):
            recovery = replica.get("PointInTimeRecoverySpecification", {})
            if not (replica.get("DeletionProtectionEnabled") and recovery.get("PointInTimeRecoveryEnabled")):
                yield f"{where}, {replica['Region']}: no deletion protection or no point-in-time recovery"


def tables_are_encrypted_and_pay_per_request(stacks: Stacks) -> Iterator[str]:
    """Under a key of this account (CloudTrail sees its use), and without a capacity that somebody must plan."""
    for where, table in resources(stacks, GLOBAL_TABLE):
        properties = table["Properties"]
        encrypted = properties.get("SSESpecification", {}).get("SSEEnabled")
        if not encrypted or properties.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{where} is not encrypted under the account's key, or not on demand"


POLICIES = (
    replicas_need_streams,
    keys_are_defined_and_nothing_else,
    replicas_are_in_different_regions,
    the_ledgers_regions_have_replicas,
    the_tables_stack_stays_in_the_home_region,
    tables_outlive_their_stack,
    every_replica_is_protected,
    tables_are_encrypted_and_pay_per_request,
)
