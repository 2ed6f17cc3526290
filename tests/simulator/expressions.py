"""Compiles DynamoDB's condition and update expressions, once for each text, into Python functions.

The text becomes Python source, and that a function: a guard of six terms costs about as much as six lookups.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.simulator import operations
from tests.simulator.conditions import condition_source
from tests.simulator.tokens import Reader
from tests.simulator.updates import update_source
from tests.simulator.values import FrozenMap, InvalidRequest

type Values = Mapping[str, Any]
type Condition = Callable[[FrozenMap, Values], bool]
type Update = Callable[[FrozenMap, Values], FrozenMap]

EMPTY = FrozenMap()


@dataclass(frozen=True, slots=True)
class Compiled:
    """What one action's expressions do.

    ``condition`` and ``update`` take an item (empty where there is none) and frozen values; ``update`` returns a new
    item and raises ``Malformed`` where the expression does not fit the item. Both raise ``InvalidRequest`` for values
    that no item could fit. ``values`` are the :values that must be given; ``targets`` the attributes that change.
    """

    condition: Condition | None
    update: Update | None
    values: frozenset[str]
    targets: frozenset[str]


_compiled: dict[tuple[Any, ...], Compiled] = {}


def compiled(condition: str, update: str, names: Mapping[str, str]) -> Compiled:
    """The functions for two expressions, either of which may be empty. Raises ``InvalidRequest``."""
    key = (condition, update, *names.items())
    found = _compiled.get(key)
    if found is None:
        if len(_compiled) >= 10_000:  # generated expressions of a test
            _compiled.clear()
        found = _compiled[key] = _compile(condition, update, names)
    return found


def _compile(condition: str, update: str, names: Mapping[str, str]) -> Compiled:
    used_names: set[str] = set()
    used_values: set[str] = set()
    test: Condition | None = None
    change: Update | None = None
    targets: frozenset[str] = frozenset()
    if condition:
        reader = Reader(condition, names)
        test = _function(f"def evaluate(item, values):\n get = item.get\n return {condition_source(reader)}\n")
        used_names |= reader.used_names
        used_values |= reader.used_values
    if update:
        reader = Reader(update, names)
        statements, targets = update_source(reader)
        body = "\n ".join(statements)
        source = f"def evaluate(item, values):\n get = item.get\n new = dict(item)\n {body}\n return FrozenMap(new)\n"
        change = _function(source)
        used_names |= reader.used_names
        used_values |= reader.used_values
    # "Expression attribute names (aliases)": DynamoDB refuses a request with a name that no expression uses.
    if unused := names.keys() - used_names:
        raise InvalidRequest(f"no expression uses {sorted(unused)}: {condition!r}, {update!r}")
    return Compiled(test, change, frozenset(used_values), targets)


_GLOBALS: dict[str, Any] = {name: value for name, value in vars(operations).items() if not name.startswith("_")}


def _function(source: str) -> Callable[..., Any]:
    scope: dict[str, Any] = {}
    exec(compile(source, "<expression>", "exec"), _GLOBALS, scope)
    function: Callable[..., Any] = scope["evaluate"]
    return function
