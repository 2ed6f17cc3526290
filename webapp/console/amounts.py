"""Amounts for people: digits in groups of three."""

from decimal import Decimal

from iso4217 import Currency

from ledger.money import is_currency, minor_digits


def grouped(amount: Decimal, currency: str) -> str:
    """``amount`` with all minor digits of ``currency``: ``"1,234,567.50"``."""
    return f"{amount:,.{minor_digits(currency)}f}"


def codes() -> list[str]:
    """The currencies that an account can have."""
    return sorted(currency.code for currency in Currency if is_currency(currency.code))
