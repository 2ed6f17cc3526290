"""Whether a role's policies allow a call: as much of IAM's language as the templates use, and an error for the rest."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from tests.rehearsal.calls import Call

LEADING_KEYS = "dynamodb:LeadingKeys"


def allowed(documents: Iterable[Mapping[str, Any]], call: Call) -> bool:
    """Whether one of the statements allows ``call``. Raises ``ValueError`` for what this module does not understand."""
    return any(_allows(statement, call) for document in documents for statement in document["Statement"])


def _allows(statement: Mapping[str, Any], call: Call) -> bool:
    if unknown := statement.keys() - {"Sid", "Effect", "Action", "Resource", "Condition"}:
        raise ValueError(f"a statement has {sorted(unknown)}: teach policies.py what that means")
    if statement["Effect"] != "Allow":
        raise ValueError("a statement denies: teach policies.py what that means")
    return (
        any(fnmatchcase(call.action, action) for action in _list(statement["Action"]))
        and any(fnmatchcase(call.resource, resource) for resource in _list(statement["Resource"]))
        and _meets(statement.get("Condition", {}), call)
    )


def _meets(condition: Mapping[str, Any], call: Call) -> bool:
    for operator, wanted in condition.items():
        if operator == "ForAllValues:StringEquals" and set(wanted) == {LEADING_KEYS}:
            if call.leading_key is not None and call.leading_key not in _list(wanted[LEADING_KEYS]):
                return False
        elif operator == "Null" and wanted == {LEADING_KEYS: "false"}:
            if call.leading_key is None:
                return False
        else:
            raise ValueError(f"a condition has {operator} {wanted}: teach policies.py what that means")
    return True


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
