"""Addresses. Each with and without a slash at its end, and never a redirect between the two."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.urls import URLPattern, path
from django.views.generic import RedirectView

from api import documents, problems
from api.accounts import AccountView, CreateAccountView, ListAccountsView
from api.health import HealthView
from api.transfers import ListTransfersView, TransferringView, TransferView


def both(route: str, view: Callable[..., Any], name: str) -> list[URLPattern]:
    """``route`` without and with a slash at its end."""
    return [path(route, view, name=name), path(f"{route}/", view, name=f"{name}-slash")]


urlpatterns: list[Any] = [
    *both("create_account", CreateAccountView.as_view(), "create-account"),
    *both("transfer", TransferringView.as_view(), "transfer"),
    *both("account/<str:account_id>", AccountView.as_view(), "account"),
    *both("account/<str:account_id>/transfers", ListTransfersView.as_view(), "account-transfers"),
    *both("accounts", ListAccountsView.as_view(), "accounts"),
    *both("transfer/<str:transfer_id>", TransferView.as_view(), "one-transfer"),
    *both("healthcheck", HealthView.as_view(), "healthcheck"),
    *both("schema", documents.SchemaView.as_view(), "schema"),
    *both("docs", documents.DocsView.as_view(), "docs"),
]
if settings.CONSOLE:
    from django.contrib import admin  # imports models that are not installed without it

    urlpatterns += [
        path("admin", RedirectView.as_view(pattern_name="admin:index")),
        path("admin/", admin.site.urls),
    ]
handler400 = problems.bad_request
handler403 = problems.forbidden
handler404 = problems.not_found
handler500 = problems.server_error
