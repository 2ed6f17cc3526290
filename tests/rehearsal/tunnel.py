"""The operator's tunnel to a region's admin, and a browser at its end."""

import http.cookiejar
import os
import re
import signal
import subprocess
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from typing import IO

from tests.rehearsal.operator import Operator
from tests.rehearsal.stage import PROJECT

ADDRESS = re.compile(r"http://\S+/admin/")
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
OPEN_SECONDS = 30


@contextmanager
def open_tunnel(operator: Operator, *arguments: str) -> Iterator[str]:
    """Run ``make admin`` until the end of the block; gives the address that it prints."""
    process = subprocess.Popen(
        ("make", "admin", *arguments),
        cwd=PROJECT,
        env=operator.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    lines: Queue[str] = Queue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines))
    reader.start()
    try:
        yield _address(lines)
    finally:
        # As Ctrl-C does, to make and to ssh; but that signal may be ignored here (nohup, a script's background).
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
        reader.join()
        process.stdout.close()


def _read(output: IO[str], lines: Queue[str]) -> None:
    for line in output:
        lines.put(line)


def _address(lines: Queue[str]) -> str:
    said = []
    try:
        while True:
            said.append(lines.get(timeout=OPEN_SECONDS))
            if match := ADDRESS.search(said[-1]):
                return match[0]
    except Empty:
        raise AssertionError(f"make admin prints no address within {OPEN_SECONDS} s: {said}") from None


class Browser:
    """Keeps cookies and follows redirects."""

    def __init__(self) -> None:
        # Browsers take loopback for secure, and send Secure cookies there.
        policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=("http", "https"))
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar(policy)),
        )

    def get(self, url: str) -> str:
        """The page, which must be there."""
        return self._read(urllib.request.Request(url))

    def send(self, url: str, **fields: str) -> str:
        """Fill in the form of a page; gives the page that it leads to."""
        token = _TOKEN.search(self.get(url))
        assert token is not None, f"no form at {url}"
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
        return self._read(urllib.request.Request(url, data))

    def _read(self, request: urllib.request.Request) -> str:
        with self._opener.open(request, timeout=30) as response:
            page: str = response.read().decode()
        return page
