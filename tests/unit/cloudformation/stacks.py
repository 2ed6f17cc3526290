"""The stacks' templates, parsed, and ways to look into them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cfnlint.decode.cfn_yaml import load

from sandbox.config import ROOT

FOLDER = ROOT / "cloudformation"
NOTHING = {"Ref": "AWS::NoValue"}

type Template = dict[str, Any]
type Stacks = Mapping[str, Template]
"""Templates by file name, without ``.yml``."""


def read_all(folder: Path = FOLDER) -> dict[str, Template]:
    """All templates, short tags (``!Ref``) in their long form."""
    return {path.stem: load(str(path)) for path in sorted(folder.glob("*.yml"))}


def resources(stacks: Stacks, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(``file: logical id``, resource) of all resources of these types; of all, if none is named."""
    for name, template in stacks.items():
        for logical_id, resource in template["Resources"].items():
            if not types or resource["Type"] in types:
                yield f"{name}: {logical_id}", resource


def statements(stacks: Stacks) -> Iterator[tuple[str, dict[str, Any]]]:
    """(``file: logical id``, statement) of every policy document there is, whoever it is attached to."""
    for where, resource in resources(stacks):
        for document in walk(resource.get("Properties", {})):
            if "Statement" in document:
                for statement in document["Statement"]:
                    yield where, statement


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in ``value``, at any depth."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def alternatives(values: list[Any]) -> list[Any]:
    """The elements of a list, those under a condition (``Fn::If``) among them."""
    found: list[Any] = []
    for value in values:
        branches = value["Fn::If"][1:] if isinstance(value, dict) and "Fn::If" in value else [value]
        found += [branch for branch in branches if branch != NOTHING]
    return found


def as_list(value: Any) -> list[Any]:
    """``value``, or a list of it alone: policies take both."""
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """An ARN or name as it is written; ``Fn::Sub`` without its substitution, other functions as their own text."""
    if isinstance(value, dict) and "Fn::Sub" in value:
        template = value["Fn::Sub"]
        return str(template[0] if isinstance(template, list) else template)
    return str(value)
