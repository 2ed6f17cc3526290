"""Correcting a balance: the form, its confirmation, and the opening of the account that it is posted against."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from access.system_accounts import adjustments_account, is_system_account
from api import books
from console import adjustments, amounts, groups
from console.adjustments import CREDIT, DEBIT, Adjustment
from console.admin.base import StoreAdmin, address
from console.forms import AdjustmentForm, OpeningForm
from console.queries import accounts
from console.queries.accounts import AccountSeen
from ledger.context import Ledger
from ledger.errors import (
    AccountExists,
    AccountFrozen,
    Busy,
    InsufficientFunds,
    InvalidField,
    KeyReused,
    LedgerError,
    RegionUnreachable,
    UnknownAccount,
)
from ledger.requests import Contended, Malformed, Unreachable
from ledger.shares import FROZEN

NOT_KNOWN = (
    "The tables did not answer, so it is not known whether it was done. Send this form again: it has a key of its own, "
    "so it is done once."
)
_AGAIN = "Nothing was done from here. Send this form again later: it is done once."


class Adjusting(StoreAdmin):
    """What accounts have for supervisors."""

    def more_urls(self, wrap: Callable[..., Any]) -> list[URLPattern]:
        """Adjust a balance; open an adjustments account."""
        return [
            path("open-adjustments/", wrap(self.open_view), name="console_account_open"),
            path("<path:object_id>/adjust/", wrap(self.adjust_view), name="console_account_adjust"),
        ]

    def adjust_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what to post and why; show both postings; post them. Each page has what the one before it was sent."""
        self.check_may(request, groups.ADJUST)
        ledger, account_id = books.ledger(), unquote(object_id)
        try:
            seen = accounts.look(ledger, account_id)
            if seen is None or is_system_account(account_id):
                raise Http404
            if seen.holdings is None:
                raise Busy
            currency = _currency(seen)
            against = accounts.look(ledger, adjustments_account(currency))
        except (RegionUnreachable, Busy) as error:
            messages.error(request, f"It cannot be adjusted now. {told(error)}")
            return HttpResponseRedirect(address("account", account_id))
        context: dict[str, Any] = {
            "title": f"Adjust {account_id}",
            "account_id": account_id,
            "currency": currency,
            "against": adjustments_account(currency),
            "opened": against is not None,
            "balance": amounts.grouped(seen.holdings.balance, currency),
        }
        form = AdjustmentForm(currency, request.POST if request.method == "POST" else None, initial=_new_key())
        if against is None or not form.is_valid():
            return self.render(request, "admin/console/adjust.html", context | {"form": form})
        adjustment = Adjustment(account_id, currency, **form.cleaned_data)
        context |= {"form": form, "adjustment": adjustment, "postings": _postings(adjustment, seen, against)}
        if "confirmed" not in request.POST:
            frozen = [each.account_id for each in (seen, against) if _is_frozen(each)]
            context["problem"] = told(AccountFrozen(frozen[0])) if frozen else ""
            return self.render(request, "admin/console/adjust_confirm.html", context)
        return self._post(request, ledger, adjustment, context)

    def _post(
        self, request: HttpRequest, ledger: Ledger, adjustment: Adjustment, context: dict[str, Any]
    ) -> HttpResponse:
        status = 200
        try:
            outcome = adjustments.post(ledger, request.user.get_username(), adjustment)
        except LedgerError as error:
            problem = told(error, adjustment.from_account)
        except (Contended, Unreachable, Malformed):
            problem, status = NOT_KNOWN, 503
        else:
            posted = outcome.transfer
            how = "was posted already, by this same form" if outcome.replayed else "is posted"
            text = f"The adjustment of {amounts.grouped(posted.amount, posted.currency)} {posted.currency} {how}."
            messages.success(request, text)
            return HttpResponseRedirect(address("transfer", posted.transfer_id))
        return self.render(request, "admin/console/adjust_confirm.html", context | {"problem": problem}, status)

    def open_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for which currency, with how much and why; open the account."""
        self.check_may(request, groups.ADJUST)
        first = _new_key() | {"currency": request.GET.get("currency", "")[:3], "balance": "0"}
        form = OpeningForm(request.POST if request.method == "POST" else None, initial=first)
        context = {"title": "Open an adjustments account", "form": form}
        if not form.is_valid():
            return self.render(request, "admin/console/open.html", context)
        status = 200
        try:
            opened, before = adjustments.open_account(books.ledger(), request.user.get_username(), **form.cleaned_data)
        except LedgerError as error:
            problem = told(error)
        except (Contended, Unreachable, Malformed):
            problem, status = NOT_KNOWN, 503
        else:
            how = "was opened already, by this same form" if before else "is open"
            messages.success(request, f"Account {opened.account_id} {how}.")
            return HttpResponseRedirect(address("account", opened.account_id))
        return self.render(request, "admin/console/open.html", context | {"problem": problem}, status)


def told(error: LedgerError, payer: str = "") -> str:
    """What was refused, and what to do about it. ``payer``: the account that was to lose the amount."""
    match error:
        case UnknownAccount():
            return f"{error.detail} Open it first."
        case AccountExists():
            return f"{error.detail} Pay into it by a transfer, as into any account."
        case AccountFrozen():
            return f"{error.detail} Unfreeze it, send this form again, and freeze it anew."
        case InsufficientFunds() if is_system_account(payer):
            return f"{error.detail} Pay into it by a transfer from another account, and send this form again."
        case InsufficientFunds():
            return f"{error.detail} Nothing was posted. Take less, or ask every region on the account's page."
        case KeyReused():
            return "This form was sent before, with other values. Look at what it did, and begin with a new form."
        case RegionUnreachable(regions=regions):
            return f"Out of reach: {', '.join(regions)}. {_AGAIN}"
        case Busy():
            return f"The row of an account is being mended, or busy. {_AGAIN}"
        case InvalidField():
            return f"{error.field}: {error.detail}"
        case _:
            return f"{error.detail} Nothing was done."


def _new_key() -> dict[str, str]:
    return {"key": str(uuid.uuid4())}


def _currency(seen: AccountSeen) -> str:
    if seen.registered is None:
        raise Busy
    return seen.registered.currency


def _is_frozen(seen: AccountSeen) -> bool:
    return seen.registered is not None and seen.registered.status == FROZEN


def _signed(amount: Decimal, currency: str) -> str:
    return amounts.grouped(amount, currency).replace("-", "−")


def _postings(adjustment: Adjustment, seen: AccountSeen, against: AccountSeen) -> list[dict[str, Any]]:
    """Both sides with the balances before and after, as far as this region sees them."""
    held = {adjustment.account_id: seen.holdings, adjustment.against: against.holdings}
    sides = ((DEBIT, adjustment.from_account, -adjustment.amount), (CREDIT, adjustment.to_account, adjustment.amount))
    return [
        {
            "side": side,
            "account_id": account_id,
            "amount": _signed(change, adjustment.currency),
            "before": _signed(holds.balance, adjustment.currency) if (holds := held[account_id]) else None,
            "after": _signed(holds.balance + change, adjustment.currency) if holds else None,
            "short": holds is not None and holds.balance + change < 0,
        }
        for side, account_id, change in sides
    ]
