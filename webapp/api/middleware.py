"""What surrounds every request: its id, its access line, and that nobody keeps a copy of the answer."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from api import current
from api.current import Current
from figures import emf, table
from figures.table import Observation

log = logging.getLogger("access")


class RequestMiddleware:
    """Takes or makes the request id and returns it, and writes one line per request: no bodies, no secrets.

    The line carries the figures of the request, for CloudWatch and for Prometheus.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer ``request``."""
        known, token = current.begin(request.headers.get("X-Request-ID"), request.headers.get("traceparent"))
        started = time.perf_counter()
        try:
            response = self._get_response(request)
            response["X-Request-ID"] = known.request_id
            response.headers.setdefault("Cache-Control", "no-store")
            if request.method == "HEAD" and not response.streaming:
                # The headers of GET, its length included, and no body for the server to warn about.
                response.headers.setdefault("Content-Length", str(len(response.content)))
                response.content = b""
            took = time.perf_counter() - started
            log.info(
                "request",
                extra={
                    "method": request.method,
                    "route": request.resolver_match.route if request.resolver_match else None,
                    "status": response.status_code,
                    "duration_ms": round(took * 1000, 1),
                    "principal": known.principal,
                    "key_id": known.key_id,
                    "transfer_id": known.transfer_id,
                    "code": known.code,
                    **emf.members(_figures(request, response, known, took), time.time()),
                },
            )
            return response
        finally:
            current.end(token)


def _figures(request: HttpRequest, response: HttpResponse, known: Current, took: float) -> list[Observation]:
    status, route = str(response.status_code), _route(request)
    found = [
        Observation(table.REQUESTS, [1], (route, status)),
        Observation(table.STORE_DURATION, known.store),
        Observation(table.REMOTE_STORE_DURATION, known.remote),
    ]
    if route == "transfer" and request.method == "POST":
        found.append(Observation(table.TRANSFERS, [1], (known.outcome or known.code or status,)))
        found.append(Observation(table.TRANSFER_DURATION, [round(took, 5)]))
    counts = ((table.STORE_FAILURES, known.failures), (table.GRANTS, known.grants))
    return found + [Observation(figure, [count]) for figure, count in counts if count]


def _route(request: HttpRequest) -> str:
    """The name of the route: one of a few, whatever is asked for."""
    match = request.resolver_match
    if match is None:
        return "none"
    return "admin" if match.namespaces or not match.url_name else match.url_name.removesuffix("-slash")
