"""What the roles of the stacks may do with which table."""

from collections.abc import Iterator
from typing import Any

from tests.unit.cloudformation.stacks import as_list, read_all, text

STACKS = read_all()
REGIONS = ("HomeRegion", "SecondRegion", "ThirdRegion")


def statements(stack: str, role: str) -> Iterator[dict[str, Any]]:
    """What a role allows."""
    for policy in STACKS[stack]["Resources"][role]["Properties"]["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def arns(statement: dict[str, Any]) -> list[str]:
    """The ARNs of a statement; those of the third region among them."""
    resources = as_list(statement["Resource"])
    return [text(resource["Fn::If"][1] if "Fn::If" in resource else resource) for resource in resources]


def allowed(stack: str, role: str, table: str, *places: str) -> set[str]:
    """The actions that are allowed on exactly this table or index, in each of ``places``."""
    found: list[set[str]] = []
    for place in places:
        arn = f"arn:${{AWS::Partition}}:dynamodb:${{{place}}}:${{AWS::AccountId}}:table/{table}"
        found.append({a for s in statements(stack, role) if arn in arns(s) for a in as_list(s["Action"])})
    return {action.removeprefix("dynamodb:") for action in set.intersection(*found)}
