"""The bastion calls each app at its own address, and over TLS only the one that its certificate names."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import trustme
from ledger_status import checks
from ledger_status.apps import App
from ledger_status.checks import State

NAME = "api.example.com"


class Health(BaseHTTPRequestHandler):
    """Answers with the host that was asked for."""

    def do_GET(self) -> None:
        body = json.dumps({"status": "ok", "host": self.headers["Host"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is http.server's)
        """Say nothing."""


@contextmanager
def serving(certificate: trustme.LeafCert | None) -> Iterator[int]:
    """An app on a port of loopback."""
    server = HTTPServer(("127.0.0.1", 0), Health)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who signs the certificates."""
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    """Its own certificate, as a file."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


def issued(authority: trustme.CA, days: float, name: str = NAME) -> trustme.LeafCert:
    """A certificate for so many days from now on."""
    return authority.issue_cert(name, not_after=datetime.now(UTC) + timedelta(days=days))


def test_a_certificate_that_names_the_app_is_accepted_at_its_address(authority: trustme.CA, ca_file: str) -> None:
    with serving(issued(authority, 90)) as port:
        answer = App("127.0.0.1", NAME, ca_file, port).call("GET", "/healthcheck", timeout=5)
    assert answer.status == 200
    assert json.loads(answer.body)["host"] == NAME
    assert answer.days_left == pytest.approx(90, abs=0.1)


@pytest.mark.parametrize(("days", "state"), [(90, State.OK), (13, State.LATE), (0.5, State.LATE)])
def test_a_certificate_that_ends_soon_is_told(authority: trustme.CA, ca_file: str, days: float, state: State) -> None:
    with serving(issued(authority, days)) as port:
        told, words = checks.app(App("127.0.0.1", NAME, ca_file, port))
    assert told is state
    assert "days" in words


def test_an_ended_certificate_is_bad(ca_file: str, authority: trustme.CA) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    ended = authority.issue_cert(NAME, not_before=past - timedelta(days=1), not_after=past)
    with serving(ended) as port:
        told, words = checks.app(App("127.0.0.1", NAME, ca_file, port))
    assert told is State.BAD
    assert "expired" in words


def test_another_name_or_signer_is_bad(authority: trustme.CA, ca_file: str) -> None:
    with serving(issued(authority, 90, "other.example.com")) as port:
        assert checks.app(App("127.0.0.1", NAME, ca_file, port))[0] is State.BAD
    with serving(issued(trustme.CA(), 90)) as port:
        assert checks.app(App("127.0.0.1", NAME, ca_file, port))[0] is State.BAD


def test_an_app_without_a_certificate_is_called_plainly() -> None:
    with serving(None) as port:
        answer = App("127.0.0.1", port=port).call("GET", "/healthcheck", timeout=5)
        assert checks.app(App("127.0.0.1", port=port))[0] is State.OK
    assert (answer.status, answer.days_left) == (200, None)
    assert json.loads(answer.body)["host"] == f"127.0.0.1:{port}"


def test_plain_http_where_tls_is_expected_is_bad(ca_file: str) -> None:
    with serving(None) as port:
        assert checks.app(App("127.0.0.1", NAME, ca_file, port))[0] is State.BAD
