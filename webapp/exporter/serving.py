"""Serves the figures of all processes of a service, to programs of this machine."""

import socket
import threading
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

HOST = "127.0.0.1"
BACKLOG = 16
TIMEOUT = 5.0  # seconds that a client may be silent


class _Handler(WSGIRequestHandler):
    timeout = TIMEOUT

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name is http.server's)
        """Say nothing: the log is that of requests to the application."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def listen(port: int) -> socket.socket:
    """A socket on the loopback address, for ``serve``. Raises ``OSError`` where the port is taken."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
        # Several processes wait at it, and one of them gets the connection: the others must not hang in accept.
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def serve(listener: socket.socket) -> None:
    """Answer from now on, in a thread of this process. Any process of the service may: all read the same files."""
    # Only here: prometheus_client decides when it is imported where it keeps its values.
    from prometheus_client import CollectorRegistry, make_wsgi_app
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types here
    server = _Server((HOST, 0), _Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = HOST, listener.getsockname()[1]
    server.setup_environ()
    server.set_app(make_wsgi_app(registry))
    threading.Thread(target=server.serve_forever, name="figures", daemon=True).start()


def forget(pid: int) -> None:
    """A process of the service has ended: what it was goes, what it has counted stays."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)  # type: ignore[no-untyped-call]  # the library has no types here
