"""Accounts over HTTP."""

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from access.keys import CREATE, READ
from api import books, cursors, openapi, presenters
from api.base import ApiView, KeyedView, body, caller, page_parameters
from api.fields import AccountIdField, AmountField, CurrencyField, StrictSerializer
from api.permissions import check_creation
from ledger import accounts, money


class Creation(StrictSerializer):
    """The body of ``POST /create_account``."""

    account_id = AccountIdField(help_text="The id of the new account, chosen by you; not beginning with `system:`.")
    balance = AmountField(help_text="Its opening money in major units, not below zero.")
    currency = CurrencyField(default=money.DEFAULT_CURRENCY, help_text="ISO 4217, with a minor unit. It never changes.")


class CreateAccountView(KeyedView):
    """Create an account."""

    scope = CREATE

    @openapi.create_account(Creation)
    def post(self, request: Request) -> Response:
        """Create an account with opening money."""
        fields = body(request, Creation)
        check_creation(fields["account_id"])
        application = accounts.Application(**fields, principal=caller(request), key=self.key)
        created, replayed = accounts.create(books.ledger(), application)
        self.mark(replayed)
        location = f"/account/{created.account_id}"
        return Response(presenters.account(created), status=status.HTTP_201_CREATED, headers={"Location": location})


class AccountView(ApiView):
    """One account."""

    scope = READ

    @openapi.read_account
    def get(self, _request: Request, account_id: str) -> Response:
        """Show an account as this region sees it now."""
        return Response(presenters.account(accounts.read(books.ledger(), account_id)))


class ListAccountsView(ApiView):
    """All accounts."""

    scope = READ

    @openapi.list_accounts
    def get(self, request: Request) -> Response:
        """List the accounts in order of their ids."""
        limit, cursor = page_parameters(request)
        after = cursors.read_after_account(cursor) if cursor is not None else None
        found, last = accounts.page(books.ledger(), limit, after)
        next_cursor = cursors.after_account(last) if last is not None else None
        return Response(presenters.page([presenters.account(account) for account in found], next_cursor))
