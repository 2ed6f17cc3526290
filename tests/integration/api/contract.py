"""Whether an answer is one that the OpenAPI document describes: checked for every answer of every API test."""

from typing import Any

from django.http import HttpResponse
from django.urls import Resolver404, resolve
from jsonschema import Draft202012Validator

from api.documents import schema

# What can be answered to any path, and so is said once and not with each call.
UNLISTED = {"not-found", "method-not-allowed"}


def check(method: str, path: str, response: HttpResponse) -> None:
    """Assert that ``response`` has a status, media type, headers and body that the document describes."""
    assert response.headers["X-Request-ID"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert not 300 <= response.status_code < 400
    if method == "HEAD" or response.status_code == 204:
        return
    operation = _operation(method, path)
    if response.headers["Content-Type"] == "application/problem+json":
        _check_problem(response)
        if operation is None or response.json()["code"] in UNLISTED:
            return
    if operation is None:
        return
    described = operation["responses"].get(str(response.status_code))
    assert described is not None, f"{method} {path}: {response.status_code} is not described"
    media = described["content"].get(response.headers["Content-Type"])
    assert media is not None, f"{method} {path}: {response.headers['Content-Type']} is not described"
    validate(media["schema"], response.json())
    listed = {name.lower() for name in described.get("headers", {})}
    for name in ("Idempotency-Key", "Location", "Retry-After", "WWW-Authenticate", "Idempotency-Replayed"):
        assert name not in response.headers or name.lower() in listed, f"{name} is not described"


def _check_problem(response: HttpResponse) -> None:
    problem = response.json()
    validate({"$ref": "#/components/schemas/Problem"}, problem)
    assert problem["status"] == response.status_code
    assert problem["request_id"] == response.headers["X-Request-ID"]
    assert response.headers["Cache-Control"] == "no-store"


def _operation(method: str, path: str) -> dict[str, Any] | None:
    try:
        route = resolve(path.partition("?")[0]).route.rstrip("/").replace("<str:", "{").replace(">", "}")
    except Resolver404:
        return None
    operation: dict[str, Any] | None = schema()["paths"].get(f"/{route}", {}).get(method.lower())
    return operation


def validate(part: dict[str, Any], document: Any) -> None:
    """Assert that ``document`` is what ``part`` of the OpenAPI document says."""
    Draft202012Validator({**part, "components": schema()["components"]}).validate(document)
