"""``docs/access.md`` says who gets 200, 401 and 403, for every route and every kind of key."""

import os

from pytest_django import Settings

from config.urls import urlpatterns
from sandbox.config import ROOT
from tests.integration.api import access_table
from tests.integration.api.cloud import App

PAGE = ROOT / "docs" / "access.md"


def test_every_route_answers_every_caller_as_written(home: App, settings: Settings) -> None:
    text = access_table.page(access_table.ask(home, settings))
    if os.environ.get("WRITE_DOCS") == "1":
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text


def test_no_route_is_missing() -> None:
    """The admin's are in ``docs/admin-access.md``."""
    routed = {str(pattern.pattern).rstrip("/").replace("<str:", "{").replace(">", "}") for pattern in urlpatterns}
    routed.discard("admin")
    assert {route.partition("/")[2].partition(" (")[0] for route in access_table.routes("")} == routed
