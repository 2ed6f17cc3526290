"""Transfers: found by their id, or by an account; and the page of one."""

import re
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.utils.html import format_html

from api import books
from console import adjustments, amounts, raw
from console.admin.base import Page, StoreAdmin, Wanted, address
from console.models import Transfer
from console.moments import shown
from console.queries import incidents, transfers
from ledger import entries, statements
from ledger.names import is_account_id

_TRANSFER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


@admin.register(Transfer)
class TransferAdmin(StoreAdmin):
    """The transfers that this region knows of."""

    list_display = ("transfer_id", "executed_at", "payer", "payee", "amount", "region", "state")
    search_fields = ("transfer_id",)
    search_help_text = "A transfer id, or an account id for its transfers, newest first."
    page_template = "admin/console/transfer.html"

    def read_page(self, request: HttpRequest, wanted: Wanted) -> Page:
        """The transfer of this id, or a page of an account's transfers."""
        if not wanted.search:
            return Page([], remark="Transfers are found by their id or by an account: enter one of the two.")
        ledger = books.ledger()
        if _TRANSFER_ID.fullmatch(wanted.search.lower()) and wanted.cursor is None:
            seen = transfers.look(ledger, wanted.search.lower())
            if seen is not None:
                return Page([_model(seen.standing.transfer, voided=False)])
        if not is_account_id(wanted.search):
            return Page([], remark="This is neither a transfer id nor an account id.")
        lines, following = statements.page(ledger, wanted.search, wanted.limit, wanted.cursor)
        remark = "" if lines or following else f"This region knows no transfer of {wanted.search}."
        return Page([_model(line.transfer, voided=line.voided) for line in lines], following, remark)

    @admin.display(description="executed")
    def executed_at(self, transfer: Transfer) -> str:
        """When."""
        return shown(transfer.seen[0].executed_at)

    @admin.display(description="from")
    def payer(self, transfer: Transfer) -> str:
        """Who paid."""
        return _account_link(transfer.seen[0].from_account)

    @admin.display(description="to")
    def payee(self, transfer: Transfer) -> str:
        """Who was paid."""
        return _account_link(transfer.seen[0].to_account)

    @admin.display(description="amount")
    def amount(self, transfer: Transfer) -> str:
        """With the currency."""
        executed: entries.Transfer = transfer.seen[0]
        return f"{amounts.grouped(executed.amount, executed.currency)} {executed.currency}"

    @admin.display(description="executed in")
    def region(self, transfer: Transfer) -> str:
        """Where."""
        return transfer.seen[0].region

    @admin.display(description="state")
    def state(self, transfer: Transfer) -> str:
        """Whether it was undone."""
        if transfer.seen[1]:
            return "voided"
        return "posted" if adjustments.operator_of(transfer.seen[0]) is None else "adjustment"

    def page_context(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """Everything that explains one transfer."""
        transfer_id = object_id.lower()
        seen = transfers.look(books.ledger(), transfer_id) if _TRANSFER_ID.fullmatch(transfer_id) else None
        if seen is None:
            raise Http404
        stands = seen.standing.transfer
        found, newest = incidents.naming(books.ledger(), transfer_id)
        return {
            "title": transfer_id,
            "subtitle": "Transfer",
            "transfer": stands,
            "adjusted_by": adjustments.operator_of(stands),
            "amount": f"{amounts.grouped(stands.amount, stands.currency)} {stands.currency}",
            "accepted": {name: amounts.grouped(sum_, stands.currency) for name, sum_ in stands.accepted.items()},
            "executions": [
                {"execution": one, "amount": amounts.grouped(one.transfer.amount, one.transfer.currency)}
                for one in seen.executions
            ],
            "missed": seen.missed,
            "incidents": found,
            "newest": newest,
            "raw": [raw.pretty(one.entry) for one in seen.executions] if "raw" in request.GET else [],
        }


def _model(executed: entries.Transfer, *, voided: bool) -> Transfer:
    model = Transfer(transfer_id=executed.transfer_id)
    model.seen = (executed, voided)
    return model


def _account_link(account_id: str) -> str:
    return format_html('<a href="{}">{}</a>', address("account", account_id), account_id)
