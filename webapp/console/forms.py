"""The forms of the admin."""

from decimal import Decimal
from math import ceil
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from access.keys import SCOPES, is_key_id
from api.fields import LONGEST_REFERENCE, is_one_line
from console import amounts
from console.adjustments import CREDIT, DEBIT
from console.throttle import TooManyAttempts
from ledger import money
from ledger.errors import InvalidField

THROTTLED = "throttled"
LONGEST_NOTE = 500  # characters


class LoginForm(AdminAuthenticationForm):
    """Name and password, not too often."""

    wait: int = 0  # seconds, if it was too often

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": "Name or password is wrong, or the operator may not log in.",
        THROTTLED: "Too many attempts under this name. Try again in %(minutes)d min.",
    }

    def clean(self) -> dict[str, Any]:
        """Check the password. Too many attempts are an error of their own."""
        try:
            return super().clean()
        except TooManyAttempts as error:
            self.wait = ceil(error.wait.total_seconds())
            raise ValidationError(
                self.error_messages[THROTTLED], code=THROTTLED, params={"minutes": ceil(self.wait / 60)}
            ) from error


class NoteForm(forms.Form):
    """Why something is done. It stands in the operator log."""

    note = forms.CharField(
        max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 3, "cols": 60, "class": "vLargeTextField"})
    )


def _amount(text: str, currency: str) -> Decimal:
    """The amount in ``text``. Raises ``ValidationError``."""
    try:
        amount = money.parse(text, "amount")
        money.check_digits(amount, currency, "amount")
    except InvalidField as error:
        raise ValidationError(error.detail) from error
    return amount


class PostingForm(forms.Form):
    """What a form has in common that posts something in the books: a reason and an idempotency key.

    The reason of an adjustment is the transfer's reference, so it is as the API wants a reference.
    """

    reason = forms.CharField(
        max_length=LONGEST_REFERENCE,
        label="Why",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="It stands in the operator log, which nobody can change.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def clean_reason(self) -> str:
        """Refuse what cannot be shown on one line."""
        reason: str = self.cleaned_data["reason"]
        if not is_one_line(reason):
            raise ValidationError("Must not contain control characters or line breaks.")
        return reason

    def clean_key(self) -> str:
        """As text."""
        return str(self.cleaned_data["key"])


class AdjustmentForm(PostingForm):
    """What to post: its fields are those of ``Adjustment``."""

    direction = forms.ChoiceField(
        choices=[(CREDIT, "Credit: the account gets the amount"), (DEBIT, "Debit: the account loses the amount")],
        widget=forms.RadioSelect,
    )
    amount = forms.CharField(max_length=40, help_text="In major units, such as 12.50.")
    field_order = ("direction", "amount", "reason", "key")

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["amount"].label = f"Amount in {currency}"
        self.fields["reason"].help_text = (
            "It stands in the operator log and in the books, which nobody can change; callers of the API who may read "
            "the account see it, too."
        )

    def clean_amount(self) -> Decimal:
        """An amount that can be posted."""
        amount = _amount(self.cleaned_data["amount"], self.currency)
        if amount == 0:
            raise ValidationError("Must be greater than zero.")
        return amount


class OpeningForm(PostingForm):
    """Which adjustments account to open."""

    currency = forms.ChoiceField(choices=[(code, code) for code in amounts.codes()])
    balance = forms.CharField(
        label="Opening balance",
        max_length=40,
        help_text="In major units. It comes from no other account: an opening entry says so. Zero will do; accounts "
        "are then only debited until somebody pays in.",
    )
    field_order = ("currency", "balance", "reason", "key")

    def clean_balance(self) -> Decimal:
        """An amount that the currency can have."""
        currency = self.cleaned_data.get("currency")
        return _amount(self.cleaned_data["balance"], currency) if currency else money.ZERO


class KeyForm(forms.Form):
    """What a new API key may do. The rules of keys themselves are in ``access.keys``."""

    principal = forms.CharField(
        label="Caller",
        max_length=128,
        help_text="Whose key it is. The same for the caller's next key: idempotency keys belong to the caller.",
    )
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        help_text="admin is all of them.",
    )
    debits = forms.CharField(
        label="May debit",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60, "class": "vLargeTextField"}),
        help_text="For the scope transfer: account ids, or the beginnings of ids with * at the end; * alone is any.",
    )
    key_id = forms.CharField(widget=forms.HiddenInput, max_length=16)
    expires = forms.CharField(
        initial="90d", max_length=10, help_text="After how long: 10m, 12h, 90d, or never.", label="Expires after"
    )

    def clean_key_id(self) -> str:
        """The id that the form was shown with: sent twice, it makes one key."""
        key_id: str = self.cleaned_data["key_id"]
        if not is_key_id(key_id):
            raise ValidationError("Must be the one that the form had.")
        return key_id
