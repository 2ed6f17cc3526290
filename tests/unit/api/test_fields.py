"""The fields of requests."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from api.accounts import Creation
from api.fields import StrictSerializer
from api.parsers import JsonNumber
from api.transfers import Payment

PAYMENT = {"from_account": "cloud", "to_account": "it", "amount": JsonNumber("12.50")}


def checked(kind: type[StrictSerializer], **fields: Any) -> dict[str, Any]:
    """The fields as the view gets them."""
    serializer = kind(data=fields)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def test_an_amount_is_a_decimal_and_a_reference_may_be_missing() -> None:
    assert checked(Payment, **PAYMENT) == {**PAYMENT, "amount": Decimal("12.50"), "reference": None}


def test_the_currency_is_usd_unless_said_otherwise() -> None:
    assert checked(Creation, account_id="a", balance="0")["currency"] == "USD"


@given(st.decimals(0, 999_999_999_999_999, places=2))
def test_every_amount_of_cents_is_exact(amount: Decimal) -> None:
    for sent in (str(amount), JsonNumber(str(amount))):
        assert checked(Payment, **{**PAYMENT, "amount": sent})["amount"] == amount


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=140))
def test_every_printable_reference_is_kept_as_it_is(reference: str) -> None:
    assert checked(Payment, **PAYMENT, reference=reference)["reference"] == reference


@pytest.mark.parametrize("reference", ["", "x" * 141, "a\tb", "a\x7f", "\x85", "\u2028", "\udc00", 1, ["a"], True])
def test_an_unfit_reference_is_refused(reference: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        checked(Payment, **PAYMENT, reference=reference)
    assert list(refused.value.detail) == ["reference"]


@pytest.mark.parametrize("value", [JsonNumber("1"), True, None, [], {}, "", "a@b", "a\n", "~a", "а"])
def test_an_unfit_account_id_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        checked(Payment, **{**PAYMENT, "from_account": value})
    assert list(refused.value.detail) == ["from_account"]


def test_a_field_that_is_not_known_is_refused_beside_the_others() -> None:
    with pytest.raises(ValidationError) as refused:
        checked(Payment, ammount=JsonNumber("1"), from_account="cloud", to_account="it")
    assert list(refused.value.detail) == ["amount", "ammount"]
