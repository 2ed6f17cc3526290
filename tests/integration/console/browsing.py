"""Somebody at the admin, without a browser: keeps cookies, sends forms with their CSRF token, reads pages."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.hashers import make_password
from django.http import HttpResponse
from django.test import Client

from api import books
from console import operators
from tests.integration.api.cloud import App, Cloud

PASSWORD = "a long sentence that nobody guesses"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
# Markup that a content security policy without 'unsafe-inline' forbids; <style> only with a nonce.
_INLINE = re.compile(r"""<[^>]+\s(style|on[a-z]+)=["']|<script(?![^>]*\ssrc=)[^>]*>|<style(?![^>]*\snonce=)[^>]*>""")
_hashes: dict[str, str] = {}


def hashed(password: str) -> str:
    """The hash of a password, made once: it takes long on purpose."""
    if password not in _hashes:
        _hashes[password] = make_password(password)
    return _hashes[password]


@dataclass
class Somebody:
    """One person at one region's admin."""

    app: App
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def get(self, path: str, status: int = 200) -> str:
        """The text of a page."""
        return self.read(self.request("GET", path), status)

    def request(self, method: str, path: str, data: dict[str, str] | None = None, **headers: Any) -> HttpResponse:
        """Any request. No answer is a 500."""
        books.use(self.app.ledger)
        self.client.raise_request_exception = False
        if method == "POST":
            response = self.client.post(path, data or {}, headers=headers)
        else:
            response = self.client.generic(method, path, headers=headers)
        assert response.status_code != 500, f"{method} {path}"
        return response

    def read(self, response: HttpResponse, status: int = 200) -> str:
        """The text of an answer, which must be a page as every page of the admin is."""
        assert response.status_code == status, (response.status_code, response.content[:500])
        page = response.content.decode()
        if status < 300 or status >= 400:
            assert "script-src 'self'" in response["Content-Security-Policy"]
            assert "unsafe" not in response["Content-Security-Policy"]
            assert _INLINE.search(page) is None, _INLINE.search(page)
        return page

    def send(self, path: str, **fields: str) -> HttpResponse:
        """Open the page of a form and send it."""
        return self.request("POST", path, {"csrfmiddlewaretoken": self.token(path), **fields})

    def token(self, path: str) -> str:
        """The CSRF token of the form at ``path``."""
        found = _TOKEN.search(self.get(path))
        assert found is not None, f"no form at {path}"
        return found[1]

    def log_in(self, name: str = "ann", password: str = PASSWORD) -> HttpResponse:
        """Send the form of the login page."""
        return self.send("/admin/login/", username=name, password=password)

    def follow(self, response: HttpResponse) -> str:
        """The page that an answer leads to."""
        assert response.status_code == 302, (response.status_code, response.content[:500])
        where = urlsplit(response["Location"])
        return self.get(where.path + (f"?{where.query}" if where.query else ""))


def text(page: str) -> str:
    """What a reader sees: no tags, single spaces."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def link(page: str, words: str) -> str:
    """The address of the link with these words."""
    for href, inner in re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', page, flags=re.DOTALL):
        if words == text(inner).strip():
            return unescape(href)
    raise AssertionError(f"no link {words!r}")


def create(cloud: Cloud, name: str = "ann", group: str = "supervisors") -> None:
    """Create an operator, known in both regions."""
    for app in cloud.apps.values():
        operators.create(app.ledger.__class__(**_at_own_home(app)), name, group, hashed(PASSWORD))
    cloud.calls.clear()


def _at_own_home(app: App) -> dict[str, Any]:
    """The fields of a ledger that writes at its own region, as if replication had brought the row."""
    fields = {name: getattr(app.ledger, name) for name in app.ledger.__slots__}
    return fields | {"stores": dict.fromkeys(app.ledger.stores, app.ledger.local)}
