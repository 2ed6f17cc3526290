"""Currencies and amounts: exact decimals in major units, with ISO 4217's number of minor digits."""

import re
from decimal import Decimal
from typing import TypeGuard

from iso4217 import Currency

from ledger.errors import InvalidField

DEFAULT_CURRENCY = "USD"
MAX_WHOLE_DIGITS = 15  # sums of 10^23 such amounts still fit DynamoDB's 38 digits
ZERO = Decimal(0)

# Codes without a minor unit (gold, test codes, "no currency") are not money that can be paid.
_MINOR_DIGITS: dict[str, int] = {
    currency.code: currency.exponent for currency in Currency if currency.exponent is not None
}
_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,40})(\.(?P<minor>[0-9]{1,40}))?", re.ASCII)


def is_currency(code: object) -> TypeGuard[str]:
    """Whether ``code`` is an ISO 4217 code with a minor unit."""
    return isinstance(code, str) and code in _MINOR_DIGITS


def minor_digits(currency: str) -> int:
    """Digits after the decimal point: KRW 0, USD 2, BHD 3."""
    return _MINOR_DIGITS[currency]


def quantum(currency: str) -> Decimal:
    """The smallest amount: 0.01 for USD."""
    return Decimal(1).scaleb(-minor_digits(currency))


def parse(text: str, field: str) -> Decimal:
    """The decimal written in ``text``: digits and at most one point; no sign, no exponent, no space.

    Raises ``InvalidField``.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise InvalidField(field, "Must be a decimal number in digits, such as 12.50: no sign, no exponent.")
    if len(match["whole"].lstrip("0")) > MAX_WHOLE_DIGITS:
        raise InvalidField(field, f"Must have at most {MAX_WHOLE_DIGITS} digits before the decimal point.")
    if match["minor"] is not None and len(match["minor"]) > max(_MINOR_DIGITS.values()):
        raise InvalidField(field, "Has more digits after the decimal point than any currency.")
    return Decimal(text)


def check_digits(amount: Decimal, currency: str, field: str) -> None:
    """Raise ``InvalidField`` if ``amount`` is finer than the currency's minor unit."""
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > minor_digits(currency):
        raise InvalidField(field, f"{currency} has {minor_digits(currency)} digits after the decimal point.")


def is_money(value: object, currency: str) -> bool:
    """Whether a number found in a row can be a balance: finite, not negative, not too large or too fine."""
    if not isinstance(value, Decimal) or not value.is_finite() or value < 0:
        return False
    return value < Decimal(10) ** MAX_WHOLE_DIGITS and value == value.quantize(quantum(currency))


def text(amount: Decimal, currency: str) -> str:
    """``amount`` with all minor digits: ``"12.50"``."""
    return f"{amount:.{minor_digits(currency)}f}"
