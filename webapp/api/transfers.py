"""Transfers over HTTP."""

import re

from rest_framework.request import Request
from rest_framework.response import Response

from access.keys import READ, TRANSFER
from api import books, current, cursors, openapi, presenters
from api.base import ApiView, KeyedView, body, caller, page_parameters
from api.fields import AccountIdField, AmountField, ReferenceField, StrictSerializer
from api.permissions import check_debit
from ledger import accounts, statements, transfers
from ledger.errors import InvalidField
from ledger.names import check_account_id

_TRANSFER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class Payment(StrictSerializer):
    """The body of ``POST /transfer``."""

    from_account = AccountIdField(help_text="The account that pays.")
    to_account = AccountIdField(help_text="The account that is paid, in the same currency.")
    amount = AmountField(help_text="How much, in major units; more than zero.")
    reference = ReferenceField(
        required=False, allow_null=True, default=None, help_text="A text of yours, kept with the transfer."
    )


class TransferringView(KeyedView):
    """Pay."""

    scope = TRANSFER

    @openapi.post_transfer(Payment)
    def post(self, request: Request) -> Response:
        """Move money from one account to another."""
        fields = body(request, Payment)
        check_debit(request, fields["from_account"])
        order = transfers.Order(
            **fields,
            principal=caller(request),
            key=self.key,
            key_is_clients=self.key_is_clients,
            request_id=current.get().request_id or "",
        )
        outcome = transfers.transfer(books.ledger(), order)
        known = current.get()
        known.transfer_id = outcome.transfer.transfer_id
        known.outcome = "replayed" if outcome.replayed else "posted"
        self.mark(outcome.replayed)
        return Response(presenters.transfer(outcome.transfer))


class TransferView(ApiView):
    """One transfer."""

    scope = READ

    @openapi.read_transfer
    def get(self, _request: Request, transfer_id: str) -> Response:
        """Show a transfer as it stands."""
        wanted = transfer_id.lower()
        if _TRANSFER_ID.fullmatch(wanted) is None:
            raise InvalidField("transfer_id", "Must be the transfer_id of a transfer: a UUID.")
        current.get().transfer_id = wanted
        return Response(presenters.record(transfers.read(books.ledger(), wanted)))


class ListTransfersView(ApiView):
    """The transfers of an account."""

    scope = READ

    @openapi.list_transfers
    def get(self, request: Request, account_id: str) -> Response:
        """List the transfers of an account, newest first."""
        check_account_id(account_id, "account_id")
        limit, cursor = page_parameters(request)
        before = cursors.read_before_transfer(cursor, account_id) if cursor is not None else None
        lines, following = statements.page(books.ledger(), account_id, limit, before)
        if not lines:
            accounts.read(books.ledger(), account_id)  # nothing to show is one thing, no such account another
        next_cursor = cursors.before_transfer(account_id, following) if following is not None else None
        return Response(presenters.page([presenters.line(line) for line in lines], next_cursor))
