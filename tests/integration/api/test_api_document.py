"""``docs/api.md`` shows every call as it is answered now."""

import os
import re

from pytest_django import Settings

from api.problems import STATUSES
from config.urls import urlpatterns
from sandbox.config import ROOT
from tests.integration.api import story
from tests.integration.api.cloud import Cloud

PAGE = ROOT / "docs" / "api.md"
# What no example shows: the page of the schema itself, what a program of the client's must not do, and our own faults.
NOT_SHOWN = {"docs", "schema", "admin"}


def test_every_example_is_what_the_application_answers(cloud: Cloud, settings: Settings) -> None:
    settings.LEDGER_OPEN_ACCESS = False
    text = story.tell(cloud).page()
    if os.environ.get("WRITE_DOCS") == "1":
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text


def test_every_call_has_an_example() -> None:
    routed = {str(pattern.pattern).rstrip("/") for pattern in urlpatterns} - NOT_SHOWN
    asked = re.findall(r"\$(?:SEOUL|FRANKFURT)/([^\s\"?]+)", PAGE.read_text(encoding="utf-8"))
    unseen = {route for route in routed if not any(re.fullmatch(re.sub("<[^>]+>", "[^/]+", route), a) for a in asked)}
    assert unseen == set()


def test_the_refusals_shown_are_the_apis() -> None:
    shown = set(re.findall(r'"code": "([a-z-]+)"', PAGE.read_text(encoding="utf-8")))
    assert shown <= set(STATUSES)
    assert {"invalid", "insufficient-funds", "region-unreachable", "account-frozen", "invalid-key"} <= shown
