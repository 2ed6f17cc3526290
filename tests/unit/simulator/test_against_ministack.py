"""A second opinion on expressions: ministack's evaluator, called in process, on generated rows and expressions.

Only what both know is generated. They differ where ministack leaves DynamoDB's rules: two missing attributes are equal
to it; ``<`` against a value without an order is false to it, not refused; ``begins_with`` on an attribute that is no
text is refused by it, not false; the size of a number is 0 to it; it adds what are no numbers, rounds sums to 28
digits, and sets and removes below what is no map. ``test_expressions.py`` has those rules as DynamoDB's.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from ministack.services import dynamodb as ministack

from ledger.requests import Malformed
from tests.simulator.expressions import compiled
from tests.simulator.values import freeze_map, item_to_wire

TEXTS = st.sampled_from(["", "a", "ab", "b", "ü"])
NUMBERS = st.sampled_from([Decimal(text) for text in ("-1", "0", "1", "1.5", "10", "1e20", "0.000001")])
SETS = st.sets(TEXTS.filter(bool), min_size=1)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "t": TEXTS,
        "u": TEXTS,
        "n": NUMBERS,
        "k": NUMBERS,
        "f": st.booleans(),
        "z": st.none(),
        "s": SETS,
        "l": st.lists(st.one_of(TEXTS, NUMBERS), max_size=3),
        "m": st.fixed_dictionaries({}, optional={"n": NUMBERS, "t": TEXTS, "m": st.fixed_dictionaries({"n": NUMBERS})}),
    },
)
NAMES = {f"#{name}": name for name in "tunkfzslm"}
PATHS = ["#t", "#u", "#n", "#k", "#f", "#z", "#s", "#l", "#m", "#m.#n", "#m.#t", "#m.#m.#n", "#t.#n"]
SIZED = ["#t", "#s", "#l", "#m", "#m.#t"]
ORDERED = st.one_of(TEXTS, NUMBERS)
ANYTHING = st.one_of(TEXTS, NUMBERS, st.booleans(), st.none(), SETS, st.lists(TEXTS, max_size=2))


class Request:
    """An expression under construction, with the values that it has so far."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.values: dict[str, Any] = {}

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def value(self, strategy: st.SearchStrategy[Any]) -> str:
        name = f":v{len(self.values)}"
        self.values[name] = self.draw(strategy)
        return name

    def comparison(self) -> str:
        path = self.pick(*PATHS)
        match self.pick("equal", "order", "between", "in", "exists", "type", "begins", "contains", "size"):
            case "equal":
                return f"{path} {self.pick('=', '<>')} {self.value(ANYTHING)}"
            case "order":
                return f"{path} {self.pick('<', '<=', '>', '>=')} {self.value(ORDERED)}"
            case "between":
                kind = self.pick(TEXTS, NUMBERS)
                low, high = self.value(kind), self.value(kind)
                self.values[low], self.values[high] = sorted((self.values[low], self.values[high]))
                return f"{path} BETWEEN {low} AND {high}"
            case "in":
                return f"{path} IN ({self.value(ANYTHING)}, {self.value(ANYTHING)})"
            case "exists":
                return f"{self.pick('attribute_exists', 'attribute_not_exists')}({path})"
            case "type":
                return (
                    f"attribute_type({path}, {self.value(st.sampled_from(['S', 'N', 'M', 'L', 'SS', 'NULL', 'BOOL']))})"
                )
            case "begins":
                return f"begins_with({self.pick('#t', '#u', '#m.#t')}, {self.value(TEXTS)})"
            case "contains":
                return f"contains({path}, {self.value(ORDERED)})"
            case _:
                return f"size({self.pick(*SIZED)}) {self.pick('=', '<>', '<', '>=')} {self.value(NUMBERS)}"

    def condition(self, depth: int = 3) -> str:
        match self.pick("simple", "simple", "not", "and", "or") if depth else "simple":
            case "simple":
                return self.comparison()
            case "not":
                return f"NOT {self.comparison()}"
            case operator:
                left, right = self.condition(depth - 1), self.condition(depth - 1)
                compound = f"{left} {operator.upper()} {right}"
                return f"({compound}) OR #n = {self.value(NUMBERS)}" if self.pick(True, False) else compound

    def update(self) -> str:
        targets = self.draw(st.lists(st.sampled_from(["#t", "#n", "#k", "#f"]), unique=True, max_size=3))
        sets = [f"{target} = {self.operand()}" for target in targets]
        if self.pick(True, False):
            sets.append(f"#m.#n = {self.operand()}")
        clauses = [f"SET {', '.join(sets)}"] if sets else []
        clauses += self.pick(["REMOVE #u, #z"], ["REMOVE #l"], ["ADD #s :added"], [])
        if clauses and clauses[-1].startswith("ADD"):
            self.values[":added"] = self.draw(SETS)
        return " ".join(clauses) or "REMOVE #u"

    def operand(self) -> str:
        match self.pick("value", "path", "sum", "default"):
            case "value":
                return self.value(ANYTHING)
            case "path":
                return str(self.pick(*PATHS))
            case "sum":
                return f"if_not_exists(#n, {self.value(NUMBERS)}) {self.pick('+', '-')} {self.value(NUMBERS)}"
            case _:
                return f"if_not_exists({self.pick(*PATHS)}, {self.value(ANYTHING)})"


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    request = Request(draw)
    return request.condition(), request.values


@st.composite
def updates(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    request = Request(draw)
    return request.update(), request.values


@settings(max_examples=400, deadline=None)
@given(row=ROWS, request=conditions())
def test_a_condition_holds_here_if_it_holds_there(row: Mapping[str, Any], request: tuple[str, dict[str, Any]]) -> None:
    condition, values = request
    item, given_values = freeze_map(row), freeze_map(values)
    here = compiled(condition, "", used(condition)).condition
    assert here is not None
    there = ministack._evaluate_condition(condition, item_to_wire(item), item_to_wire(given_values), NAMES)
    assert here(item, given_values) == bool(there)


@settings(max_examples=400, deadline=None)
@given(row=ROWS, request=updates())
def test_an_update_leaves_the_same_row_here_and_there(
    row: Mapping[str, Any], request: tuple[str, dict[str, Any]]
) -> None:
    update, values = request
    item, given_values = freeze_map(row), freeze_map(values)
    here = compiled("", update, used(update)).update
    assert here is not None
    try:
        after: Any = sorted_sets(item_to_wire(here(item, given_values)))
    except Malformed:
        after = None
    try:
        there, _ = ministack._apply_update_expression(item_to_wire(item), update, item_to_wire(given_values), NAMES)
        expected: Any = sorted_sets(there)
    except ValueError:
        expected = None
    assert after == expected


def used(expression: str) -> dict[str, str]:
    return {name: attribute for name, attribute in NAMES.items() if name in expression}


def sorted_sets(wire: Any) -> Any:
    """Sets have no order, and ministack keeps some in the one they came in."""
    if isinstance(wire, dict):
        return {name: sorted(value) if name == "SS" else sorted_sets(value) for name, value in wire.items()}
    return [sorted_sets(element) for element in wire] if isinstance(wire, list) else wire
