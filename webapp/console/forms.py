"""The forms of the admin."""

from math import ceil
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from access.keys import SCOPES
from console.throttle import TooManyAttempts

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
    expires = forms.CharField(
        initial="90d", max_length=10, help_text="After how long: 10m, 12h, 90d, or never.", label="Expires after"
    )
