"""Everything that is refused, as RFC 9457 ``application/problem+json``: one place says which status and code.

``code`` is stable, for programs; ``detail`` is for people and may change. ``type`` is ``about:blank``, so
``title`` is the status in words.
"""

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from access import errors as access
from api import current
from api.authentication import CHALLENGE
from api.parsers import BodyTooLarge
from ledger import errors, money
from ledger.requests import Contended, Malformed, Unreachable

MEDIA_TYPE = "application/problem+json"
STATUSES: dict[str, int] = {
    "invalid": 400,
    "unauthenticated": 401,
    "invalid-key": 401,
    "forbidden": 403,
    "insufficient-scope": 403,
    "debit-not-allowed": 403,
    "not-found": 404,
    "unknown-account": 404,
    "unknown-transfer": 404,
    "method-not-allowed": 405,
    "not-acceptable": 406,
    "account-exists": 409,
    "insufficient-funds": 409,
    "currency-mismatch": 409,
    "account-frozen": 409,
    "body-too-large": 413,
    "unsupported-media-type": 415,
    "idempotency-key-reused": 422,
    "too-many-requests": 429,
    "internal-error": 500,
    "region-unreachable": 503,
    "busy": 503,
}
RETRY_AFTER = {"busy": 1, "region-unreachable": 5}  # seconds
LONGEST_NAME = 100  # characters of a field name of the client's that are repeated to it

# Of Django and REST framework. The first that fits counts.
_FRAMEWORK: tuple[tuple[type[Exception], str, str], ...] = (
    (BodyTooLarge, "body-too-large", ""),
    (RequestDataTooBig, "body-too-large", "The request is too large."),
    (exceptions.NotAuthenticated, "unauthenticated", "An API key is required: Authorization: Bearer."),
    (exceptions.PermissionDenied, "forbidden", ""),
    (exceptions.MethodNotAllowed, "method-not-allowed", ""),
    (exceptions.NotAcceptable, "not-acceptable", "No media type that Accept allows can be answered here."),
    (exceptions.UnsupportedMediaType, "unsupported-media-type", "Content-Type must be application/json (UTF-8)."),
    (PermissionDenied, "forbidden", "Not allowed."),
    (Http404, "not-found", "There is nothing at this path."),
    (SuspiciousOperation, "invalid", "The request is malformed."),
    (BadRequest, "invalid", "The request is malformed."),
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal. ``more``: members beside the standard ones. Raises ``KeyError`` for a code without a status."""

    code: str
    detail: str
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUSES[self.code]


UNEXPECTED = Problem("internal-error", "Something went wrong here. It has been logged under this request_id.")
BUSY = Problem("busy", "The ledger is busy. Retry with the same Idempotency-Key.")


def respond(problem: Problem) -> HttpResponse:
    """The answer that says it."""
    known = current.get()
    known.code = problem.code
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        **problem.more,
        "request_id": known.request_id,
    }
    headers = dict(problem.headers)
    if problem.code in RETRY_AFTER:
        headers["Retry-After"] = str(RETRY_AFTER[problem.code])
    return HttpResponse(json.dumps(body), status=problem.status, content_type=MEDIA_TYPE, headers=headers)


def handle(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The answer to any exception of a view: REST framework's exception handler."""
    problem = explain(error)
    if problem is UNEXPECTED:
        log.error("unexpected exception", exc_info=error)
    response = respond(problem)
    if isinstance(error, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    if scheme := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = scheme
    return response


def explain(error: Exception) -> Problem:
    """What ``error`` is to the caller; ``UNEXPECTED`` if nothing says so."""
    if isinstance(error, errors.LedgerError):
        return _of_the_ledger(error)
    if isinstance(error, access.AccessError):
        return _of_the_gate(error)
    if isinstance(error, Contended | Unreachable | Malformed):
        return BUSY  # whether it was written is not known; the key makes asking again safe
    if isinstance(error, exceptions.ValidationError):
        return _invalid(_flat(error.detail))
    for kind, code, detail in _FRAMEWORK:
        if isinstance(error, kind):
            return Problem(code, detail or str(getattr(error, "detail", "")))
    return UNEXPECTED


def _of_the_gate(error: access.AccessError) -> Problem:
    """With the challenge of RFC 6750, section 3.1, where a caller needs another key."""
    more: dict[str, Any] = {}
    headers: dict[str, str] = {}
    match error:
        case access.InvalidKey():
            headers["WWW-Authenticate"] = f'{CHALLENGE}, error="invalid_token"'
        case access.InsufficientScope(scope=scope):
            more["scope"] = scope
            headers["WWW-Authenticate"] = f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'
        case access.DebitNotAllowed(account_id=account_id):
            more["account_id"] = account_id
            headers["WWW-Authenticate"] = f'{CHALLENGE}, error="insufficient_scope"'
        case access.TooManyRequests(wait=wait):
            headers["Retry-After"] = str(math.ceil(wait))
    return Problem(error.code, error.detail, more, headers)


def _of_the_ledger(error: errors.LedgerError) -> Problem:
    if isinstance(error, errors.InvalidField):
        return _invalid([(error.field, error.detail)])
    more: dict[str, Any] = {}
    if isinstance(error, errors.UnknownAccount | errors.AccountFrozen):
        more["account_id"] = error.account_id
    if isinstance(error, errors.RegionUnreachable):
        more["regions"] = list(error.regions)
    visible = getattr(error, "visible", None)
    if visible is not None:
        more |= _money(visible)
    return Problem(error.code, error.detail, more)


def _money(visible: errors.Visible) -> dict[str, str]:
    """The figures of the sender's account, as every answer writes amounts."""
    return {
        "currency": visible.currency,
        "available_here": money.text(visible.here, visible.currency),
        "available_elsewhere": money.text(visible.elsewhere, visible.currency),
        "in_transit": money.text(visible.in_transit, visible.currency),
    }


def _invalid(found: list[tuple[str, str]]) -> Problem:
    blamed = [{"field": _printable(name), "detail": detail} for name, detail in found]
    first = blamed[0]
    more: dict[str, Any] = {"field": first["field"]}
    if len(blamed) > 1:
        more["errors"] = blamed
    return Problem("invalid", f"{first['field']}: {first['detail']}", more)


def _flat(detail: Any) -> list[tuple[str, str]]:
    """REST framework's messages by field, one by one."""
    by_field = detail if isinstance(detail, dict) else {"body": detail}
    return [(str(name), str(message)) for name, messages in by_field.items() for message in messages]


def _printable(name: str) -> str:
    """A client's name for a field, fit for repeating: bounded, and without what UTF-8 cannot say."""
    return name[:LONGEST_NAME].encode(errors="replace").decode()


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for what is wrong before a view is found: a Host header, too many parameters."""
    problem = explain(exception)
    return respond(Problem("invalid", "The request is malformed.") if problem is UNEXPECTED else problem)


def forbidden(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for ``PermissionDenied``."""
    return respond(explain(exception))


def not_found(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for a path that is not routed."""
    return respond(explain(exception))


def server_error(_request: HttpRequest) -> HttpResponse:
    """Django's handler for an exception outside of the views. It logs the traceback itself."""
    return respond(UNEXPECTED)
