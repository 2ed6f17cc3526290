"""Expressions mean what DynamoDB says they mean."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from ledger.requests import Malformed
from tests.simulator.expressions import compiled
from tests.simulator.values import FrozenMap, InvalidRequest, freeze, freeze_map, number

ITEM = freeze_map(
    {
        "text": "cat",
        "number": Decimal(5),
        "same": Decimal("5.0"),
        "flag": True,
        "nothing": None,
        "bytes": b"cat",
        "list": ["a", Decimal(1), {"b": True}],
        "map": {"eu-1": Decimal(3), "inner": {"deep": "x"}},
        "set": {"a", "b"},
        "numbers": {Decimal(1), Decimal(2)},
    }
)
NAMES = {f"#{name}": name for name in ITEM} | {"#gone": "gone", "#eu": "eu-1", "#inner": "inner", "#deep": "deep"}


def names_in(*texts: str) -> dict[str, str]:
    """The names that expressions use, as DynamoDB wants them: no more."""
    return {name: NAMES[name] for name in re.findall("#[a-z]+", " ".join(texts))}


def holds(condition: str, item: Mapping[str, Any] = ITEM, **values: Any) -> bool:
    code = compiled(condition, "", names_in(condition))
    assert code.condition is not None
    given = {f":{name}": freeze(value) for name, value in values.items()}
    assert code.values == given.keys()
    return code.condition(freeze_map(item), given)


def updated(update: str, item: Mapping[str, Any] = ITEM, **values: Any) -> FrozenMap:
    code = compiled("", update, names_in(update))
    assert code.update is not None
    return code.update(freeze_map(item), {f":{name}": freeze(value) for name, value in values.items()})


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("#text = :v", {"v": "cat"}),
        ("#number = :v", {"v": Decimal("5.00")}),
        ("#number = #same", {}),
        ("#list = :v", {"v": ["a", Decimal("1.0"), {"b": True}]}),
        ("#set = :v", {"v": {"b", "a"}}),
        ("#map.#eu = :v", {"v": Decimal(3)}),
        ("#map.#inner.#deep = :v", {"v": "x"}),
        ("#number <> :v", {"v": "5"}),
        ("#flag <> :v", {"v": Decimal(1)}),
        ("#gone <> :v", {"v": "anything"}),
        ("#gone <> #map.#deep", {}),
        ("#number < :v", {"v": Decimal("5.1")}),
        ("#number <= #same", {}),
        ("#text > :v", {"v": "Z"}),
        ("#bytes >= :v", {"v": b"cat"}),
        ("#number BETWEEN :a AND :b", {"a": Decimal(5), "b": Decimal(5)}),
        ("#text between :a and :b", {"a": "ca", "b": "cb"}),
        ("#number IN (:a, :b, #text)", {"a": "5", "b": Decimal(5)}),
        ("attribute_exists(#nothing)", {}),
        ("attribute_exists(#map.#eu)", {}),
        ("attribute_not_exists(#gone)", {}),
        ("attribute_not_exists(#gone.#eu)", {}),
        ("attribute_not_exists(#text.#eu)", {}),
        ("attribute_not_exists(#list.#eu)", {}),
        ("attribute_type(#number, :t)", {"t": "N"}),
        ("attribute_type(#map, :t)", {"t": "M"}),
        ("attribute_type(#set, :t)", {"t": "SS"}),
        ("attribute_type(#numbers, :t)", {"t": "NS"}),
        ("attribute_type(#nothing, :t)", {"t": "NULL"}),
        ("begins_with(#text, :v)", {"v": "ca"}),
        ("contains(#text, :v)", {"v": "at"}),
        ("contains(#set, :v)", {"v": "b"}),
        ("contains(#numbers, :v)", {"v": Decimal("2.0")}),
        ("contains(#list, :v)", {"v": {"b": True}}),
        ("size(#text) = :v", {"v": Decimal(3)}),
        ("size(#map) < size(#list)", {}),
        ("NOT #text = :v", {"v": "dog"}),
        ("NOT (#text = :v OR #number = #same)  OR #flag = :t", {"v": "dog", "t": True}),
        ("#flag = :t OR #text = :v AND #text = :w", {"t": True, "v": "dog", "w": "cow"}),
    ],
)
def test_it_holds(condition: str, values: dict[str, Any]) -> None:
    assert holds(condition, **values)


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("#gone = :v", {"v": None}),
        ("#gone = #map.#deep", {}),
        ("#text = :v", {"v": b"cat"}),
        ("#flag = :v", {"v": Decimal(1)}),
        ("#list = :v", {"v": ["a", Decimal(1), {"b": Decimal(1)}]}),
        ("#text <> :v", {"v": "cat"}),
        ("#gone < :v", {"v": Decimal(1)}),
        ("#gone >= #map.#deep", {}),
        ("#number < :v", {"v": "9"}),
        ("#list < :v", {"v": "9"}),
        ("#gone BETWEEN :a AND :b", {"a": Decimal(1), "b": Decimal(9)}),
        ("#number BETWEEN :a AND #text", {"a": Decimal(1)}),
        ("#gone IN (:a, #text)", {"a": "5"}),
        ("attribute_exists(#map.#deep)", {}),
        ("attribute_type(#gone, :t)", {"t": "S"}),
        ("begins_with(#number, :v)", {"v": "5"}),
        ("begins_with(#gone, :v)", {"v": "5"}),
        ("contains(#text, :v)", {"v": Decimal(1)}),
        ("contains(#number, :v)", {"v": Decimal(5)}),
        ("contains(#gone, :v)", {"v": "x"}),
        ("size(#number) = :v", {"v": Decimal(1)}),
        ("size(#gone) >= :v", {"v": Decimal(0)}),
        ("NOT #text = :v AND #text = :w", {"v": "dog", "w": "dog"}),
        ("NOT NOT #text = :v", {"v": "dog"}),
    ],
)
def test_it_does_not_hold(condition: str, values: dict[str, Any]) -> None:
    assert not holds(condition, **values)


def test_a_condition_on_a_row_that_is_not_there_sees_no_attributes() -> None:
    assert holds("attribute_not_exists(#text) AND #number <> #same", {})


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("text = :v", {"v": "a"}),  # not a #name: the house's rule
        ("#text = :v + :w", {"v": "a", "w": "b"}),  # no arithmetic in conditions
        ("(#number - :v) = :w", {"v": Decimal(1), "w": Decimal(1)}),
        ("#text = #text", {}),
        ("contains(#text, #text)", {}),
        ("((#text = :v))", {"v": "a"}),
        ("#text == :v", {"v": "a"}),
        ("#text", {}),
        ("size(#text)", {}),
        ("attribute_exists(:v)", {"v": "a"}),
        ("if_not_exists(#text, :v) = :v", {"v": "a"}),
        ("#text = :v AND", {"v": "a"}),
        ("#text = :v)", {"v": "a"}),
        ("#list[0] = :v", {"v": "a"}),
        ("#number < :v", {"v": True}),
        ("#number BETWEEN :a AND :b", {"a": Decimal(2), "b": Decimal(1)}),
        ("#number BETWEEN :a AND :b", {"a": Decimal(2), "b": "3"}),
        ("begins_with(#text, :v)", {"v": Decimal(1)}),
        ("attribute_type(#text, :t)", {"t": "STRING"}),
        ("#text = :v", {"v": 1.5}),
        ("#text = :v", {"v": set()}),
        ("#text = :v", {"v": {"a", Decimal(1)}}),
        ("#text = :v", {"v": Decimal("1." + "1" * 38)}),
        ("#text = :v", {"v": Decimal("NaN")}),
    ],
)
def test_a_wrong_condition_is_refused_loudly(condition: str, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        holds(condition, **values)


@pytest.mark.parametrize(
    ("update", "values", "changed"),
    [
        ("SET #text = :v", {"v": "dog"}, {"text": "dog"}),
        ("SET #gone = :v", {"v": ["dog"]}, {"gone": ["dog"]}),
        ("SET #number = #number + :v", {"v": Decimal(2)}, {"number": Decimal(7)}),
        ("SET #number = :v - #number", {"v": Decimal(2)}, {"number": Decimal(-3)}),
        ("SET #number = #number - :v", {"v": Decimal(5)}, {"number": Decimal(0)}),
        ("set #text = #number, #number = #flag remove #flag", {}, {"text": Decimal(5), "number": True, "flag": None}),
        ("SET #gone = if_not_exists(#gone, :v) + :w", {"v": Decimal(1), "w": Decimal(2)}, {"gone": Decimal(3)}),
        ("SET #number = if_not_exists(#number, #gone)", {}, {}),
        ("SET #map.#eu = :v", {"v": "x"}, {"map": {"eu-1": "x", "inner": {"deep": "x"}}}),
        ("SET #map.#inner.#deep = :v", {"v": "y"}, {"map": {"eu-1": Decimal(3), "inner": {"deep": "y"}}}),
        ("SET #map.#eu = #map.#eu + :v REMOVE #map.#inner", {"v": Decimal(1)}, {"map": {"eu-1": Decimal(4)}}),
        ("REMOVE #text, #gone, #map.#deep", {}, {"text": None}),
        ("ADD #number :v, #gone :w", {"v": Decimal("0.5"), "w": Decimal(2)}, {"number": Decimal("5.5"), "gone": 2}),
        ("ADD #set :v", {"v": {"c"}}, {"set": {"a", "b", "c"}}),
    ],
)
def test_an_update_reads_the_item_as_it_was_and_changes_it(
    update: str, values: dict[str, Any], changed: dict[str, Any]
) -> None:
    expected = {name: value for name, value in {**ITEM, **changed}.items() if changed.get(name, "") is not None}
    assert updated(update, **values) == expected


@pytest.mark.parametrize(
    ("update", "values"),
    [
        ("SET #text = #gone", {}),
        ("SET #text = #gone + :v", {"v": Decimal(1)}),
        ("SET #text = #text + :v", {"v": Decimal(1)}),
        ("SET #text = #map.#deep", {}),
        ("SET #gone.#eu = :v", {"v": Decimal(1)}),
        ("SET #text.#eu = :v", {"v": Decimal(1)}),
        ("SET #map.#gone.#eu = :v", {"v": Decimal(1)}),
        ("REMOVE #gone.#eu", {}),
        ("ADD #text :v", {"v": Decimal(1)}),
        ("ADD #set :v", {"v": {Decimal(1)}}),
        ("SET #number = #number + :v", {"v": Decimal("1E+40")}),
        ("SET #number = #number + :v", {"v": Decimal("1E-38")}),
    ],
)
def test_an_update_that_does_not_fit_the_item_is_malformed(update: str, values: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        updated(update, **values)


@pytest.mark.parametrize(
    ("update", "values"),
    [
        ("SET text = :v", {"v": "a"}),
        ("SET #text = :v SET #number = :v", {"v": "a"}),
        ("SET #text = :v, #text = :w", {"v": "a", "w": "a"}),
        ("SET #map = :v, #map.#eu = :w", {"v": "a", "w": "a"}),
        ("SET #map.#eu = :v REMOVE #map", {"v": "a"}),
        ("SET #number = #number + :v + :v", {"v": Decimal(1)}),
        ("SET #number = #number * :v", {"v": Decimal(1)}),
        ("SET #number = #number + :v", {"v": "1"}),
        ("SET #number += :v", {"v": Decimal(1)}),
        ("ADD #number :v", {"v": "1"}),
        ("#number = :v", {"v": Decimal(1)}),
        ("SET #text :v", {"v": "a"}),
        ("SET #text = :v,", {"v": "a"}),
        ("DELETE #set :v", {"v": {"a"}}),
        ("SET", {}),
    ],
)
def test_a_wrong_update_is_refused_loudly(update: str, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        updated(update, **values)


def test_two_names_of_one_attribute_overlap() -> None:
    with pytest.raises(InvalidRequest, match="overlap"):
        compiled("", "SET #a = :v, #b = :v", {"#a": "x", "#b": "x"})


def test_a_name_that_is_not_given_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="#other is not among the names"):
        compiled("#text = #other", "", {"#text": "text"})


def test_a_name_that_is_not_used_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no expression uses"):
        compiled("#text = :v", "", {"#text": "text", "#other": "other"})


def test_an_update_leaves_the_item_and_all_that_it_does_not_touch_as_they_were() -> None:
    before = freeze_map({"a": {"x": Decimal(1)}, "b": {"y": Decimal(1)}})
    code = compiled("", "SET #a.#x = :v", {"#a": "a", "#x": "x"})
    assert code.update is not None
    after = code.update(before, {":v": Decimal(2)})
    assert before == {"a": {"x": 1}, "b": {"y": 1}}
    assert after == {"a": {"x": 2}, "b": {"y": 1}}
    assert after["b"] is before["b"]
    with pytest.raises(TypeError):
        after["a"]["x"] = Decimal(3)


@pytest.mark.parametrize(
    ("written", "given_back"),
    [
        ("9.0", "9"),
        ("1E+3", "1000"),
        ("-0", "0"),
        ("0E+9", "0"),
        ("12.340", "12.34"),
        ("0.10", "0.1"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        ("1000000000000000000000000000000000000000000", "1000000000000000000000000000000000000000000"),
    ],
)
def test_numbers_come_back_without_trailing_zeros(written: str, given_back: str) -> None:
    assert str(number(Decimal(written))) == given_back
