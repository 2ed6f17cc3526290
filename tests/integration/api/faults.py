"""What can go wrong with a table: injected, because the local engine never does it."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from tests.integration.api.cloud import Call, Fault


def refuse(code: str, operation: str, times: int | None = None) -> Fault:
    """Answer ``operation`` with the error ``code``, the first so many times or always."""
    return _answer({"Error": {"Code": code, "Message": code}}, operation, times)


def cancel(code: str, times: int | None = None) -> Fault:
    """Cancel transactions with the reason ``code`` for their first action."""
    error = {"Error": {"Code": "TransactionCanceledException", "Message": code}}
    return _answer({**error, "CancellationReasons": [{"Code": code}, {"Code": "None"}]}, "TransactWriteItems", times)


def _answer(parsed: dict[str, Any], operation: str, times: int | None) -> Fault:
    remaining: Iterator[int] | None = iter(range(times)) if times is not None else None

    def fault(call: Call) -> Any:
        if call.operation != operation or (remaining is not None and next(remaining, None) is None):
            return None
        return SimpleNamespace(status_code=400), dict(parsed)

    return fault


def time_out(region: str, operation: str | None = None) -> Fault:
    """No answer comes from ``region``."""

    def fault(call: Call) -> None:
        if call.region == region and operation in (None, call.operation):
            raise ReadTimeoutError(endpoint_url=region)

    return fault


def cut(region: str) -> Fault:
    """Nothing reaches ``region``."""

    def fault(call: Call) -> None:
        if call.region == region:
            raise ConnectTimeoutError(endpoint_url=region)

    return fault
