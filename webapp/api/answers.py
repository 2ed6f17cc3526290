"""The shapes of answers, for the description of the API.

``presenters.py`` makes them; the tests hold every answer against this description.
"""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from access.keys import SCOPES
from api.fields import ACCOUNT_ID
from api.presenters import POSTED, VOIDED
from api.problems import STATUSES
from ledger.shares import ACTIVE, FROZEN

CODES = sorted(STATUSES)


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["12.50"]})
class Amount(serializers.CharField):
    """An amount as it is answered."""


@extend_schema_field({**ACCOUNT_ID, "examples": ["cloud"]})
class AccountId(serializers.CharField):
    """An account id as it is answered."""


class Share(serializers.Serializer):
    """The part of an account's money that one region may spend without asking another."""

    region = serializers.CharField()
    balance = Amount()


class Account(serializers.Serializer):
    """An account as one region sees it. `balance` = `available_here` + `available_elsewhere` + `in_transit`."""

    account_id = AccountId()
    currency = serializers.CharField(help_text="ISO 4217.")
    status = serializers.ChoiceField([ACTIVE, FROZEN], help_text="A frozen account neither pays nor is paid.")
    balance = Amount(help_text="The whole account.")
    available_here = Amount(help_text="What this region can pay without asking another.")
    available_elsewhere = Amount(help_text="What is in the other regions' shares.")
    in_transit = Amount(help_text="What one region has granted to another that has not accepted it yet.")
    region = serializers.CharField(help_text="The region that answers.")
    shares = Share(many=True)
    created_at = serializers.DateTimeField()


class Transfer(serializers.Serializer):
    """One execution of a transfer."""

    transfer_id = serializers.UUIDField()
    from_account = AccountId()
    to_account = AccountId()
    amount = Amount()
    currency = serializers.CharField(help_text="ISO 4217.")
    reference = serializers.CharField(allow_null=True, help_text="The text that the client gave it.")
    region = serializers.CharField(help_text="The region that executed it.")
    executed_at = serializers.DateTimeField()
    status = serializers.ChoiceField(
        [POSTED, VOIDED],
        help_text="`voided`: another region had executed the same transfer, and this execution was undone.",
    )


class TransferRecord(Transfer):
    """A transfer as it stands."""

    undone_in = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Regions that executed it too, before they knew, and undo it.",
    )


class AccountPage(serializers.Serializer):
    """A page of accounts, in order of their ids."""

    items = Account(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="`cursor` of the next page; null on the last.")


class TransferPage(serializers.Serializer):
    """A page of transfers, newest first."""

    items = Transfer(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="`cursor` of the next page; null on the last.")


class Health(serializers.Serializer):
    """This application and its table work."""

    status = serializers.ChoiceField(["ok"])
    region = serializers.CharField()


class FieldError(serializers.Serializer):
    """What is wrong with one field."""

    field = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer):
    """Why the request was refused (RFC 9457)."""

    type = serializers.CharField(help_text="`about:blank`: `title` says no more than the status does.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.ChoiceField(CODES, help_text="Stable, for programs.")
    detail = serializers.CharField(help_text="For people; may change.")
    request_id = serializers.CharField(allow_null=True)
    field = serializers.CharField(required=False, help_text="The field, parameter or header to blame.")
    errors = FieldError(many=True, required=False, help_text="All of them, if several are to blame.")
    account_id = serializers.CharField(required=False)
    scope = serializers.ChoiceField(SCOPES, required=False, help_text="The scope that the call needs.")
    regions = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="The regions out of reach."
    )
    currency = serializers.CharField(required=False)
    available_here = Amount(required=False)
    available_elsewhere = Amount(required=False)
    in_transit = Amount(required=False)
