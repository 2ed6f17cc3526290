"""Payments through the applications' API, as any client makes them."""

import http.client
import json
import threading
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.config import HOST

TIMEOUT = 12.0  # seconds: longer than the application lets anybody wait


class NoAnswer(Exception):
    """An application did not answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an application said. ``code``: of a refusal."""

    status: int
    code: str
    body: Mapping[str, Any]


class Payments:
    """The applications of all regions. ``paid`` counts the payments that were executed, by region."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self._ports = ports
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Count from nothing."""
        self.paid: Counter[str] = Counter()

    def pay(self, region: str, payer: str, payee: str, amount: Decimal, *, key: str | None = None) -> Answer:
        """Ask ``region`` for a payment. Raises ``NoAnswer``."""
        body = {"from_account": payer, "to_account": payee, "amount": str(amount), "reference": "demonstration"}
        answer = self.post(region, "/transfer", body, key=key)
        if answer.status == http.client.OK:
            with self._lock:
                self.paid[region] += 1
        return answer

    def post(self, region: str, path: str, body: Mapping[str, object], *, key: str | None = None) -> Answer:
        """Any request. Raises ``NoAnswer``."""
        connection = http.client.HTTPConnection(HOST, self._ports[region], timeout=TIMEOUT)
        headers = {"Content-Type": "application/json", "Idempotency-Key": key or str(uuid.uuid4())}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            told: dict[str, Any] = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoAnswer(f"the application of {region} does not answer") from error
        finally:
            connection.close()
        return Answer(response.status, str(told.get("code", response.status)), told)
