"""Attribute values of the simulated tables: immutable, canonical, and compared as DynamoDB compares them.

Stored items are shared, never copied: a row, its stream records, the changes on their way to other regions and
what readers were given may be one object. So nobody may change it, and whoever tries gets a ``TypeError``.
"""

from base64 import b64encode
from collections.abc import Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Subnormal, Underflow
from typing import Any, Never


class InvalidRequest(AssertionError):
    """A request that DynamoDB would refuse whatever the row looks like: a fault of the program that sent it.

    DynamoDB says ValidationException. It is an ``AssertionError`` here, because no right program sends such a request.
    """


class NumberOutOfRange(ValueError):
    """More than 38 significant digits, or a magnitude that DynamoDB does not store."""


class FrozenMap(dict[str, Any]):
    """A map that cannot be changed. Equal to any ``dict`` with the same content; ``copy()`` is a plain one."""

    __slots__ = ("wire",)
    wire: dict[str, Any]
    """How it stands in the event of a stream, once that was asked for."""

    def _refuse(self, *_: object, **__: object) -> Never:
        raise TypeError("a stored item cannot be changed: make a copy with dict(item)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __copy__(self) -> "FrozenMap":
        return self

    def __deepcopy__(self, memo: object) -> "FrozenMap":
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenMap, (dict(self),)


class FrozenList(list[Any]):
    """A list that cannot be changed. Equal to any ``list`` with the same content; ``copy()`` is a plain one."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> Never:
        raise TypeError("a stored list cannot be changed: make a copy with list(value)")

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __copy__(self) -> "FrozenList":
        return self

    def __deepcopy__(self, memo: object) -> "FrozenList":
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenList, (list(self),)


class _Missing:
    """The type of ``MISSING``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()
"""The value of a path that leads nowhere. Equal to nothing, not even to itself."""

# "Naming rules and data types": up to 38 digits of precision, 1E-130 to 9.9…E+125. Trailing zeros are trimmed.
_NUMBERS = Context(prec=38, Emin=-130, Emax=125, traps=[Inexact, InvalidOperation, Overflow, Subnormal, Underflow])
_WIDE = Context(prec=200, Emin=-999, Emax=999, traps=[Inexact, InvalidOperation])
_ONE = Decimal(1)
_ZERO = Decimal(0)
_TROUBLE = (Inexact, InvalidOperation, Overflow, Subnormal, Underflow)


# Canonical numbers seen before. Values that are equal have one canonical form, however they were written.
_seen: dict[Decimal, Decimal] = {}


def number(value: Decimal) -> Decimal:
    """``value`` as DynamoDB gives it back: no trailing zeros after the point, no exponent.

    Raises ``NumberOutOfRange``.
    """
    found = _seen.get(value)
    if found is None:
        if len(_seen) >= 100_000:
            _seen.clear()
        found = _seen[value] = _canonical(value)
    return found


def _canonical(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise NumberOutOfRange(f"{value} is no number")
    try:
        trimmed = value.normalize(_NUMBERS)
    except _TROUBLE as error:
        raise NumberOutOfRange(f"{value} is not a number that DynamoDB stores") from error
    if trimmed != trimmed.to_integral_value(context=_WIDE):
        return trimmed
    return trimmed.quantize(_ONE, context=_WIDE) or _ZERO  # 1000, not 1E+3; 0, not -0


def add(left: Decimal, right: Decimal) -> Decimal:
    """Exact sum. Raises ``NumberOutOfRange`` where it would have to be rounded."""
    try:
        return number(_NUMBERS.add(left, right))
    except _TROUBLE as error:
        raise NumberOutOfRange(f"{left} + {right} is not a number that DynamoDB stores") from error


def subtract(left: Decimal, right: Decimal) -> Decimal:
    """Exact difference. Raises ``NumberOutOfRange`` where it would have to be rounded."""
    try:
        return number(_NUMBERS.subtract(left, right))
    except _TROUBLE as error:
        raise NumberOutOfRange(f"{left} - {right} is not a number that DynamoDB stores") from error


def freeze(value: Any) -> Any:
    """``value`` as it is stored. Raises ``InvalidRequest`` for what is no attribute value."""
    kind = type(value)
    if kind is str or kind is bool or kind is FrozenMap or kind is FrozenList or value is None or kind is bytes:
        return value
    if kind is Decimal:
        try:
            return number(value)
        except NumberOutOfRange as error:
            raise InvalidRequest(str(error)) from error
    if kind is int:
        return freeze(Decimal(value))  # boto3 writes it as a number, too
    if kind is list or kind is tuple:
        return FrozenList(freeze(element) for element in value)
    if kind is set or kind is frozenset:
        return _frozen_set(value)
    if isinstance(value, Mapping):
        return freeze_map(value)
    raise InvalidRequest(f"{value!r} of type {kind.__name__} is no attribute value (numbers are Decimal)")


def freeze_map(value: Mapping[str, Any]) -> FrozenMap:
    """A map of attribute values as it is stored. Raises ``InvalidRequest``."""
    if type(value) is FrozenMap:
        return value
    return FrozenMap({name: each if type(each) is str else freeze(each) for name, each in value.items()})


def _frozen_set(value: set[Any] | frozenset[Any]) -> frozenset[Any]:
    frozen = frozenset(freeze(element) for element in value)
    # "Naming rules and data types": a set has elements of one type, and is not empty.
    if len({type(element) for element in frozen}) != 1 or type(next(iter(frozen))) not in _ELEMENTS:
        raise InvalidRequest(f"{value!r} is no set of strings, of numbers, or of binaries")
    return frozen


_ELEMENTS = {str: "SS", Decimal: "NS", bytes: "BS"}
_SCALARS = frozenset((str, Decimal, bool, bytes, type(None)))
_ORDERED = frozenset((str, Decimal, bytes))
_KINDS = {
    str: "S",
    Decimal: "N",
    bool: "BOOL",
    type(None): "NULL",
    bytes: "B",
    FrozenMap: "M",
    FrozenList: "L",
}


def type_name(value: Any) -> str:
    """DynamoDB's type descriptor of a stored value: ``S``, ``N``, ``M``, …"""
    if type(value) is frozenset:
        return _ELEMENTS[type(next(iter(value)))]
    return _KINDS[type(value)]


def equal(left: Any, right: Any) -> bool:
    """Whether two stored values are equal: of one type, with the same content. A missing value equals nothing."""
    kind = type(left)
    if kind is not type(right):
        return False
    if kind in _SCALARS:
        return bool(left == right)
    if kind is FrozenMap:
        return left.keys() == right.keys() and all(equal(value, right[name]) for name, value in left.items())
    if kind is FrozenList:
        return len(left) == len(right) and all(map(equal, left, right))
    return kind is frozenset and left == right


def ordered(left: Any, right: Any) -> bool:
    """Whether ``<`` and its like may hold between two values: both strings, both numbers or both binaries."""
    kind = type(left)
    return kind is type(right) and kind in _ORDERED


def has_order(value: Any) -> bool:
    """Whether values of this one's type have an order."""
    return type(value) in _ORDERED


def to_wire(value: Any) -> dict[str, Any]:
    """A stored value as it stands in the event of a stream: ``{"S": …}``, with binaries in base64."""
    kind = type_name(value)
    match kind:
        case "S":
            return {"S": value}
        case "N":
            return {"N": format(value, "f")}
        case "NULL":
            return {"NULL": True}
        case "M":
            return {"M": {name: to_wire(each) for name, each in value.items()}}
        case "L":
            return {"L": [to_wire(element) for element in value]}
        case "NS":
            return {"NS": [format(element, "f") for element in sorted(value)]}
        case "SS":
            return {"SS": sorted(value)}
        case "BS":
            return {"BS": [b64encode(element).decode() for element in sorted(value)]}
        case "B":
            return {"B": b64encode(value).decode()}
        case _:
            return {kind: value}


def item_to_wire(item: FrozenMap) -> dict[str, Any]:
    """Every attribute of a stored item, as ``to_wire`` gives it. Items are in many records, so it is made once."""
    try:
        return item.wire
    except AttributeError:
        item.wire = {name: to_wire(value) for name, value in item.items()}
        return item.wire
