"""What the code that expressions become calls: functions and operators on stored values."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ledger.requests import Malformed
from tests.simulator.values import (
    MISSING,
    FrozenList,
    FrozenMap,
    InvalidRequest,
    NumberOutOfRange,
    add,
    equal,
    freeze,
    has_order,
    ordered,
    subtract,
    type_name,
)

TYPE_NAMES = frozenset(("S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M"))


def walk(item: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """What stands at a document path, or ``MISSING``."""
    node: Any = item
    for name in path:
        if type(node) is not FrozenMap:
            return MISSING
        node = node.get(name, MISSING)
    return node


def orderable(value: Any) -> Any:
    """A value of the request that is compared by order: it must be a string, a number or a binary."""
    if not has_order(value):
        raise InvalidRequest(f"{value!r} has no order to compare by")
    return value


def rising(low: Any, high: Any) -> tuple[Any, Any]:
    """Both bounds of BETWEEN, where the request gives both: DynamoDB refuses mixed types and the wrong order."""
    if not ordered(low, high) or low > high:
        raise InvalidRequest(f"BETWEEN {low!r} AND {high!r} has no lower and upper bound")
    return low, high


def within(value: Any, low: Any, high: Any) -> bool:
    """BETWEEN, both bounds included."""
    return ordered(value, low) and ordered(value, high) and low <= value <= high


def member(value: Any, choices: tuple[Any, ...]) -> bool:
    """IN."""
    return any(equal(value, choice) for choice in choices)


def text(value: Any) -> Any:
    """The second operand of begins_with, where the request gives it: a string or a binary."""
    if type(value) not in (str, bytes):
        raise InvalidRequest(f"begins_with takes a string or a binary, not {value!r}")
    return value


def begins_with(value: Any, start: Any) -> bool:
    """Whether a string begins with a string, or a binary with a binary."""
    return type(value) in (str, bytes) and type(value) is type(start) and value.startswith(start)


def contains(value: Any, part: Any) -> bool:
    """Whether a string has a substring, a set an element, or a list an element."""
    if type(value) in (str, bytes):
        return type(part) is type(value) and part in value
    if type(value) in (frozenset, FrozenList):
        return any(equal(element, part) for element in value)
    return False


def attribute_type(value: Any, name: Any) -> bool:
    """Whether an attribute has a type. A missing one has none."""
    if name not in TYPE_NAMES:
        raise InvalidRequest(f"{name!r} is no type of an attribute")
    return value is not MISSING and type_name(value) == name


def size(value: Any) -> Any:
    """Length of a string in UTF-16, of a binary in bytes, elements of a document or a set. Others have no size."""
    if type(value) is str:
        return Decimal(len(value.encode("utf-16-le")) // 2)
    if type(value) in (bytes, FrozenMap, FrozenList, frozenset):
        return Decimal(len(value))
    return MISSING


def known(value: Any) -> Any:
    """The value of an attribute that a SET reads."""
    if value is MISSING:
        raise Malformed("The provided expression refers to an attribute that does not exist in the item")
    return value


def first(value: Any, otherwise: Callable[[], Any]) -> Any:
    """if_not_exists: the attribute's value, or the other operand."""
    return otherwise() if value is MISSING else value


def numeric(value: Any) -> Any:
    """A value of the request that is added or subtracted: it must be a number."""
    if type(value) is not Decimal:
        raise InvalidRequest(f"{value!r} is no number to calculate with")
    return value


def plus(left: Any, right: Any) -> Decimal:
    """The sum of two numbers. Raises ``Malformed`` for anything else, and where 38 digits do not suffice."""
    return _calculated(add, left, right)


def minus(left: Any, right: Any) -> Decimal:
    """The difference of two numbers. Raises ``Malformed`` as ``plus`` does."""
    return _calculated(subtract, left, right)


def _calculated(operator: Callable[[Decimal, Decimal], Decimal], left: Any, right: Any) -> Decimal:
    if type(left) is not Decimal or type(right) is not Decimal:
        raise Malformed("An operand in the update expression has an incorrect data type")
    try:
        return operator(left, right)
    except NumberOutOfRange as error:
        raise Malformed(str(error)) from error


def added(value: Any, increment: Any) -> Any:
    """ADD: a number to a number, which is zero where it is missing, or elements to a set."""
    if type(increment) is Decimal:
        return increment if value is MISSING else plus(value, increment)
    if type(increment) is not frozenset:
        raise InvalidRequest(f"ADD takes a number or a set, not {increment!r}")
    if value is MISSING:
        return increment
    if type(value) is not frozenset or type_name(value) != type_name(increment):
        raise Malformed("An operand in the update expression has an incorrect data type")
    return freeze(value | increment)


def place(new: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """SET of a nested attribute: maps on the way are built anew, and must all be there."""
    _rebuild(new, path)[path[-1]] = value
    _refreeze(new, path)


def drop(new: dict[str, Any], path: tuple[str, ...]) -> None:
    """REMOVE of a nested attribute: the maps on the way must be there, the attribute need not."""
    _rebuild(new, path).pop(path[-1], None)
    _refreeze(new, path)


def _rebuild(new: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    node = new
    for name in path[:-1]:
        child = node.get(name)
        if type(child) is not FrozenMap:
            raise Malformed("The document path provided in the update expression is invalid for update")
        node[name] = node = dict(child)
    return node


def _refreeze(new: dict[str, Any], path: tuple[str, ...]) -> None:
    if len(path) > 2:
        _refreeze(new[path[0]], path[1:])
    new[path[0]] = FrozenMap(new[path[0]])
