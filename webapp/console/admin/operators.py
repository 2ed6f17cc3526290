"""Who may log in. Operators are created and disabled by ``manage.py`` on a host: see README.md."""

from django.contrib import admin
from django.http import HttpRequest

from api import books
from console import operators
from console.admin.base import Page, StoreAdmin, Wanted
from console.models import Operator
from console.moments import shown


@admin.register(Operator)
class OperatorAdmin(StoreAdmin):
    """The operators that this region knows of."""

    list_display = ("name", "group", "may_log_in", "changed")
    list_display_links = None

    def read_page(self, request: HttpRequest, wanted: Wanted) -> Page:
        """All of them: there are few."""
        return Page([Operator.of(record) for record in operators.everybody(books.ledger())])

    @admin.display(description="may log in", boolean=True)
    def may_log_in(self, operator: Operator) -> bool:
        """Whether they were not disabled."""
        return operator.is_active

    @admin.display(description="created or changed")
    def changed(self, operator: Operator) -> str:
        """When."""
        return shown(operator.seen.changed_at)
