"""Compiles the condition and the update of a write, once for each text, into Python functions.

The text becomes Python source, and that a function: a guard of six terms costs about as much as six lookups.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.simulator import operations
from tests.simulator.conditions import condition_source
from tests.simulator.tokens import Reader
from tests.simulator.updates import Statements, update_source
from tests.simulator.values import FrozenMap, InvalidRequest

type Values = Mapping[str, Any]
type Condition = Callable[[FrozenMap, Values], bool]
type Update = Callable[[FrozenMap, Values], FrozenMap]


class Compiled(NamedTuple):
    """What two expressions do; either may be absent.

    ``condition`` and ``update`` take an item (empty where there is none) and frozen values; ``update`` returns a new
    item and raises ``Malformed`` where the expression does not fit the item. Both raise ``InvalidRequest`` for values
    that no item could fit. ``values`` are the :values that must be given; ``targets`` the attributes that change;
    ``removes_only`` says that the update has nothing but REMOVE.
    """

    condition: Condition | None
    update: Update | None
    values: frozenset[str]
    targets: frozenset[str]
    removes_only: bool


def compiled(condition: str, update: str, names: Mapping[str, str]) -> Compiled:
    """The functions for two expressions, either of which may be empty. Raises ``InvalidRequest``."""
    used_names: set[str] = set()
    used_values: set[str] = set()
    test: Condition | None = None
    change: Update | None = None
    statements = Statements([], frozenset(), removes_only=False)
    if condition:
        reader = Reader(condition, names)
        test = _function(f"return {condition_source(reader)}")
        used_names |= reader.used_names
        used_values |= reader.used_values
    if update:
        reader = Reader(update, names)
        statements = update_source(reader)
        change = _function("new = dict(item)", *statements.lines, "return FrozenMap(new)")
        used_names |= reader.used_names
        used_values |= reader.used_values
    # "Expression attribute names (aliases)": DynamoDB refuses a request with a name that no expression uses.
    if unused := names.keys() - used_names:
        raise InvalidRequest(f"no expression uses {sorted(unused)}: {condition!r}, {update!r}")
    return Compiled(test, change, frozenset(used_values), statements.targets, statements.removes_only)


_GLOBALS: dict[str, Any] = {name: value for name, value in vars(operations).items() if not name.startswith("_")}


def _function(*statements: str) -> Callable[..., Any]:
    source = "\n ".join(("def evaluate(item, values):", "get = item.get", *statements, ""))
    scope: dict[str, Any] = {}
    # The source has nothing of the request in it but quoted strings.
    exec(compile(source, "<expression>", "exec"), _GLOBALS, scope)
    function: Callable[..., Any] = scope["evaluate"]
    return function
