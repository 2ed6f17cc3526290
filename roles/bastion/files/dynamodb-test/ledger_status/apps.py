"""The regions' apps, and calls to them: each host by its own address, over TLS where it has a certificate.

A name may lead to any region's host, or to all in turn. So a host is called by its address, and its certificate is
held against the name.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

PLAIN_PORT, TLS_PORT = 8080, 443
SECONDS_OF_A_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What an app answered, and for how many days its certificate goes on (``None`` without TLS)."""

    status: int
    body: bytes
    days_left: float | None


@dataclass(frozen=True, slots=True)
class App:
    """An app host. ``name``: the host name of its certificate; ``None`` means plain HTTP. ``ca_file``: who has signed
    it, where that is none of the authorities that the host knows."""

    address: str
    name: str | None = None
    ca_file: str | None = None
    port: int | None = None

    def __str__(self) -> str:
        """How people call it."""
        return f"https://{self.name} at {self.address}" if self.name else f"http://{self.address}:{self._port}"

    @property
    def _port(self) -> int:
        return self.port or (TLS_PORT if self.name else PLAIN_PORT)

    def call(
        self,
        method: str,
        path: str,
        *,
        timeout: float,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Send one request. ``timeout``: seconds for connecting and for every wait after that.

        Raises ``OSError`` (of which an untrusted certificate is a kind) or ``http.client.HTTPException``.
        """
        with socket.create_connection((self.address, self._port), timeout) as plain:
            connection = http.client.HTTPConnection(self.name or f"{self.address}:{self._port}", timeout=timeout)
            if self.name is None:
                connection.sock = plain
                return self._send(connection, method, path, headers or {}, body, None)
            context = ssl.create_default_context(cafile=self.ca_file)
            # As curl and browsers do: many a private authority leaves out what RFC 5280 asks for besides.
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
            with context.wrap_socket(plain, server_hostname=self.name) as secured:
                connection.sock = secured
                ends = ssl.cert_time_to_seconds(str((secured.getpeercert() or {})["notAfter"]))
                left = (ends - time.time()) / SECONDS_OF_A_DAY
                return self._send(connection, method, path, headers or {}, body, left)

    @staticmethod
    def _send(
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        days_left: float | None,
    ) -> Answer:
        connection.request(method, path, body, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), days_left)
