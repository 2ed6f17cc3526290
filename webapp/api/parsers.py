"""Request bodies: JSON without surprises, and numbers as they were written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from django.http import UnreadablePostError
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser

from ledger.errors import InvalidField

LARGEST_BODY = 64 * 1024  # bytes
BODY = "body"  # the field to blame when it is the body as a whole


class BodyTooLarge(APIException):
    """The body is longer than ``LARGEST_BODY``."""

    status_code = 413
    default_detail = f"The request body must have at most {LARGEST_BODY} bytes."


@dataclass(frozen=True, slots=True)
class JsonNumber:
    """A JSON number as it was written: it never was a binary float, so 0.1 is 0.1."""

    text: str


def content_length(meta: Mapping[str, Any]) -> int:
    """The length of a request's body as its header says, in bytes."""
    text = str(meta.get("CONTENT_LENGTH") or "")
    return int(text[:20]) if text.isascii() and text.isdigit() else 0


class ExactJsonParser(BaseParser):
    """A JSON object in UTF-8, each of its names once. Raises ``InvalidField``."""

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The object in ``stream``, with numbers as ``JsonNumber``."""
        try:
            raw = stream.read()
        except UnreadablePostError as error:
            raise InvalidField(BODY, "The request body could not be read.") from error
        if parser_context is not None and len(raw) < content_length(parser_context["request"].META):
            raise InvalidField(BODY, "The request body is shorter than its Content-Length.")
        return parse(raw)


def parse(raw: bytes) -> dict[str, Any]:
    """The JSON object in ``raw``. Raises ``InvalidField``."""
    try:
        found = json.loads(
            raw.decode(),
            parse_float=JsonNumber,
            parse_int=JsonNumber,
            parse_constant=_no_constant,
            object_pairs_hook=_once_each,
        )
    except UnicodeDecodeError as error:
        raise InvalidField(BODY, "The request body is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise InvalidField(
            BODY, f"The request body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    except RecursionError as error:
        raise InvalidField(BODY, "The request body is nested too deeply.") from error
    if not isinstance(found, dict):
        raise InvalidField(BODY, "The request body must be a JSON object.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise InvalidField(BODY, f"The request body is not JSON: {name} is not a JSON number.")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidField(name, "Stands more than once in the same JSON object.")
        found[name] = value
    return found
