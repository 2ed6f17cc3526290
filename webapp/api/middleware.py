"""What surrounds every request: its id, its access line, and that nobody keeps a copy of the answer."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from api import current

log = logging.getLogger("access")


class RequestMiddleware:
    """Takes or makes the request id and returns it, and writes one line per request: no bodies, no secrets."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer ``request``."""
        known, token = current.begin(request.headers.get("X-Request-ID"))
        started = time.perf_counter()
        try:
            response = self._get_response(request)
            response["X-Request-ID"] = known.request_id
            response.headers.setdefault("Cache-Control", "no-store")
            log.info(
                "request",
                extra={
                    "method": request.method,
                    "route": request.resolver_match.route if request.resolver_match else None,
                    "status": response.status_code,
                    "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                    "principal": known.principal,
                    "key_id": known.key_id,
                    "transfer_id": known.transfer_id,
                    "code": known.code,
                },
            )
            return response
        finally:
            current.end(token)
