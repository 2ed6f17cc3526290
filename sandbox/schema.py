"""The tables as ``cloudformation/tables.yml`` defines them, in the shape that CreateTable takes."""

from pathlib import Path
from typing import Any

import yaml

from sandbox.config import ROOT

TEMPLATE = ROOT / "cloudformation" / "tables.yml"
GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"
PLAIN_TABLE: dict[str, Any] = {
    "TableName": "plain-table",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "account_id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "account_id", "KeyType": "HASH"}],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}
"""Of the plain program that the picture compares with: a global table like the others, which no resolver reads."""


class BadTemplate(ValueError):
    """The template says something that this module does not understand."""


class _TemplateLoader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags (``!Ref`` and the like)."""


def _tagged(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {f"Fn::{tag}": loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {f"Fn::{tag}": loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {f"Fn::{tag}": loader.construct_mapping(node, deep=True)}


_TemplateLoader.add_multi_constructor("!", _tagged)


def tables(template: Path = TEMPLATE) -> list[dict[str, Any]]:
    """CreateTable's parameters for every global table of ``template``. Raises ``BadTemplate``."""
    # A subclass of SafeLoader: the tags above are data, nothing is executed.
    document = _TemplateLoader(template.read_text(encoding="utf-8")).get_single_data()
    resources = document.get("Resources", {}).values()
    found = [_table(resource["Properties"]) for resource in resources if resource.get("Type") == GLOBAL_TABLE]
    if not found:
        raise BadTemplate(f"{template.name} defines no {GLOBAL_TABLE}")
    return found


def _table(properties: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(properties.get("TableName"), str):
        raise BadTemplate(f"TableName must be plain text, not {properties.get('TableName')!r}")
    replicas = [replica for replica in properties["Replicas"] if "Region" in replica]  # not those with a condition
    table: dict[str, Any] = {
        "TableName": properties["TableName"],
        "BillingMode": properties["BillingMode"],
        "AttributeDefinitions": properties["AttributeDefinitions"],
        "KeySchema": properties["KeySchema"],
        "StreamSpecification": {"StreamEnabled": True, **properties["StreamSpecification"]},
        "DeletionProtectionEnabled": all(replica.get("DeletionProtectionEnabled") for replica in replicas),
    }
    if indexes := properties.get("GlobalSecondaryIndexes"):
        table["GlobalSecondaryIndexes"] = indexes
    if properties.get("SSESpecification", {}).get("SSEEnabled"):
        table["SSESpecification"] = {"Enabled": True}
    return table
