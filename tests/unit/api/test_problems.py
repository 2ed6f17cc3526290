"""Which refusal becomes which status and code."""

import json
from decimal import Decimal
from http import HTTPStatus

import pytest
from django.core.exceptions import DisallowedHost, PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.http import Http404
from rest_framework import exceptions

from access import errors as access
from api import answers, examples, problems
from api.parsers import BodyTooLarge
from ledger import errors
from ledger.requests import Contended, Malformed, Unreachable

VISIBLE = errors.Visible("KRW", Decimal(5), Decimal("0"), Decimal(0))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidField("amount", "No."), 400, "invalid"),
        (errors.UnknownAccount("cloud"), 404, "unknown-account"),
        (errors.UnknownTransfer("id"), 404, "unknown-transfer"),
        (errors.AccountExists("cloud"), 409, "account-exists"),
        (errors.InsufficientFunds("cloud", VISIBLE), 409, "insufficient-funds"),
        (errors.CurrencyMismatch("USD", "KRW"), 409, "currency-mismatch"),
        (errors.AccountFrozen("cloud"), 409, "account-frozen"),
        (errors.KeyReused(), 422, "idempotency-key-reused"),
        (errors.RegionUnreachable(("eu-central-1",)), 503, "region-unreachable"),
        (errors.Busy(), 503, "busy"),
        (Contended("TransactionConflict"), 503, "busy"),
        (Unreachable("ReadTimeoutError"), 503, "busy"),
        (Malformed("ValidationException"), 503, "busy"),
        (BodyTooLarge(), 413, "body-too-large"),
        (exceptions.NotAuthenticated(), 401, "unauthenticated"),
        (access.InvalidKey(), 401, "invalid-key"),
        (access.InsufficientScope("read"), 403, "insufficient-scope"),
        (access.DebitNotAllowed("cloud"), 403, "debit-not-allowed"),
        (access.TooManyRequests(0.3), 429, "too-many-requests"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
        (exceptions.NotAcceptable(), 406, "not-acceptable"),
        (exceptions.UnsupportedMediaType("text/plain"), 415, "unsupported-media-type"),
        (PermissionDenied(), 403, "forbidden"),
        (Http404(), 404, "not-found"),
        (DisallowedHost("evil.example"), 400, "invalid"),
        (TooManyFieldsSent("many"), 400, "invalid"),
        (RequestDataTooBig("much"), 413, "body-too-large"),
        (RuntimeError("secret"), 500, "internal-error"),
        (KeyError("secret"), 500, "internal-error"),
    ],
)
def test_every_refusal_has_a_status_and_a_code(error: Exception, status: int, code: str) -> None:
    response = problems.handle(error, {})
    problem = json.loads(response.content)
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert (problem["type"], problem["title"]) == ("about:blank", HTTPStatus(status).phrase)
    assert problem["detail"]
    assert b"secret" not in response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    assert ("Retry-After" in response.headers) == (status in (429, 503))


def test_every_refusal_of_the_ledger_has_a_status() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.LedgerError)]
    assert {kind.code for kind in kinds if kind is not errors.LedgerError} <= set(problems.STATUSES)


def test_every_refusal_of_the_gate_has_a_status() -> None:
    kinds = access.AccessError.__subclasses__()
    assert {kind.code for kind in kinds} == {
        code for code, status in problems.STATUSES.items() if status in (401, 403, 429)
    } - {"unauthenticated", "forbidden"}


def test_figures_are_strings_in_the_currency_of_the_account() -> None:
    problem = problems.explain(errors.InsufficientFunds("cloud", VISIBLE))
    assert problem.more == {
        "currency": "KRW",
        "available_here": "5",
        "available_elsewhere": "0",
        "in_transit": "0",
    }


def test_several_fields_are_listed_and_the_first_is_blamed() -> None:
    problem = problems.explain(exceptions.ValidationError({"a": ["No."], "b": ["Neither."]}))
    assert problem.more == {
        "field": "a",
        "errors": [{"field": "a", "detail": "No."}, {"field": "b", "detail": "Neither."}],
    }


@pytest.mark.parametrize("name", ["x" * 70_000, "\ud800", "\x00", '"'])
def test_a_clients_name_for_a_field_can_be_repeated(name: str) -> None:
    response = problems.handle(errors.InvalidField(name, "No."), {})
    assert len(response.content) < 1000
    assert len(json.loads(response.content)["field"].encode()) <= 100


def test_the_description_lists_every_code_with_an_example() -> None:
    assert set(answers.CODES) == set(problems.STATUSES)
    for code in set(problems.STATUSES) - {"forbidden", "not-found", "method-not-allowed"}:
        assert examples.problem(code)["status"] == problems.STATUSES[code]
