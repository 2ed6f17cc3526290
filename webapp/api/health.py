"""Whether this application can do its work."""

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from api import books, openapi, problems
from api.base import ApiView
from ledger.requests import Contended, Unreachable


class HealthView(ApiView):
    """For load balancers: no key needed."""

    authentication_classes = ()
    permission_classes = ()

    @openapi.healthcheck
    def get(self, _request: Request) -> Response | HttpResponse:
        """Ask this region's table for one item."""
        ledger = books.ledger()
        try:
            ledger.local.ping()
        except (Contended, Unreachable):
            detail = f"The accounts table in {ledger.here} does not answer."
            return problems.respond(problems.Problem("region-unreachable", detail, {"regions": [ledger.here]}))
        return Response({"status": "ok", "region": ledger.here})
