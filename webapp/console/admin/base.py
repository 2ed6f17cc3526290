"""Lists and pages of things that are in no relational table.

Django's own change list is kept: its search box, filters, columns and templates. What is replaced is where the rows
come from (``StoreAdmin.read_page``), and its numbered pages, which would need a count: here a page knows where the
next one begins.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import quote, unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst

from api.cursors import LONGEST_KEY
from ledger.errors import InvalidField

CURSOR = "after"  # the parameter that says where a page begins


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is asked for. ``cursor``: the place after which the page begins."""

    search: str
    filters: dict[str, str]
    cursor: str | None
    descending: bool
    limit: int


@dataclass(frozen=True, slots=True)
class Page:
    """Rows for a list, where the next page begins (``None``: there is none), and what has to be said of it."""

    rows: Sequence[Model]
    following: str | None = None
    remark: str = ""


class StoreChangeList(ChangeList):
    """Django's change list, fed from ``StoreAdmin.read_page``."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> None:
        """Read the parameters; there is no query set. Raises ``IncorrectLookupParameters``, ``InvalidField``."""
        self.cursor = place_in(request)
        for parameters in (self.params, self.filter_params):
            parameters.pop(CURSOR, None)  # no link or form of the page keeps it
        filters = self.get_filters(request)
        self.filter_specs, self.has_filters, unknown, _, self.has_active_filters = filters
        if unknown:
            raise IncorrectLookupParameters
        self.clear_all_filters_qs = self.get_query_string(remove=self.get_filters_params())

    def get_results(self, request: HttpRequest) -> None:
        """Read one page."""
        chosen = {spec.parameter_name: spec.value() for spec in self.filter_specs}
        columns = self.get_ordering_field_columns()
        wanted = Wanted(
            search=self.query.strip(),
            filters={name: value for name, value in chosen.items() if value},
            cursor=self.cursor,
            descending=columns.get(0) == "desc",
            limit=self.list_per_page,
        )
        page: Page = self.model_admin.read_page(request, wanted)
        self.result_list = page.rows
        self.result_count = self.full_result_count = len(page.rows)
        self.remark = page.remark
        self.following = self.get_query_string({CURSOR: page.following}) if page.following is not None else None
        self.first = self.get_query_string() if self.cursor is not None else None
        self.show_full_result_count = self.show_admin_actions = False
        self.can_show_all, self.multi_page = True, False


class StoreAdmin(admin.ModelAdmin):
    """Pages of one kind of thing: a list, and a page for each. Nothing is added, changed or deleted."""

    actions = None
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    sortable_by: Sequence[str] = ()
    preserve_filters = False
    page_template: str | None = None  # ``None``: things of this kind have no page of their own, the list shows all

    def read_page(self, request: HttpRequest, wanted: Wanted) -> Page:
        """One page of the list."""
        raise NotImplementedError

    def page_context(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """What the page of one thing shows. Raises ``Http404``."""
        raise NotImplementedError

    def more_urls(self, wrap: Callable[..., Any]) -> list[URLPattern]:
        """Addresses beside the list and the page."""
        return []

    def get_changelist(self, request: HttpRequest, **_: Any) -> type[ChangeList]:
        """See ``ModelAdmin``."""
        return StoreChangeList

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: money moves by payments only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """The list, the page of one thing, and ``more_urls``."""
        wrap, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        pages = [path("<path:object_id>/change/", wrap(self.object_view), name=f"{name}_change")]
        return [
            path("", wrap(self.list_view), name=f"{name}_changelist"),
            *self.more_urls(wrap),
            *(pages if self.page_template else []),
        ]

    def list_view(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return self.changelist_view(request, {"title": capfirst(self.opts.verbose_name_plural)})

    def object_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page of one thing."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        self.check_may(request, f"{self.opts.app_label}.view_{self.opts.model_name}")
        return self.render(request, self.page_template, self.page_context(request, unquote(object_id)))

    def check_may(self, request: HttpRequest, permission: str) -> None:
        """Raise ``PermissionDenied`` unless the operator's group has ``permission``."""
        if not request.user.has_perm(permission):
            raise PermissionDenied

    def render(
        self, request: HttpRequest, template: str | None, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        """A page in the admin's frame."""
        request.current_app = self.admin_site.name
        frame = self.admin_site.each_context(request) | {"opts": self.opts, "media": self.media}
        return TemplateResponse(request, template, frame | context, status=status)


def place_in(request: HttpRequest) -> str | None:
    """Where the page that is asked for begins. Raises ``InvalidField`` if no list has such a place."""
    place: str | None = request.GET.get(CURSOR)
    if place is None or 1 <= len(place.encode(errors="replace")) <= LONGEST_KEY:
        return place
    raise InvalidField(CURSOR, "Must be what the link to the next page has.")


def address(model: str, object_id: str, what: str = "change") -> str:
    """The address of the page of one thing."""
    return reverse(f"admin:console_{model}_{what}", args=(quote(object_id),))
