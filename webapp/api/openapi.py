"""What the description of the API says of each call, beside what the serializers say of bodies."""

from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.serializers import Serializer

from access.keys import SCOPES
from api import answers, examples, problems
from api.base import KEY_HEADER, LIMIT_DEFAULT, LIMIT_MOST, REPLAYED_HEADER
from api.fields import ACCOUNT_ID

type Responses = dict[Any, Any]
type Decorator = Callable[[Any], Any]

_JSON = "application/json"
_ANYWHERE = (
    "invalid", "unauthenticated", "invalid-key", "insufficient-scope", "not-acceptable", "body-too-large",
    "too-many-requests", "internal-error",
)  # fmt: skip
_REFUSED = sorted({str(status) for status in problems.STATUSES.values()})


_API_KEY = (
    "An API key: `Authorization: Bearer alk_…`. Each call names the scope that it needs: "
    f"{', '.join(f'`{scope}`' for scope in SCOPES)}; `admin` is all of them."
)


class BearerScheme(OpenApiAuthenticationExtension):
    """How callers say who they are."""

    target_class = "api.authentication.Callers"
    name = "apiKey"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        """``Authorization: Bearer``."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "API key", "description": _API_KEY}

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        """With the scope that the call needs (OpenAPI 3.1, "Security Requirement Object": roles of any scheme)."""
        return {self.name: [auto_schema.view.scope]}


def without_slash_twins(endpoints: Sequence[tuple[Any, ...]], **_: Any) -> list[tuple[Any, ...]]:
    """Every path is routed with and without a slash at its end; it is described once."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]


def closed_requests(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Request bodies have no other fields than those that are described."""
    for name, schema in result["components"]["schemas"].items():
        if name.endswith("Request"):
            schema["additionalProperties"] = False
    return result


def _header(name: str, description: str, response: Any = False, **schema: Any) -> OpenApiParameter:
    kind = {"type": "string", **schema}
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, description=description, response=response)


_VISIBLE = "^[!-~]+$"
_REQUEST_ID = (
    _header(
        "X-Request-ID",
        "Yours, to find this request in the logs: at most 128 visible ASCII characters. Another is not used.",
    ),
    _header("X-Request-ID", "The id of this request in the logs.", response=True),
    _header("WWW-Authenticate", "What is wrong with the key, by RFC 6750.", response=["401", "403"]),
    _header(
        "Retry-After",
        "Seconds to wait before the same request is sent again.",
        response=["429", "503"],
        pattern="^[0-9]+$",
    ),
)
_KEY = (
    _header(KEY_HEADER, "Names this request, so that repeating it does nothing new.", pattern=_VISIBLE, maxLength=255),
    _header(KEY_HEADER, "The key of this request: yours, or one made for it.", response=True),
    _header(REPLAYED_HEADER, "`true` if an earlier request has done this.", response=["200", "201"]),
)
_PAGE = (
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MOST, "default": LIMIT_DEFAULT},
        description="How many.",
    ),
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before."),
)
_ACCOUNT_ID = (OpenApiParameter("account_id", ACCOUNT_ID, OpenApiParameter.PATH),)
_TRANSFER_ID = (OpenApiParameter("transfer_id", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH),)
_LOCATION = (_header("Location", "The path of the account.", response=["201"]),)


def _refusals(*codes: str) -> Responses:
    """The answers that refuse, by status, with an example for each code."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(problems.STATUSES[code], []).append(code)
    return {
        (status, problems.MEDIA_TYPE): OpenApiResponse(
            answers.Problem,
            description=" or ".join(f"`{code}`" for code in same),
            examples=[OpenApiExample(code, value=examples.problem(code), response_only=True) for code in same],
        )
        for status, same in sorted(by_status.items())
    }


def _call(
    name: str,
    status: int,
    answer: type[Serializer],
    example: Any,
    *,
    says: str,
    codes: Sequence[str] = (),
    parameters: Sequence[OpenApiParameter] = (),
    request: Any = None,
    sent: Any = None,
) -> Decorator:
    success = OpenApiResponse(
        answer, description=says, examples=[OpenApiExample(name, value=example, response_only=True)]
    )
    return extend_schema(
        operation_id=name,
        request={_JSON: request} if request is not None else None,
        parameters=[*parameters, *_REQUEST_ID],
        responses={(status, _JSON): success, **_refusals(*codes)},
        examples=[OpenApiExample(name, value=sent, request_only=True)] if sent is not None else [],
        tags=["ledger"],
    )


def create_account(request: type[Serializer]) -> Decorator:
    """``POST /create_account``."""
    codes = (
        *_ANYWHERE,
        "account-exists",
        "unsupported-media-type",
        "idempotency-key-reused",
        "region-unreachable",
        "busy",
    )
    return _call(
        "create_account",
        201,
        answers.Account,
        examples.CREATED,
        says="The account as it was created.",
        codes=codes,
        parameters=(*_KEY, *_LOCATION),
        request=request,
        sent=examples.CREATION,
    )


def post_transfer(request: type[Serializer]) -> Decorator:
    """``POST /transfer``."""
    refused = (
        "debit-not-allowed",
        "unknown-account",
        "insufficient-funds",
        "currency-mismatch",
        "account-frozen",
        "idempotency-key-reused",
    )
    return _call(
        "transfer",
        200,
        answers.Transfer,
        examples.TRANSFER,
        says="The transfer, executed.",
        codes=(*_ANYWHERE, *refused, "unsupported-media-type", "region-unreachable", "busy"),
        parameters=_KEY,
        request=request,
        sent=examples.PAYMENT,
    )


read_account = _call(
    "read_account",
    200,
    answers.Account,
    examples.ACCOUNT,
    says="The account.",
    codes=(*_ANYWHERE, "unknown-account", "region-unreachable", "busy"),
    parameters=_ACCOUNT_ID,
)
list_accounts = _call(
    "list_accounts",
    200,
    answers.AccountPage,
    {"items": [examples.ACCOUNT], "next_cursor": None},
    says="A page of accounts.",
    codes=(*_ANYWHERE, "busy"),
    parameters=_PAGE,
)
list_transfers = _call(
    "list_transfers",
    200,
    answers.TransferPage,
    {"items": [examples.TRANSFER], "next_cursor": None},
    says="A page of transfers.",
    codes=(*_ANYWHERE, "unknown-account", "region-unreachable", "busy"),
    parameters=(*_ACCOUNT_ID, *_PAGE),
)
read_transfer = _call(
    "read_transfer",
    200,
    answers.TransferRecord,
    examples.TRANSFER,
    says="The transfer.",
    codes=(*_ANYWHERE, "unknown-transfer", "region-unreachable", "busy"),
    parameters=_TRANSFER_ID,
)
healthcheck = _call(
    "healthcheck",
    200,
    answers.Health,
    examples.HEALTH,
    says="The application and its table work.",
    codes=("invalid", "not-acceptable", "body-too-large", "internal-error", "region-unreachable"),
)
