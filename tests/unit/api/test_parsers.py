"""JSON bodies: exact, strict, and never a float."""

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.parsers import JsonNumber, parse
from ledger.errors import InvalidField


@pytest.mark.parametrize("text", ["0.1", "1e400", "-0", "1E+2", "0.30000000000000004", "9" * 5000, "1.0"])
def test_a_number_is_kept_as_it_was_written(text: str) -> None:
    assert parse(f'{{"amount": {text}}}'.encode()) == {"amount": JsonNumber(text)}


def test_a_string_of_digits_is_no_number() -> None:
    assert parse(b'{"amount": "1"}') == {"amount": "1"}


def test_numbers_inside_are_kept_too() -> None:
    assert parse(b'{"a": [1, {"b": 2.5}]}') == {"a": [JsonNumber("1"), {"b": JsonNumber("2.5")}]}


@pytest.mark.parametrize(
    ("raw", "field", "said"),
    [
        (b"", "body", "not JSON"),
        (b"{", "body", "not JSON"),
        (b"[]", "body", "JSON object"),
        (b"\xff", "body", "UTF-8"),
        (b"\xef\xbb\xbf{}", "body", "not JSON"),
        (b'{"a": NaN}', "body", "NaN"),
        (b'{"a": -Infinity}', "body", "-Infinity"),
        (b'{"a": 1, "a": 2}', "a", "more than once"),
        (b'{"a": {"b": 1, "b": 1}}', "b", "more than once"),
        (b"[" * 100_000, "body", "deeply"),
        (b'{"a":' * 100_000, "body", "deeply"),
    ],
)
def test_what_is_refused_says_why(raw: bytes, field: str, said: str) -> None:
    with pytest.raises(InvalidField) as refused:
        parse(raw)
    assert refused.value.field == field
    assert said in refused.value.detail


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_refused(raw: bytes) -> None:
    with contextlib.suppress(InvalidField):
        assert isinstance(parse(raw), dict)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_any_json_object_is_read_as_it_is(value: dict[str, Any]) -> None:
    def plain(found: Any) -> Any:
        if isinstance(found, JsonNumber):
            return Decimal(found.text)
        if isinstance(found, dict):
            return {name: plain(inner) for name, inner in found.items()}
        return [plain(inner) for inner in found] if isinstance(found, list) else found

    text = json.dumps(value)
    assert plain(parse(text.encode())) == json.loads(text, parse_float=Decimal, parse_int=Decimal)
