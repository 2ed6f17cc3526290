"""The admin's site: what surrounds every page."""

from collections.abc import Callable
from functools import update_wrapper
from http import HTTPStatus
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override

from api import books, current
from console import oplog
from console.forms import LoginForm
from ledger.errors import Busy, InvalidField, LedgerError, RegionUnreachable
from ledger.requests import Contended, Malformed, Unreachable

type View = Callable[..., HttpResponse]

# The style that Django's lists set in the page has a nonce; there is no script in any page.
POLICY = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
RECENT = 10
_ORDER = ["Account", "Transfer", "Incident", "ApiKey", "Operator", "LogLine"]
# Views of Django's that need its own tables of users, content types or log entries.
_WITHOUT = {"password_change", "password_change_done", "autocomplete", "view_on_site"}


class ConsoleSite(AdminSite):
    """Django's admin over the ledger's tables, as one region sees them."""

    site_title = "Account ledger"
    index_title = "What do you want to look at?"
    index_template = "admin/console/index.html"
    login_form = LoginForm
    site_url = None

    def get_urls(self) -> list[Any]:
        """Django's, without what needs its relational tables."""
        return [url for url in super().get_urls() if getattr(url, "name", None) not in _WITHOUT]

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """See ``AdminSite``. What goes wrong in a view is a page, too."""
        return self._surrounded(super().admin_view(view, cacheable), view)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The login form; 429 if it was tried too often."""
        return self._surrounded(self._login, self._login)(request, extra_context)

    def _login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if wait := getattr(form, "wait", 0):
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response["Retry-After"] = str(wait)
        return response

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """See ``AdminSite``: the lists in the order in which people need them."""
        found = super().get_app_list(request, app_label)
        for app in found:
            app["models"].sort(key=lambda model: _ORDER.index(model["object_name"]))
        return found

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """See ``AdminSite``; with the region that the pages are seen from."""
        return super().each_context(request) | self._place()

    def _place(self) -> dict[str, Any]:
        ledger = books.ledger()
        return {
            "site_title": self.site_title,
            "site_header": self.site_title,
            "here": ledger.here,
            "here_is_home": ledger.here == ledger.topology.home,
        }

    def get_log_entries(self, request: HttpRequest) -> tuple[()]:
        """None of Django's own: the operator log has everything."""
        return ()

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The first page, with the newest lines of the operator log."""
        recent, _ = oplog.page(books.ledger(), RECENT)
        return super().index(request, {"recent": recent, **(extra_context or {})})

    def _surrounded(self, view: View, original: View) -> View:
        """``view`` with the headers of a page, and pages for what it raises."""

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                response = view(request, *args, **kwargs)
                user = request.user
                if user.is_authenticated:
                    current.get().principal = f"operator {user.get_username()}"
            except Http404:
                response = self.refuse(request, 404, "Not found", "There is nothing at this address.")
            except PermissionDenied:
                response = self.refuse(request, 403, "Not allowed", "Your group may not do this.")
            except InvalidField as error:
                response = self.refuse(request, 400, "Cannot be read", f"{error.field}: {error.detail}")
            except SuspiciousOperation:
                response = self.refuse(request, 400, "Cannot be read", "The admin makes no such address or form.")
            except RegionUnreachable as error:
                response = self.refuse(request, 404, "Not known here", _perhaps_elsewhere(error))
            except Busy as error:
                response = self.refuse(request, 503, "Not now", error.detail)
            except LedgerError as error:
                response = self.refuse(request, 404, "Not found", error.detail)
            except (Contended, Unreachable, Malformed):
                response = self._unavailable(request)
            # Without a referrer a form would be sent with ``Origin: null``, which CSRF protection refuses.
            response["Referrer-Policy"] = "same-origin"
            return response

        return update_wrapper(csp_override(POLICY)(inner), original)

    def refuse(self, request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
        """A page that says why not."""
        try:
            context = self.each_context(request) | {"title": title, "text": text}
        except (Contended, Unreachable, Malformed):
            return self._unavailable(request)
        return TemplateResponse(request, "admin/console/problem.html", context, status=status)

    def _unavailable(self, request: HttpRequest) -> HttpResponse:
        """A page that needs no table. A form that was sent may have been carried out: the log tells."""
        text = (
            f"The tables of {books.ledger().here} do not answer now. If you have just sent a form, look into the "
            "operator log whether it was carried out before you send it again."
        )
        context = self._place() | {"title": "No answer", "text": text, "has_permission": False, "anonymous": True}
        return TemplateResponse(request, "admin/console/problem.html", context, status=503)


def _perhaps_elsewhere(error: RegionUnreachable) -> str:
    """A view that only looks raises this for what its region does not know: no 5xx, as nothing is wrong here."""
    regions = ", ".join(error.regions)
    return (
        f"{books.ledger().here} does not know it. It may be in {regions}, which cannot be asked now: look again later."
    )
