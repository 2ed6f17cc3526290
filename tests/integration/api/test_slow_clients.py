"""Clients that send slowly, or nothing, hold no thread for long."""

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Iterator

import pytest

from tests.integration.api.server import serving

THREADS = 4
READ_TIMEOUT = 5.0  # seconds, of config.worker
BEGUN = b"POST /transfer HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server with few threads."""
    with serving(tmp_path_factory.mktemp("slow") / "log", LEDGER_THREADS=str(THREADS)) as port:
        seconds_to_answer(port)  # the worker has started
        yield port


def connected(port: int, stack: contextlib.ExitStack, count: int) -> list[socket.socket]:
    """Connections that nothing has been sent on."""
    return [stack.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(count)]


def seconds_to_answer(port: int) -> float:
    """How long another client waits."""
    began = time.monotonic()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", "/nowhere")
        assert connection.getresponse().status == 404
    return time.monotonic() - began


def test_connections_without_a_request_cost_no_thread(port: int) -> None:
    with contextlib.ExitStack() as stack:
        connected(port, stack, 10 * THREADS)
        assert seconds_to_answer(port) < READ_TIMEOUT / 2


@pytest.mark.parametrize("begun", [BEGUN, b"GET /nowh"], ids=["a body that does not come", "half a line"])
def test_a_request_that_does_not_end_is_ended(port: int, begun: bytes) -> None:
    with contextlib.ExitStack() as stack:
        slow = connected(port, stack, THREADS)
        for connection in slow:
            connection.sendall(begun)
        assert seconds_to_answer(port) < READ_TIMEOUT + 5
        if begun is BEGUN:
            response = http.client.HTTPResponse(slow[0])
            response.begin()
            assert (response.status, json.loads(response.read())["field"]) == (400, "body")


def test_a_request_that_comes_byte_by_byte_is_ended_too(port: int) -> None:
    with contextlib.ExitStack() as stack:
        slow = connected(port, stack, THREADS)
        began = time.monotonic()
        with contextlib.suppress(OSError):  # the server has closed the connection
            while time.monotonic() - began < 4 * READ_TIMEOUT:
                for connection in slow:
                    connection.sendall(b"a")
                time.sleep(0.5)
        assert time.monotonic() - began < 3 * READ_TIMEOUT
