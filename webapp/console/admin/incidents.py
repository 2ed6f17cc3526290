"""Incidents: the list, the page of one, and its acknowledgement."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.html import format_html

from api import books
from console import groups, oplog, raw
from console.admin.base import Page, StoreAdmin, Wanted, address
from console.admin.notes import note_of
from console.models import Incident
from console.moments import shown
from console.queries import incidents
from console.queries.incidents import IncidentSeen
from ledger.errors import LedgerError


@admin.register(Incident)
class IncidentAdmin(StoreAdmin):
    """What should not have happened, as far as this region knows of it."""

    list_display = ("found_at", "reason", "about", "region", "acknowledged")
    list_per_page = 25
    page_template = "admin/console/incident.html"

    def read_page(self, request: HttpRequest, wanted: Wanted) -> Page:
        """One page, newest first."""
        found, following = incidents.page(books.ledger(), wanted.limit, wanted.cursor)
        remark = "" if found else "There are none."
        return Page([_model(incident) for incident in found], following, remark)

    @admin.display(description="found")
    def found_at(self, incident: Incident) -> str:
        """When."""
        return shown(incident.seen.found_at)

    @admin.display(description="reason")
    def reason(self, incident: Incident) -> str:
        """What it is."""
        return incident.seen.reason

    @admin.display(description="about", empty_value="–")
    def about(self, incident: Incident) -> str | None:
        """The account, with a link to it, or whatever else it is about."""
        seen: IncidentSeen = incident.seen
        if seen.account_id is None:
            return seen.details.get("transfer_id") or seen.details.get("entry")
        return format_html('<a href="{}">{}</a>', address("account", seen.account_id), seen.account_id)

    @admin.display(description="found in")
    def region(self, incident: Incident) -> str:
        """Where."""
        return incident.seen.region

    @admin.display(description="acknowledged by", empty_value="nobody yet")
    def acknowledged(self, incident: Incident) -> str | None:
        """Who has looked at it."""
        return ", ".join(one.operator for one in incident.seen.acknowledgements) or None

    def more_urls(self, wrap: Callable[..., Any]) -> list[URLPattern]:
        """Acknowledge."""
        name = "console_incident_acknowledge"
        return [path("<path:object_id>/acknowledge/", wrap(self.acknowledge_view), name=name)]

    def page_context(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """Everything of one incident."""
        seen = _existing(object_id)
        return _described(seen) | {
            "may_acknowledge": request.user.has_perm(groups.ACKNOWLEDGE),
            "raw": [raw.pretty(seen.entry)] if "raw" in request.GET else [],
        }

    def acknowledge_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a note, and keep it."""
        self.check_may(request, groups.ACKNOWLEDGE)
        seen = _existing(unquote(object_id))
        note, form = note_of(request)
        if note is None:
            context = _described(seen) | {"title": "Acknowledge this incident?", "form": form}
            return self.render(request, "admin/console/incident_acknowledge.html", context)
        ledger, operator = books.ledger(), request.user.get_username()
        try:
            with oplog.acting(ledger, operator, "acknowledge", seen.incident_id, note):
                incidents.acknowledge(ledger, seen, operator, note)
        except LedgerError as error:
            messages.error(request, f"Not done. {error.detail}")
        else:
            messages.success(request, "Acknowledged.")
        return HttpResponseRedirect(address("incident", seen.incident_id))


def _existing(object_id: str) -> IncidentSeen:
    seen = incidents.look(books.ledger(), object_id)
    if seen is None:
        raise Http404
    return seen


def _model(seen: IncidentSeen) -> Incident:
    model = Incident(incident_id=seen.incident_id)
    model.seen = seen
    return model


def _described(seen: IncidentSeen) -> dict[str, Any]:
    old, new = _parsed(seen.old_image), _parsed(seen.new_image)
    rows = None
    if old is not None and new is not None:
        rows = [
            {"name": name, "old": old.get(name), "new": new.get(name), "changed": old.get(name) != new.get(name)}
            for name in sorted(old.keys() | new.keys())
        ]
    return {"incident": seen, "title": seen.reason, "subtitle": "Incident", "rows": rows}


def _parsed(image: str | None) -> dict[str, str] | None:
    """The attributes in an image; none without an image; ``None`` for one that cannot be read, as it was cut off."""
    if image is None:
        return {}
    try:
        found = json.loads(image)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}
