"""The page's server: its files, what it asks for, and what its buttons do.

It listens on loopback, but any page in this machine's browser can send requests there. So it answers only under its
own names (a foreign name that points here is DNS rebinding), does something only for its own page (``Origin``), and
says nothing to others about what may be read across origins.
"""

import asyncio
import json
import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from botocore.exceptions import BotoCoreError, ClientError

from ledger.names import is_account_id
from ledger.requests import Unreachable
from sandbox.asgi import Receive, Scope, Send, TooLarge, headers_of, read_body, respond
from sandbox.client import NotRunning, Refused
from sandbox.config import HOST
from sandbox.picture.cloud import ACCOUNTS, Cloud
from sandbox.picture.demonstration import Demonstration
from sandbox.picture.looking import Looking

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/picture.css": ("picture.css", "text/css; charset=utf-8"),
    "/picture.js": ("picture.js", "text/javascript; charset=utf-8"),
    "/link.js": ("link.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
LARGEST_REQUEST = 10_000
MOST_ACCOUNTS = 8
LONGEST_LAG = 10.0


class Wrong(Exception):
    """A request that is not answered; an HTTP status and why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Picture:
    """The HTTP application (ASGI)."""

    def __init__(self, cloud: Cloud, looking: Looking, demonstration: Demonstration) -> None:
        self._cloud = cloud
        self._looking = looking
        self._demonstration = demonstration
        self._names = {f"{name}:{cloud.settings.picture_port}" for name in (HOST, "localhost")}
        self._buttons: dict[str, Callable[[dict[str, Any]], None]] = {
            "/link": self._link,
            "/demonstration": self._start,
            "/reset": self._reset,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, kind, body = await self._answer(scope, receive)
        except Wrong as wrong:
            status, kind, body = _problem(wrong.status, str(wrong))
        except Refused as refused:
            status, kind, body = _problem(409, str(refused))
        except TooLarge:
            status, kind, body = _problem(413, "the request is too large")
        except (NotRunning, Unreachable, BotoCoreError, ClientError) as error:
            log.warning("the engine does not answer: %s", error)
            status, kind, body = _problem(503, "The sandbox's engine does not answer; it may be starting again.")
        await respond(send, status, body, {**HEADERS, "Content-Type": kind})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, str, bytes]:
        headers, method, path = headers_of(scope), scope["method"], scope["path"]
        if headers.get("host") not in self._names:
            raise Wrong(421, "this page has another name")
        if method in ("GET", "HEAD"):
            if path in FILES:
                name, kind = FILES[path]
                return 200, kind, (STATIC / name).read_bytes()
            if path == "/state":
                shown = await asyncio.to_thread(self._state, scope["query_string"].decode("latin-1"))
                return 200, "application/json", json.dumps(shown).encode()
            raise Wrong(404, f"there is no {path}")
        if method != "POST":
            raise Wrong(405, f"nothing is done by {method}")
        if headers.get("origin") != f"http://{headers['host']}":
            raise Wrong(403, "the switches are for this page alone")
        if path not in self._buttons:
            raise Wrong(404, f"there is no {path}")
        await asyncio.to_thread(self._buttons[path], _read(await read_body(receive, LARGEST_REQUEST)))
        return 200, "application/json", b"{}"

    def _state(self, query: str) -> dict[str, Any]:
        asked = parse_qs(query).get("accounts", [""])[0]
        account_ids = list(dict.fromkeys(part.strip() for part in asked.split(",") if part.strip())) or list(ACCOUNTS)
        if len(account_ids) > MOST_ACCOUNTS:
            raise Wrong(400, f"At most {MOST_ACCOUNTS} accounts can be shown.")
        if strange := [account_id for account_id in account_ids if not is_account_id(account_id)]:
            raise Wrong(400, f"{strange[0]:.40} cannot be an account.")
        return self._looking.look(account_ids) | {"demonstration": self._demonstration.describe()}

    def _link(self, wanted: dict[str, Any]) -> None:
        cut, lag = wanted.get("cut"), wanted.get("lag")
        if isinstance(cut, bool) and wanted.keys() == {"cut"}:
            self._cloud.control.post("links", cut=cut)
        elif isinstance(lag, int | float) and not isinstance(lag, bool) and wanted.keys() == {"lag"}:
            if not math.isfinite(lag) or not 0 <= lag <= LONGEST_LAG:
                raise Wrong(400, f"the lag must be from 0 to {LONGEST_LAG:g} seconds")
            self._cloud.control.post("links", lag=lag)
        else:
            raise Wrong(400, "a link has the switches cut and lag")

    def _start(self, wanted: dict[str, Any]) -> None:
        self._demonstration.start(str(wanted.get("step", "all")))

    def _reset(self, _: dict[str, Any]) -> None:
        self._demonstration.reset()


def _read(raw: bytes) -> dict[str, Any]:
    try:
        told = json.loads(raw)
    except ValueError as error:
        raise Wrong(400, "the request cannot be read") from error
    if not isinstance(told, dict):
        raise Wrong(400, "the request must be a JSON object")
    return told


def _problem(status: int, message: str) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps({"error": message}).encode()
