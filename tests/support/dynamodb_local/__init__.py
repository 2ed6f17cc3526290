"""AWS's own DynamoDB Local, where Java and Maven are there: ``with running() as url: ...``.

Its jars and the native library of its SQLite come from Maven's repository, once, into ``.cache/``.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from sandbox.config import ROOT
from sandbox.processes import Child

HERE = Path(__file__).parent
POM = HERE / "pom.xml"
PROGRAMS = ("java", "javac", "mvn")  # OnLoopback.java is compiled as it is run, which needs a JDK
OLDEST_JAVA = 17
FETCH_SECONDS = 240.0
START_SECONDS = 60.0


class NotAvailable(Exception):
    """There can be no DynamoDB Local on this machine. The message is one line."""


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Start one with empty tables and yield its URL. It ends with this program, whatever happens.

    Raises ``NotAvailable``.
    """
    jars = _jars()
    log = jars / f"run-{os.getpid()}-{uuid.uuid4().hex}.log"  # several may run for one program; each says its port
    # The native library stands beside the jars.
    command = [
        "java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Djava.library.path={jars}",
        "-cp", f"{jars}/*", str(HERE / "OnLoopback.java"),
    ]  # fmt: skip
    server = Child(command, environment=os.environ, log=log, directory=jars)
    try:
        yield f"http://127.0.0.1:{_port(server)}"
    finally:
        server.kill()
        log.unlink()


def _jars() -> Path:
    """The folder that has all jars. Fetches them if it is not there. Raises ``NotAvailable``."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        raise NotAvailable(f"DynamoDB Local needs {', '.join(missing)} (a JDK and Maven)")
    if (found := _java_version()) < OLDEST_JAVA:
        raise NotAvailable(f"DynamoDB Local needs Java {OLDEST_JAVA}, not {found}")
    version = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    jars = ROOT / ".cache" / f"dynamodb-local-{version}"
    if not jars.is_dir():
        _fetch(jars)
    return jars


def _java_version() -> int:
    done = subprocess.run(["javac", "-version"], capture_output=True, text=True, timeout=60, check=True)
    return int((done.stdout or done.stderr).split()[1].partition(".")[0])


def _fetch(jars: Path) -> None:
    # Whole or not at all: tests may run side by side, or be interrupted.
    fresh = jars.with_name(f"{jars.name}.{os.getpid()}")
    command = ["mvn", "-B", "-q", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={fresh}"]
    try:
        subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=True)
        with contextlib.suppress(OSError):  # another run was faster
            fresh.rename(jars)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise NotAvailable(f"Maven could not fetch DynamoDB Local: {type(error).__name__}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _port(server: Child) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.exit_status() is None:
        for line in server.log.read_text(encoding="utf-8").splitlines():
            if line.startswith("port "):
                return int(line.removeprefix("port "))
        time.sleep(0.05)
    raise AssertionError(f"DynamoDB Local did not start:\n{server.log_end()}")
