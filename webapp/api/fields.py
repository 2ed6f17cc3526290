"""The fields of requests: strictly typed, nothing guessed, nothing ignored."""

import unicodedata
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.parsers import JsonNumber
from ledger import money, names
from ledger.errors import InvalidField

LONGEST_REFERENCE = 140  # characters
ACCOUNT_ID = {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$"}
_DIGITS = r"^[0-9]+(\.[0-9]+)?$"
_CONTROL = ("Cc", "Cs", "Zl", "Zp")  # control characters, lone surrogates, separators of lines and paragraphs
# Characters that turn the direction of what follows: with them a text can be shown as another one (Unicode TR 36).
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_one_line(text: str) -> bool:
    """Whether ``text`` has neither control characters nor line breaks, and is all of it UTF-8."""
    return not _TURNING & set(text) and all(unicodedata.category(character) not in _CONTROL for character in text)


class StrictSerializer(serializers.Serializer):
    """A request body. A field that it does not know is an error, because ``ammount`` must not be ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Check all fields. Raises ``ValidationError`` with everything that is wrong."""
        wrong: dict[str, Any] = {name: ["Is not a field of this request."] for name in data if name not in self.fields}
        try:
            checked = super().to_internal_value(data)
        except serializers.ValidationError as error:
            wrong = {**error.detail, **wrong}
        if wrong:
            raise serializers.ValidationError(wrong)
        return checked


class _Strict(serializers.Field):
    """A field that says in the same words, whatever its type, that it is missing."""

    default_error_messages = {"required": "Is required.", "null": "Must not be null."}


class TextField(_Strict):
    """A JSON string, and nothing that could be turned into one."""

    default_error_messages = {"invalid": "Must be a JSON string."}

    def to_internal_value(self, data: Any) -> str:
        """The string as it is."""
        if not isinstance(data, str):
            self.fail("invalid")
        return data


@extend_schema_field(ACCOUNT_ID)
class AccountIdField(TextField):
    """An account id."""

    def to_internal_value(self, data: Any) -> str:
        """The id, if it can be one."""
        value = super().to_internal_value(data)
        try:
            names.check_account_id(value, str(self.field_name))
        except InvalidField as error:
            raise serializers.ValidationError(error.detail) from error
        return value


@extend_schema_field({"type": "string", "pattern": "^[A-Z]{3}$", "default": money.DEFAULT_CURRENCY})
class CurrencyField(TextField):
    """An ISO 4217 code."""

    default_error_messages = {"currency": "Must be an ISO 4217 currency code with a minor unit, such as USD."}

    def to_internal_value(self, data: Any) -> str:
        """The code, if there is such a currency."""
        value = super().to_internal_value(data)
        if not money.is_currency(value):
            self.fail("currency")
        return value


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": LONGEST_REFERENCE})
class ReferenceField(TextField):
    """A short text of the client's, on one line."""

    default_error_messages = {
        "length": f"Must have 1 to {LONGEST_REFERENCE} characters.",
        "control": "Must not contain control characters or line breaks.",
    }

    def to_internal_value(self, data: Any) -> str:
        """The text, if it can be kept and shown."""
        value = super().to_internal_value(data)
        if not 1 <= len(value) <= LONGEST_REFERENCE:
            self.fail("length")
        if not is_one_line(value):
            self.fail("control")
        return value


@extend_schema_field(
    {"oneOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": _DIGITS}], "examples": [500, "12.50"]}
)
class AmountField(_Strict):
    """An amount in major units: a JSON number or a string."""

    default_error_messages = {"invalid": "Must be a JSON number or a string of digits."}

    def to_internal_value(self, data: Any) -> Decimal:
        """The exact decimal."""
        if isinstance(data, JsonNumber):
            data = data.text
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return money.parse(data, str(self.field_name))
        except InvalidField as error:
            raise serializers.ValidationError(error.detail) from error
