"""API keys: the list, the page of one, making one and revoking one."""

from collections.abc import Callable
from itertools import islice
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from access import keys, register
from access.keys import Key
from access.known import FRESH
from api import books
from console import groups, oplog
from console.admin.base import CURSOR, Page, StoreAdmin, Wanted, address
from console.admin.notes import note_of
from console.forms import KeyForm
from console.models import ApiKey
from console.moments import shown
from ledger.errors import InvalidField

SECONDS = 2 * FRESH  # that a process may go on with what it knows of a key


@admin.register(ApiKey)
class ApiKeyAdmin(StoreAdmin):
    """The keys that this region knows of."""

    list_display = ("key_id", "principal", "scopes", "debits", "state", "expires", "last_used", "created")
    page_template = "admin/console/key.html"
    change_list_template = "admin/console/keys.html"

    def read_page(self, request: HttpRequest, wanted: Wanted) -> Page:
        """One page in order of their ids."""
        if wanted.cursor is not None and not keys.is_key_id(wanted.cursor):
            raise InvalidField(CURSOR, "Must be what the link to the next page has.")
        found = list(islice(register.everything(books.ledger(), wanted.cursor or ""), wanted.limit + 1))
        following = found[wanted.limit - 1].key_id if len(found) > wanted.limit else None
        return Page([_model(key) for key in found[: wanted.limit]], following, "" if found else "There are none.")

    @admin.display(description="caller")
    def principal(self, model: ApiKey) -> str:
        """Whose it is."""
        return model.seen.principal

    @admin.display(description="scopes")
    def scopes(self, model: ApiKey) -> str:
        """What it is for."""
        return ", ".join(model.seen.scopes)

    @admin.display(description="may debit", empty_value="–")
    def debits(self, model: ApiKey) -> str:
        """Which accounts."""
        return ", ".join(model.seen.debits)

    @admin.display(description="state")
    def state(self, model: ApiKey) -> str:
        """Whether it opens anything now."""
        return model.seen.state(books.ledger().now())

    @admin.display(description="expires")
    def expires(self, model: ApiKey) -> str:
        """When."""
        return shown(model.seen.expires_at or "never")

    @admin.display(description="last used")
    def last_used(self, model: ApiKey) -> str:
        """When, to the minute."""
        return shown(model.seen.last_used_at or "never")

    @admin.display(description="created")
    def created(self, model: ApiKey) -> str:
        """When."""
        return shown(model.seen.created_at)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with a link to make one for who may."""
        may = {"may_create": request.user.has_perm(groups.CREATE_KEYS)}
        return super().changelist_view(request, may | (extra_context or {}))

    def more_urls(self, wrap: Callable[..., Any]) -> list[URLPattern]:
        """Make and revoke."""
        return [
            path("create/", wrap(self.create_view), name="console_apikey_create"),
            path("<path:object_id>/revoke/", wrap(self.revoke_view), name="console_apikey_revoke"),
        ]

    def page_context(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """Everything of one key, which is all but the key."""
        return _described(_existing(object_id)) | {"may_revoke": request.user.has_perm(groups.REVOKE_KEYS)}

    def create_view(self, request: HttpRequest) -> HttpResponse:
        """Ask what the key may do, make it, and show it: this once."""
        self.check_may(request, groups.CREATE_KEYS)
        form = KeyForm(request.POST if request.method == "POST" else None, initial={"key_id": keys.new_id()})
        made = self._issue(form) if form.is_valid() else None
        if made is None:
            return self.render(request, "admin/console/key_create.html", {"title": "Make an API key", "form": form})
        key_text, key = made
        ledger = books.ledger()
        try:
            with oplog.acting(ledger, request.user.get_username(), oplog.CREATE_KEY, key.key_id, oplog.about(key)):
                register.add(ledger, key)
        except register.KeyExists:
            told = (
                "This form has made its key already; it was shown once. If nobody has it, revoke it and make another."
            )
            messages.error(request, told)
            return HttpResponseRedirect(address("apikey", key.key_id))
        context = {"title": key.key_id, "subtitle": "New API key", "key_text": key_text, "key": key}
        return self.render(request, "admin/console/key_created.html", context)

    def _issue(self, form: KeyForm) -> tuple[str, Key] | None:
        """A key as the form says; ``None`` if it cannot be: then the form says why."""
        ledger, asked = books.ledger(), form.cleaned_data
        try:
            expires_at = keys.expiry(asked["expires"], ledger.clock.now())
            debits = asked["debits"].split()
            return keys.issue(
                asked["principal"],
                asked["scopes"],
                debits,
                expires_at,
                region=ledger.here,
                now=ledger.now(),
                key_id=asked["key_id"],
            )
        except InvalidField as error:
            form.add_error(error.field, error.detail)
            return None

    def revoke_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, and revoke it wherever somebody answers."""
        self.check_may(request, groups.REVOKE_KEYS)
        key = _existing(unquote(object_id))
        note, form = note_of(request)
        if note is None:
            context = _described(key) | {"title": f"Revoke {key.key_id}?", "form": form}
            return self.render(request, "admin/console/key_revoke.html", context)
        ledger = books.ledger()
        try:
            with oplog.acting(ledger, request.user.get_username(), oplog.REVOKE_KEY, key.key_id, note):
                revocation = register.revoke(ledger, key.key_id)
        except register.UnknownKey as error:
            messages.error(request, f"Not done. {error}")
        else:
            messages.success(request, f"Revoked in {', '.join(revocation.written)}, in effect within {SECONDS:g} s.")
            if revocation.missed:
                missed = ", ".join(revocation.missed)
                messages.warning(request, f"No answer from {missed}: the key works there until the link is up again.")
        return HttpResponseRedirect(address("apikey", key.key_id))


def _existing(key_id: str) -> Key:
    key = register.find(books.ledger(), key_id) if keys.is_key_id(key_id) else None
    if key is None:
        raise Http404
    return key


def _model(key: Key) -> ApiKey:
    model = ApiKey(key_id=key.key_id)
    model.seen = key
    return model


def _described(key: Key) -> dict[str, Any]:
    return {"title": key.key_id, "subtitle": "API key", "key": key, "state": key.state(books.ledger().now())}
