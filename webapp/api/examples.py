"""Examples in the description of the API."""

from http import HTTPStatus
from typing import Any

from api.problems import STATUSES

CREATION = {"account_id": "cloud", "balance": 1000, "currency": "USD"}
PAYMENT = {"from_account": "cloud", "to_account": "it", "amount": "500.00", "reference": "invoice 4711"}
HEALTH = {"status": "ok", "region": "ap-northeast-2"}

_AT = "2025-11-23T20:57:03.104729Z"
ACCOUNT = {
    "account_id": "cloud",
    "currency": "USD",
    "status": "active",
    "balance": "500.00",
    "available_here": "250.00",
    "available_elsewhere": "250.00",
    "in_transit": "0.00",
    "region": "ap-northeast-2",
    "shares": [
        {"region": "ap-northeast-2", "balance": "250.00"},
        {"region": "eu-central-1", "balance": "250.00"},
    ],
    "created_at": _AT,
}
CREATED = {
    **ACCOUNT,
    "balance": "1000.00",
    "available_here": "1000.00",
    "available_elsewhere": "0.00",
    "shares": [{"region": "ap-northeast-2", "balance": "1000.00"}],
}
TRANSFER = {
    "transfer_id": "3f0f6a3e-6d0a-5c0e-9a53-0c8f2f1b7d11",
    "from_account": "cloud",
    "to_account": "it",
    "amount": "500.00",
    "currency": "USD",
    "reference": "invoice 4711",
    "region": "eu-central-1",
    "executed_at": _AT,
    "status": "posted",
}
_MONEY = {"currency": "USD", "available_here": "12.50", "available_elsewhere": "0.00", "in_transit": "0.00"}
_MEMBERS: dict[str, tuple[str, dict[str, Any]]] = {
    "invalid": ("amount: Must be greater than zero.", {"field": "amount"}),
    "unauthenticated": ("An API key is required: Authorization: Bearer.", {}),
    "invalid-key": ("The API key is malformed, unknown, expired or revoked.", {}),
    "insufficient-scope": ("This call needs an API key with the scope 'transfer'.", {"scope": "transfer"}),
    "debit-not-allowed": ("This API key may not debit account 'cloud'.", {"account_id": "cloud"}),
    "not-acceptable": ("No media type that Accept allows can be answered here.", {}),
    "unknown-account": ("There is no account 'cloud'.", {"account_id": "cloud"}),
    "unknown-transfer": ("There is no transfer '3f0f6a3e-6d0a-5c0e-9a53-0c8f2f1b7d11'.", {}),
    "account-exists": ("Account 'cloud' exists already.", {}),
    "insufficient-funds": ("Account 'cloud' holds less than the amount.", _MONEY),
    "currency-mismatch": ("The sender's account is in USD, the recipient's in KRW.", {}),
    "account-frozen": ("Account 'cloud' is frozen.", {"account_id": "cloud"}),
    "body-too-large": ("The request body must have at most 65536 bytes.", {}),
    "unsupported-media-type": ("Content-Type must be application/json (UTF-8).", {}),
    "idempotency-key-reused": (
        "This Idempotency-Key was used for a different request. Use a new key for a new request.",
        {},
    ),
    "too-many-requests": (
        "Too many requests. Send the same request again after the time in Retry-After.",
        {},
    ),
    "region-unreachable": (
        "Out of reach: eu-central-1. Send the same request again later: with the same Idempotency-Key"
        " it is executed once.",
        {"regions": ["eu-central-1"], **_MONEY},
    ),
    "busy": ("The ledger is busy. Retry with the same Idempotency-Key.", {}),
    "internal-error": ("Something went wrong here. It has been logged under this request_id.", {}),
}


def problem(code: str) -> dict[str, Any]:
    """What a refusal with this code looks like."""
    detail, members = _MEMBERS[code]
    status = STATUSES[code]
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **members,
        "request_id": "0b4ed1f2-7a1c-4a44-9a0e-1f4f8f1a2c55",
    }
