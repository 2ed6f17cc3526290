"""Forms that CSRF protection refuses."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csp import csp_override

from console.site import POLICY


@csp_override(POLICY)
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A page that says what to do."""
    text = "This form is too old, or came from somewhere else. Go back, load the page again and send it once more."
    page: HttpResponse = admin.site.refuse(request, 403, "Not sent", text)
    return page
