"""What all views of the API have in common."""

import re
import uuid
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from api.authentication import Principal
from api.parsers import LARGEST_BODY, BodyTooLarge, content_length
from ledger.errors import InvalidField

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
LIMIT_DEFAULT = 50
LIMIT_MOST = 100

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)


class ApiView(APIView):
    """A view of the API: bodies are bounded, OPTIONS tells the methods and nothing else.

    ``scope``: what a key must be allowed. A view without one answers nobody, unless it asks for no key at all.
    """

    scope: str

    @property
    def default_response_headers(self) -> dict[str, str]:
        """None: ``Allow`` belongs to 405 and OPTIONS."""
        return {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what needs no look at the request's content."""
        if content_length(request.META) > LARGEST_BODY:
            raise BodyTooLarge
        super().initial(request, *args, **kwargs)

    def options(self, _request: Request, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The methods of this path."""
        return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})


class KeyedView(ApiView):
    """A view whose POST moves money or makes an account, once per idempotency key.

    ``key`` is the client's or, where it sent none, made here; it stands in every answer, refusals included,
    so that a client that does not know what became of its request can repeat it.
    """

    key: str
    key_is_clients: bool

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Take or make the key before anything can be refused. Raises ``InvalidField``."""
        if request.method == "POST":
            sent = request.headers.get(KEY_HEADER)
            if sent is not None and _KEY.fullmatch(sent) is None:
                raise InvalidField(KEY_HEADER, "Must be 1 to 255 visible ASCII characters.")
            self.key, self.key_is_clients = sent or str(uuid.uuid4()), sent is not None
            self.headers[KEY_HEADER] = self.key
        super().initial(request, *args, **kwargs)

    def mark(self, replayed: bool) -> None:
        """Say in the answer that an earlier request has done this."""
        if replayed:
            self.headers[REPLAYED_HEADER] = "true"


def body(request: Request, kind: type[Serializer]) -> dict[str, Any]:
    """The checked fields of the request's body. Raises ``ValidationError`` with everything that is wrong."""
    serializer = kind(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def caller(request: Request) -> str:
    """The name of the principal."""
    principal: Principal = request.user
    return principal.name


def page_parameters(request: Request) -> tuple[int, str | None]:
    """``limit`` and ``cursor`` of a list. Raises ``InvalidField``, also for any other parameter."""
    given = request.query_params
    for name, values in given.lists():
        if name not in ("limit", "cursor"):
            raise InvalidField(name, "Is not a parameter of this list: only limit and cursor are.")
        if len(values) > 1:
            raise InvalidField(name, "Stands more than once in the query.")
    limit = given.get("limit", str(LIMIT_DEFAULT))
    if _NUMBER.fullmatch(limit) is None or not 1 <= int(limit) <= LIMIT_MOST:
        raise InvalidField("limit", f"Must be a whole number from 1 to {LIMIT_MOST}.")
    return int(limit), given.get("cursor")
