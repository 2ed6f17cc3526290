"""gunicorn's threads, bounded: no client holds one by sending slowly, reading slowly or sending nothing.

gunicorn's own ``timeout`` watches processes; a thread that waits for a client is not among what it bounds. The hooks
used here are those of the release that is pinned; ``tests/integration/api/test_slow_clients.py`` holds them to it.
"""

import contextlib
import json
import logging
import socket
import time
import uuid
from functools import partial
from http import HTTPStatus
from selectors import EVENT_READ
from typing import Any

from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import TConn, ThreadWorker

READ_TIMEOUT = 5.0  # seconds for a whole request to arrive, once it has begun

# What is refused before there is a request that Django could see. Everything else that gunicorn cannot read is a 400.
_STATUSES: dict[type[Exception], HTTPStatus] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
}

log = logging.getLogger("gunicorn.error")


class BoundedWorker(ThreadWorker):
    """A worker whose threads wait for clients for a bounded time only, and whose refusals are problem+json."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._since: dict[TConn, float] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection to a thread: a new one only when its first bytes are there."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: TConn) -> Any:
        """Serve one request, in a thread."""
        self._since[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self._since[conn]

    def murder_pending(self) -> None:
        """What the main thread does every second: also end what takes too long.

        When the time for reading is over, nothing more is received; an answer that is being worked on is still sent.
        """
        super().murder_pending()
        now = time.monotonic()
        for conn, since in list(self._since.items()):
            if now - since > READ_TIMEOUT:
                both = now - since > self.cfg.timeout
                with contextlib.suppress(OSError):  # closed by the client meanwhile
                    conn.sock.shutdown(socket.SHUT_RDWR if both else socket.SHUT_RD)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Refuse what is no request, in the same words as the API; the rest is gunicorn's."""
        ours = (errors.ConfigurationProblem, errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)
        if not isinstance(exc, errors.ParseException) or isinstance(exc, ours):
            super().handle_error(req, client, addr, exc)
            return
        status = next((found for kind, found in _STATUSES.items() if isinstance(exc, kind)), HTTPStatus.BAD_REQUEST)
        request_id = str(uuid.uuid4())
        log.warning("refused", extra={"request_id": request_id, "status": status.value, "error": str(exc)})
        body = {
            "type": "about:blank",
            "title": status.phrase,
            "status": status.value,
            "code": "invalid",
            "detail": "The request is not HTTP as this server understands it.",
            "request_id": request_id,
        }
        content = json.dumps(body).encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nCache-Control: no-store\r\n"
            f"Content-Type: application/problem+json\r\nContent-Length: {len(content)}\r\n"
            f"X-Request-ID: {request_id}\r\n\r\n"
        )
        with contextlib.suppress(OSError):  # the client has gone
            write_nonblock(client, head.encode() + content)
