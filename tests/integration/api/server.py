"""The application under the real server, for what a test client cannot send."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(log: Path, **environment: str) -> Iterator[int]:
    """gunicorn with the application, without tables; its port. Its output goes to ``log``."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "webapp/gunicorn.conf.py", "config.wsgi:application"]
    environ = {**os.environ, "LEDGER_BIND": f"127.0.0.1:{port}", "PYTHONPATH": f"{ROOT / 'webapp'}", **environment}
    with log.open("wb") as output, subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT
    ) as process:  # fmt: skip
        try:
            _await(port, process)
            yield port
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
