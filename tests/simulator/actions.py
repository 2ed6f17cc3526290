"""Writes as the simulated endpoint checks them before it looks at any row: what no row could make right."""

from collections.abc import Mapping
from typing import Any

from ledger.requests import Write
from tests.simulator.expressions import Compiled, compiled
from tests.simulator.schema import Schema
from tests.simulator.values import InvalidRequest, freeze

_known: dict[tuple[Any, ...], Compiled] = {}


def code_of(write: Write, schema: Schema) -> Compiled:
    """The functions for a write's expressions, compiled once for each text. Raises ``InvalidRequest``."""
    names = write.names
    key = (schema.name, write.action, write.condition, write.update, *names.items())
    found = _known.get(key)
    if found is None:
        if len(_known) >= 10_000:  # generated expressions of a test
            _known.clear()
        found = _known[key] = _checked(write, schema, compiled(write.condition, write.update, names))
    return found


def _checked(write: Write, schema: Schema, code: Compiled) -> Compiled:
    match write.action:
        case "Put":
            right = code.update is None
        case "Update":
            right = code.update is not None
        case "ConditionCheck":
            right = code.condition is not None and code.update is None
    if not right:
        raise InvalidRequest(f"not a {write.action}: {write!r}")
    # UpdateItem (API Reference) cannot change attributes of the primary key.
    if not code.targets.isdisjoint(schema.key):
        raise InvalidRequest(f"an update of the key: {write!r}")
    return code


def values_of(write: Write, code: Compiled) -> Mapping[str, Any]:
    """The frozen :values of a write.

    Raises ``InvalidRequest`` if one is missing or not used ("Using expression attribute values": all must be).
    """
    given = write.values
    if given.keys() != code.values:
        raise InvalidRequest(f"values given: {sorted(given)}, values used: {sorted(code.values)}: {write!r}")
    return {name: value if type(value) is str else freeze(value) for name, value in given.items()}
