"""The operator log."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from api import books
from console import oplog
from console.admin.base import Page, StoreAdmin, Wanted
from console.models import LogLine
from console.moments import shown


def _column(name: str, title: str) -> Any:
    """A column that shows one attribute of a line."""

    @admin.display(description=title, empty_value="")
    def column(_admin: "LogLineAdmin", line: LogLine) -> str:
        return getattr(line.seen, name)

    return column


@admin.register(LogLine)
class LogLineAdmin(StoreAdmin):
    """Who did what, in all regions, as far as it has arrived here."""

    list_display = ("at", "operator", "action", "subject", "outcome", "note", "region", "request_id")
    list_display_links = None
    operator = _column("operator", "operator")
    action = _column("action", "action")
    subject = _column("subject", "on")
    outcome = _column("outcome", "outcome")
    note = _column("note", "note")
    region = _column("region", "in")
    request_id = _column("request_id", "request id")

    @admin.display(description="time")
    def at(self, line: LogLine) -> str:
        """When."""
        return shown(line.seen.at)

    def read_page(self, request: HttpRequest, wanted: Wanted) -> Page:
        """One page, newest first."""
        lines, following = oplog.page(books.ledger(), wanted.limit, wanted.cursor)
        return Page([_model(line) for line in lines], following)


def _model(line: oplog.Line) -> LogLine:
    model = LogLine(position=line.position)
    model.seen = line
    return model
