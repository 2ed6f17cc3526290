"""Log lines as CloudWatch reads them: metrics by the embedded metric format.

By the CloudWatch User Guide, "Specification: Embedded metric format" (its JSON schema, and the rules in its words).
"""

from collections.abc import Iterable, Mapping
from typing import Any

import jsonschema

_NAME = {"type": "string", "minLength": 1, "maxLength": 1024}
SCHEMA = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "additionalProperties": False,
            "properties": {
                "Timestamp": {"type": "integer"},
                "CloudWatchMetrics": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["Namespace", "Dimensions", "Metrics"],
                        "additionalProperties": False,
                        "properties": {
                            "Namespace": _NAME,
                            "Dimensions": {
                                "type": "array",
                                "minItems": 1,
                                "items": {"type": "array", "maxItems": 30, "items": _NAME},
                            },
                            "Metrics": {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": 100,
                                "items": {
                                    "type": "object",
                                    "required": ["Name"],
                                    "additionalProperties": False,
                                    "properties": {"Name": _NAME, "Unit": {"enum": ["Count", "Seconds", "None"]}},
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}

type Metrics = dict[str, list[tuple[float, dict[str, str]]]]


def metrics(lines: Iterable[Mapping[str, Any]], namespace: str = "AccountLedger") -> Metrics:
    """By name: each value and its dimensions, of all ``lines`` that have ``_aws``. Every such line must be valid."""
    found: Metrics = {}
    for line in lines:
        if "_aws" in line:
            jsonschema.validate(line, SCHEMA)
            for directive in line["_aws"]["CloudWatchMetrics"]:
                assert directive["Namespace"] == namespace
                for names in directive["Dimensions"]:
                    dimensions = {name: line[name] for name in names}
                    assert all(isinstance(value, str) and 0 < len(value) <= 1024 for value in dimensions.values())
                    for metric in directive["Metrics"]:
                        values = line[metric["Name"]]
                        each = values if isinstance(values, list) else [values]
                        assert len(each) <= 100
                        assert all(isinstance(value, int | float) for value in each)
                        found.setdefault(metric["Name"], []).extend((value, dimensions) for value in each)
    return found
