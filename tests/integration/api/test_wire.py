"""On the wire, under the real server: what a test client cannot send."""

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.api.server import serving

LIMIT = 64 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The server's port and its log."""
    log = tmp_path_factory.mktemp("wire") / "log"
    with serving(log) as port:
        yield port, log


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
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        post(b"{}", "Content-Length: 2", "Expect: a miracle"),
    ],
)
def test_malformed_requests_are_4xx_in_the_words_of_the_api(server: tuple[int, Path], raw: bytes) -> None:
    status, headers, body = send(server[0], raw)
    assert 400 <= status < 500 or status == 501
    problem = json.loads(body)
    assert (headers["content-type"], problem["status"], problem["code"]) == (
        "application/problem+json",
        status,
        "invalid",
    )
    assert headers["x-request-id"] == problem["request_id"]


@pytest.mark.parametrize("header", ["SCRIPT_NAME: /zzz", "PATH_INFO: /zzz", "X-Forwarded-Proto: https"])
def test_nobody_rewrites_a_request_by_a_header(server: tuple[int, Path], header: str) -> None:
    raw = f"GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n\r\n".encode()
    status, _, body = send(server[0], raw)
    assert (status, json.loads(body)["code"]) == (404, "not-found")


def test_every_line_of_the_log_is_json(server: tuple[int, Path]) -> None:
    send(server[0], b"HEAD /schema HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-ID: a-head\r\n\r\n")
    send(server[0], b"nonsense\r\n\r\n")
    send(server[0], b"GET /accounts HTTP/1.1\r\nHost: evil.example\r\nX-Request-ID: an-evil-host\r\n\r\n")
    time.sleep(0.1)
    lines = [json.loads(line) for line in server[1].read_text().splitlines()]
    assert all(line["request_id"] for line in lines)
    assert {line["logger"] for line in lines} == {"access", "gunicorn.error"}
    assert [line["status"] for line in lines if line["request_id"] in ("a-head", "an-evil-host")] == [200, 400]


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
