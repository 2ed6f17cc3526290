"""Talks to the switches of a running sandbox."""

import http.client
import json
from typing import Any

from sandbox.config import HOST


class NotRunning(Exception):
    """No sandbox answers at this port."""


class Refused(Exception):
    """The sandbox does not do what it was asked; the message says why."""


class Client:
    """The control API of the sandbox whose control port is ``port``. ``timeout``: seconds to wait for an answer."""

    def __init__(self, port: int, *, timeout: float = 15.0) -> None:
        self._port = port
        self._timeout = timeout

    def get(self, path: str) -> dict[str, Any]:
        """Ask. Raises ``NotRunning`` and ``Refused``."""
        return self._request("GET", path, None)

    def post(self, path: str, **arguments: Any) -> dict[str, Any]:
        """Tell. Raises ``NotRunning`` and ``Refused``."""
        return self._request("POST", path, json.dumps(arguments).encode())

    def _request(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=self._timeout)
        try:
            connection.request(method, f"/{path}", body=body, headers={"Connection": "close"})
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotRunning(f"no sandbox answers at {HOST}:{self._port} ({error or type(error).__name__})") from error
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise Refused(answer.get("error", f"status {response.status}"))
        return answer
