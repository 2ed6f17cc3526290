from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidField
from ledger.money import MAX_WHOLE_DIGITS, check_digits, is_currency, is_money, minor_digits, parse, quantum, text

CURRENCIES = st.sampled_from(["KRW", "JPY", "USD", "EUR", "BHD", "CLF"])
AMOUNTS = st.decimals(min_value=0, max_value=Decimal(10) ** 15 - 1, allow_nan=False, allow_infinity=False, places=4)


@given(AMOUNTS)
def test_what_is_written_in_digits_is_read_exactly(value: Decimal) -> None:
    assert parse(f"{value:f}", "amount") == value


@given(st.text(max_size=30))
def test_any_text_is_a_decimal_or_an_invalid_field(value: str) -> None:
    try:
        parsed = parse(value, "amount")
    except InvalidField:
        return
    assert parsed.is_finite()
    assert 0 <= parsed < Decimal(10) ** MAX_WHOLE_DIGITS
    assert set(value) <= set("0123456789.")


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "-1",
        "+1",
        "1e3",
        "1E3",
        "NaN",
        "Infinity",
        ".5",
        "5.",
        "1,000",
        "0x1",
        "1 ",
        " 1",
        "1\n",
        "１",
        "१",
        "1" * 16,
        "1" * 41,
        "0.00001",
        "1_000",
        "--1",
        "1.2.3",
    ],
)
def test_what_is_no_plain_decimal_is_refused(value: str) -> None:
    with pytest.raises(InvalidField) as refused:
        parse(value, "balance")
    assert refused.value.field == "balance"


@pytest.mark.parametrize(
    ("value", "expected"), [("0", "0"), ("007.50", "7.50"), ("0" * 39 + "1", "1"), ("9" * 15, "9" * 15)]
)
def test_leading_and_trailing_zeros_do_not_matter(value: str, expected: str) -> None:
    assert parse(value, "amount") == Decimal(expected)


@pytest.mark.parametrize(("currency", "digits"), [("KRW", 0), ("USD", 2), ("BHD", 3), ("CLF", 4)])
def test_minor_digits_are_those_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits
    assert quantum(currency) == Decimal(10) ** -digits


@pytest.mark.parametrize("code", ["XAU", "XXX", "usd", "US", "", "DOGE", None, 840, Decimal(840), ["USD"]])
def test_what_has_no_minor_unit_is_no_currency(code: object) -> None:
    assert not is_currency(code)


@given(AMOUNTS, CURRENCIES)
def test_an_amount_is_refused_exactly_if_it_is_finer_than_its_currency(value: Decimal, currency: str) -> None:
    shortest = Decimal(f"{value.normalize():f}")
    if value % quantum(currency):
        with pytest.raises(InvalidField):
            check_digits(shortest, currency, "amount")
    else:
        check_digits(shortest, currency, "amount")
        assert is_money(shortest, currency)


@given(CURRENCIES, st.integers(min_value=0, max_value=10**15 - 1))
def test_text_has_all_minor_digits_and_reads_back(currency: str, units: int) -> None:
    value = units * quantum(currency)
    written = text(value, currency)
    assert parse(written, "amount") == value
    assert len(written.partition(".")[2]) == minor_digits(currency)


@given(st.decimals() | st.integers() | st.text() | st.none() | st.booleans(), CURRENCIES)
def test_anything_in_a_row_is_money_or_not_without_an_exception(value: object, currency: str) -> None:
    if is_money(value, currency):
        assert isinstance(value, Decimal)
        assert value >= 0
        assert not value % quantum(currency)


@pytest.mark.parametrize("value", ["-0.01", "1E+15", "0.001", "1." + "1" * 37, "1E-130", "9E+125"])
def test_numbers_of_a_table_that_no_account_can_hold_are_not_money(value: str) -> None:
    assert not is_money(Decimal(value), "USD")
