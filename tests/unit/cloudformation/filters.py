"""The metric filters of the stacks, applied to log lines as CloudWatch Logs would.

Only what the filters here use: conditions joined by ``&&``, each a field at the top level, an operator and a number,
a quoted text (``*`` stands for anything) or ``*`` alone, which any value but null fits.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from tests.unit.cloudformation.stacks import read_all, resources

_CONDITION = re.compile(r'\$\.(\w+) (=|>=) ("[^"]*"|\*|\d+)')


def figures(lines: Iterable[dict[str, Any]]) -> dict[str, list[tuple[float, dict[str, Any]]]]:
    """By metric: (value, dimensions) of each of the ``lines`` that a filter matches."""
    found: dict[str, list[tuple[float, dict[str, Any]]]] = {}
    filters = list(resources(read_all(), "AWS::Logs::MetricFilter"))
    for line in lines:
        for _, resource in filters:
            properties = resource["Properties"]
            if _matches(properties["FilterPattern"], line):
                (metric,) = properties["MetricTransformations"]
                dimensions = {each["Key"]: _value(each["Value"], line) for each in metric.get("Dimensions", [])}
                value = float(_value(metric["MetricValue"], line))
                found.setdefault(metric["MetricName"], []).append((value, dimensions))
    return found


def _value(given: str, line: dict[str, Any]) -> Any:
    return line[given.removeprefix("$.")] if given.startswith("$.") else given


def _matches(pattern: str, line: dict[str, Any]) -> bool:
    return all(_holds(condition, line) for condition in pattern.strip("{} ").split(" && "))


def _holds(condition: str, line: dict[str, Any]) -> bool:
    parts = _CONDITION.fullmatch(condition)
    assert parts, f"{condition} is more than this module understands"
    name, operator, wanted = parts.groups()
    value = line.get(name)
    if value is None:
        return False
    if wanted == "*":
        return True
    if wanted.startswith('"'):
        return isinstance(value, str) and fnmatchcase(value, wanted.strip('"'))
    is_number = isinstance(value, int | float)
    return is_number and (value == float(wanted) if operator == "=" else value >= float(wanted))
