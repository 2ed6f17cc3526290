"""The status page. systemd holds port 80 and hands it over; the checks run on their own, so that a page costs nothing.

The same thread leaves this region's heartbeat.
"""

import html
import json
import socket
import sys
import threading
import time
from dataclasses import asdict
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.exceptions import BotoCoreError, ClientError

from ledger_status import heartbeat
from ledger_status.checks import Check, all_checks, worst
from ledger_status.configuration import Configuration, NotConfigured, read_configuration
from ledger_status.look import STYLE

INTERVAL = 5.0  # seconds between two rounds of checks
STALE = 60.0  # seconds
SYSTEMD_SOCKET = 3  # sd_listen_fds(3): the first descriptor that systemd hands over


class Observer:
    """Looks again and again, and keeps what it saw last."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._seen: tuple[float, datetime, list[Check]] | None = None

    def newest(self) -> tuple[datetime, list[Check]] | None:
        """When and what; ``None`` before the first round, and when the rounds have stopped."""
        seen = self._seen
        if seen is None or time.monotonic() - seen[0] > STALE:
            return None
        return seen[1], seen[2]

    def run(self) -> None:
        """Look, for ever."""
        last_beat = 0.0
        while True:
            if time.monotonic() - last_beat >= heartbeat.INTERVAL:
                last_beat = time.monotonic()
                self._beat()
            checks = all_checks(self._configuration)
            self._seen = (time.monotonic(), datetime.now(UTC), checks)
            time.sleep(INTERVAL)

    def _beat(self) -> None:
        region = self._configuration.region
        try:
            heartbeat.write(self._configuration.client("dynamodb", region), region)
        except (BotoCoreError, ClientError) as error:
            print(f"no heartbeat: {error}", file=sys.stderr, flush=True)


def render(region: str, at: datetime, checks: list[Check]) -> str:
    """The page."""
    state = worst(checks)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="10">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>Account ledger: {state}</title><style>{STYLE}</style>"
        f'<header><h1>Account ledger, seen from {html.escape(region)}: <span class="{state}">{state}</span></h1>'
        f"<p>{at:%Y-%m-%d %H:%M:%S} UTC</p></header><main>"
        f"{''.join(_group(name, checks) for name in dict.fromkeys(check.group for check in checks))}</main></html>"
    )


def _group(name: str, checks: list[Check]) -> str:
    """One part of the page: the checks of a group."""
    rows = []
    for check in checks:
        if check.group == name:
            cells = "".join(f"<td>{html.escape(text)}</td>" for text in (check.region, check.part))
            state = f'<td class="{check.state}">{check.state}</td>'
            rows.append(f"<tr>{cells}{state}<td>{html.escape(check.detail)}</td></tr>")
    head = "".join(f'<th scope="col">{title}</th>' for title in ("Region", "Part", "State", "Seen"))
    return (
        f"<section><h2>{html.escape(name.capitalize())}</h2><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></section>"
    )


class Server(ThreadingHTTPServer):
    """Serves on the socket of systemd."""

    daemon_threads = True

    def __init__(self, listening: socket.socket, region: str, observer: Observer) -> None:
        super().__init__(("", 0), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.region = region
        self.observer = observer


class Handler(BaseHTTPRequestHandler):
    """``/`` and ``/status.json``."""

    server: Server
    timeout = 10  # seconds, for a client that says nothing

    def do_GET(self) -> None:
        """Answer with what was seen last."""
        seen = self.server.observer.newest()
        if self.path not in ("/", "/status.json"):
            self._answer(404, "text/plain", "Not here. There are / and /status.json.\n")
        elif seen is None:
            self._answer(503, "text/plain", "No checks have been made within the last minute. Try again soon.\n")
        elif self.path == "/":
            self._answer(200, "text/html", render(self.server.region, *seen))
        else:
            at, checks = seen
            body = {"at": at.isoformat(), "state": worst(checks), "checks": [asdict(check) for check in checks]}
            self._answer(200, "application/json", json.dumps(body))

    def do_HEAD(self) -> None:
        """The same without its body."""
        self.do_GET()

    def _answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        """Nothing about the software."""
        return "status"

    def log_message(self, *_arguments: object) -> None:
        """Not a line for each request: the page asks for itself every ten seconds."""


def main() -> int:
    """Serve until stopped."""
    try:
        configuration = read_configuration()
    except NotConfigured as error:
        print(error, file=sys.stderr)
        return 2
    observer = Observer(configuration)
    server = Server(socket.socket(fileno=SYSTEMD_SOCKET), configuration.region, observer)
    watching = threading.Thread(target=server.serve_forever, daemon=True)
    watching.start()
    # In the main thread: if looking fails in a way nobody thought of, the service ends and systemd starts it anew.
    observer.run()
    return 1


if __name__ == "__main__":
    sys.exit(main())
