"""On the wire, under the real server: what a test client cannot send."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LIMIT = 64 * 1024


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The application under gunicorn, without tables; its port and its log."""
    port, log = free_port(), tmp_path_factory.mktemp("wire") / "log"
    command = [sys.executable, "-m", "gunicorn", "--config", "webapp/gunicorn.conf.py", "config.wsgi:application"]
    environ = {**os.environ, "LEDGER_BIND": f"127.0.0.1:{port}", "PYTHONPATH": f"{ROOT / 'webapp'}"}
    with log.open("wb") as output, subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT
    ) as process:  # fmt: skip
        try:
            _await(port, process)
            yield port, log
        finally:
            process.terminate()
            process.wait(20)


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("gunicorn did not start")


def send(port: int, raw: bytes, *, half_close: bool = False) -> tuple[int, dict[str, str], bytes]:
    """Send bytes, return status, headers and body of the first answer."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(raw)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        response = http.client.HTTPResponse(connection, method=raw.split(b" ")[0].decode("latin-1"))
        response.begin()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


def post(body: bytes, *headers: str, path: str = "/transfer") -> bytes:
    """A POST as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunks(body: bytes, size: int = 1000) -> bytes:
    """``body`` in chunks."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


CHUNKED = "Transfer-Encoding: chunked"
WRONG = json.dumps({"from_account": "a", "to_account": "a", "amount": 1}).encode()


def test_a_chunked_body_is_read(server: tuple[int, Path]) -> None:
    status, _, body = send(server[0], post(chunks(WRONG, 7), CHUNKED))
    assert (status, json.loads(body)["field"]) == (400, "to_account")


@pytest.mark.parametrize("size", [LIMIT + 1, 4 * LIMIT])
def test_a_chunked_body_that_is_too_large_is_refused(server: tuple[int, Path], size: int) -> None:
    status, headers, body = send(server[0], post(chunks(WRONG.ljust(size)), CHUNKED))
    assert (status, json.loads(body)["code"]) == (413, "body-too-large")
    assert headers["idempotency-key"]


def test_a_chunked_body_of_the_limit_is_read(server: tuple[int, Path]) -> None:
    status, _, _ = send(server[0], post(chunks(WRONG.ljust(LIMIT)), CHUNKED))
    assert status == 400


def test_a_large_body_is_refused_by_its_length_before_it_is_sent(server: tuple[int, Path]) -> None:
    status, headers, body = send(server[0], post(b"", "Content-Length: 99999999999"))
    assert (status, json.loads(body)["code"]) == (413, "body-too-large")
    assert headers["content-type"] == "application/problem+json"


def test_malformed_chunks_are_refused(server: tuple[int, Path]) -> None:
    status, _, body = send(server[0], post(b"zz\r\n{}\r\n0\r\n\r\n", CHUNKED))
    assert (status, json.loads(body)["field"]) == (400, "body")


def test_a_connection_that_ends_within_the_body_is_refused(server: tuple[int, Path]) -> None:
    for raw in (post(WRONG, f"Content-Length: {len(WRONG) + 1}"), post(b"5\r\n{}", CHUNKED)):
        status, _, body = send(server[0], raw, half_close=True)
        assert (status, json.loads(body)["field"]) == (400, "body")


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"GET /healthcheck HTTP/9.9\r\n\r\n",
        b"GET /accounts HTTP/1.1\r\nHost: 127.0.0.1\r\nno colon\r\n\r\n",
        b"GET /accounts HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: a\x00b\r\n\r\n",
        b"GET /accounts HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + b"\r\n",
        b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /accounts HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        post(b"{}", "Content-Length: -2"),
        post(b"{}", "Content-Length: two"),
        post(b"{}", "Content-Length: 2", "Content-Length: 3"),
        post(chunks(b"{}"), CHUNKED, "Content-Length: 2"),
        post(b"{}", "Transfer-Encoding: gzip, chunked, gzip"),
    ],
)
def test_malformed_requests_are_4xx(server: tuple[int, Path], raw: bytes) -> None:
    status, _, _ = send(server[0], raw)
    assert 400 <= status < 500 or status in (501, 505)


@pytest.mark.parametrize(
    "header",
    [
        b"Authorization: Bearer a\r\nAuthorization: Bearer b",
        b"Authorization: Bearer \xff\xfe",
        b"Authorization: Bearer",
        b"authorization:bearer    ",
        b"Authorization: Bearer alk_" + b"0" * 8000,
    ],
)
def test_hostile_keys_are_401(server: tuple[int, Path], header: bytes) -> None:
    status, headers, body = send(server[0], b"GET /accounts HTTP/1.1\r\nHost: 127.0.0.1\r\n" + header + b"\r\n\r\n")
    assert (status, json.loads(body)["code"]) == (401, "invalid-key")
    assert headers["www-authenticate"] == 'Bearer realm="account-ledger", error="invalid_token"'


def test_head_has_the_headers_of_get_and_no_body(server: tuple[int, Path]) -> None:
    for path in ("/schema", "/docs", "/nowhere"):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server[0], timeout=10)) as connection:
            connection.request("GET", path)
            got = connection.getresponse()
            length = len(got.read())
            connection.request("HEAD", path)  # on the same connection: bytes of a body would spoil the next answer
            head = connection.getresponse()
            assert (head.status, head.getheader("Content-Length"), head.read()) == (got.status, str(length), b"")
            connection.request("OPTIONS", path)
            assert connection.getresponse().status in (204, 404)


def test_expect_100_continue_is_answered(server: tuple[int, Path]) -> None:
    with socket.create_connection(("127.0.0.1", server[0]), 10) as connection:
        connection.sendall(post(b"", f"Content-Length: {len(WRONG)}", "Expect: 100-continue"))
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(WRONG)
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_without_its_tables_it_answers_503_and_logs_json(server: tuple[int, Path]) -> None:
    status, headers, _ = send(server[0], b"GET /healthcheck HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-ID: wire\r\n\r\n")
    assert (status, headers["x-request-id"], headers["cache-control"]) == (503, "wire", "no-store")
    time.sleep(0.1)
    lines = [json.loads(line) for line in server[1].read_text().splitlines() if '"wire"' in line]
    assert [(line["route"], line["status"], line["code"]) for line in lines] == [
        ("healthcheck", 503, "region-unreachable")
    ]
