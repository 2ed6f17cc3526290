"""Accounts: the list, the page of one, and its freezing."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from access.system_accounts import is_system_account
from api import books
from console import adjustments, amounts, bar, groups, oplog, raw
from console.admin.adjusting import Adjusting, told
from console.admin.base import CURSOR, Page, Wanted, address, place_in
from console.admin.notes import note_of
from console.models import Account
from console.queries import accounts, incidents
from console.queries.accounts import AccountSeen, Filter, Listed
from ledger import statements
from ledger.entries import Transfer
from ledger.errors import LedgerError
from ledger.freezing import set_status
from ledger.names import is_account_id
from ledger.shares import ACTIVE, FROZEN

TRANSFERS = 25  # to a page of an account


class StatusFilter(admin.SimpleListFilter):
    """By status."""

    title = parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """See Django."""
        return [(ACTIVE, ACTIVE), (FROZEN, FROZEN)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """``StoreChangeList`` hands the value on."""


class CurrencyFilter(StatusFilter):
    """By currency: a form, because there are too many for a list of links."""

    title = parameter_name = "currency"
    template = "admin/console/select_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """See Django."""
        return [(code, code) for code in amounts.codes()]

    def choices(self, changelist: Any) -> list[dict[str, Any]]:
        """The codes to choose from, and the parameters of the page to keep."""
        kept = [(name, value) for name, value in changelist.params.items() if name != self.parameter_name]
        return [{"codes": [code for code, _ in self.lookup_choices], "value": self.value(), "kept": kept}]


@admin.register(Account)
class AccountAdmin(Adjusting):
    """The accounts as this region sees them."""

    list_display = ("account_id", "currency", "status", "balance", "here", "elsewhere", "on_the_way")
    list_filter = (StatusFilter, CurrencyFilter)
    search_fields = ("account_id",)
    search_help_text = "The first characters of the account id. Capital and small letters differ."
    sortable_by = ("account_id",)
    ordering = ("account_id",)
    page_template = "admin/console/account.html"
    change_list_template = "admin/console/accounts.html"

    def read_page(self, request: HttpRequest, wanted: Wanted) -> Page:
        """One page of the index."""
        if wanted.search and not is_account_id(wanted.search):
            return Page([], remark="No account id can begin like this.")
        chosen = Filter(wanted.search, wanted.filters.get("currency"), wanted.filters.get("status"))
        found = accounts.page(books.ledger(), wanted.limit, chosen, cursor=wanted.cursor, descending=wanted.descending)
        remark = ""
        if chosen.looks_at_many and found.following is not None and len(found.accounts) < wanted.limit:
            remark = f"Looked at {found.looked_at:,} accounts so far, up to {found.following}."
        return Page([_model(account) for account in found.accounts], found.following, remark)

    @admin.display(description="balance")
    def balance(self, account: Account) -> str:
        """Of the whole account."""
        return _amount(account, "balance")

    @admin.display(description="available here")
    def here(self, account: Account) -> str:
        """In this region."""
        return _amount(account, "here")

    @admin.display(description="elsewhere")
    def elsewhere(self, account: Account) -> str:
        """In the other regions."""
        return _amount(account, "elsewhere")

    @admin.display(description="on the way")
    def on_the_way(self, account: Account) -> str:
        """Granted by one region to another, and not accepted yet."""
        return _amount(account, "in_transit")

    def more_urls(self, wrap: Callable[..., Any]) -> list[URLPattern]:
        """Freeze and unfreeze, beside what ``Adjusting`` has."""
        return [
            *super().more_urls(wrap),
            *(
                path(f"<path:object_id>/{verb}/", wrap(self.status_view), {"status": status}, f"console_account_{verb}")
                for verb, status in (("freeze", FROZEN), ("unfreeze", ACTIVE))
            ),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with a link to open an adjustments account for who may."""
        may = {"may_adjust": request.user.has_perm(groups.ADJUST)}
        return super().changelist_view(request, may | (extra_context or {}))

    def page_context(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """Everything of one account."""
        ledger, asked = books.ledger(), "ask" in request.GET
        seen = accounts.look(ledger, object_id, ask=asked)
        if seen is None:
            raise Http404
        place = place_in(request)
        lines, following = statements.page(ledger, object_id, TRANSFERS, place)
        found, newest = incidents.naming(ledger, object_id)
        return _described(seen) | {
            "title": object_id,
            "subtitle": "Account",
            "asked": asked,
            "lines": [_line(line.transfer, object_id) | {"voided": line.voided} for line in lines],
            "following": following,
            "cursor_name": CURSOR,
            "continued": place is not None,
            "incidents": found,
            "newest": newest,
            "raw": [(share, raw.pretty(share.row)) for share in seen.shares if share.row and "raw" in request.GET],
            "may_freeze": request.user.has_perm(groups.FREEZE),
            "may_adjust": request.user.has_perm(groups.ADJUST) and not is_system_account(object_id),
        }

    def status_view(self, request: HttpRequest, object_id: str, status: str) -> HttpResponse:
        """Ask whether to freeze or unfreeze, and do it."""
        self.check_may(request, groups.FREEZE)
        ledger, account_id = books.ledger(), unquote(object_id)
        seen = accounts.look(ledger, account_id)
        if seen is None:
            raise Http404
        verb = "freeze" if status == FROZEN else "unfreeze"
        note, form = note_of(request)
        if note is None:
            context = _described(seen) | {"title": f"{verb.capitalize()} {account_id}?", "verb": verb, "form": form}
            return self.render(request, "admin/console/account_status.html", context)
        try:
            with oplog.acting(ledger, request.user.get_username(), verb, account_id, note):
                was = set_status(ledger, account_id, status)
        except LedgerError as error:
            messages.error(request, f"Not done. {told(error)}")
        else:
            done = "was so already" if was.status == status else "done at home; the other regions follow"
            messages.success(request, f"Account {account_id} is {status}: {done}.")
        return HttpResponseRedirect(address("account", account_id))


def _model(found: Listed) -> Account:
    model = Account(account_id=found.account_id, currency=found.currency[:20], status=found.status[:20])
    model.seen = found
    return model


def _amount(account: Account, name: str) -> str:
    seen: Listed = account.seen
    if seen.holdings is None:
        return "being mended" if name == "balance" else "–"
    return amounts.grouped(getattr(seen.holdings, name), seen.currency)


def _described(seen: AccountSeen) -> dict[str, Any]:
    registered, held = seen.registered, seen.holdings
    currency = next((share.share.currency for share in seen.shares if share.share is not None), "")
    shown: dict[str, Any] = {"account": seen, "currency": currency, "registered": registered, "held": None}
    if held is not None:
        names = ("balance", "here", "elsewhere", "in_transit")
        shown["held"] = {name: amounts.grouped(getattr(held, name), currency) for name in names}
        shown["segments"], shown["bar_width"] = bar.segments(held), bar.WIDTH
    shown["shares"] = [
        {
            "seen": share,
            "colour": f"share-{n % bar.COLOURS}",
            "balance": amounts.grouped(share.share.balance, share.share.currency) if share.share else None,
            "negative": share.share is not None and share.share.balance < 0,
            "on_the_way": {to: amounts.grouped(amount, currency) for to, amount in share.on_the_way.items()},
            "follows": _follows(seen, n),
            "updated_at": str((share.row or {}).get("last_updated", "")),
        }
        for n, share in enumerate(seen.shares)
    ]
    return shown


def _follows(seen: AccountSeen, n: int) -> str:
    """How far the account's status has come in a region: home has it first, and the others copy it."""
    registered, share = seen.registered, seen.shares[n].share
    if share is None:
        return "not opened" if seen.shares[n].row is None else "being mended"
    if registered is None or share.status_version >= registered.status_version:
        return "up to date"
    return "not yet"


def _line(transfer: Transfer, account_id: str) -> dict[str, Any]:
    sent = transfer.from_account == account_id
    return {
        "transfer": transfer,
        "other": transfer.to_account if sent else transfer.from_account,
        "sent": sent,
        "adjusted_by": adjustments.operator_of(transfer),
        "amount": ("−" if sent else "+") + amounts.grouped(transfer.amount, transfer.currency),
    }
