"""A sandbox of their own for tests: ``with running() as sandbox: ...``.

It has its own ports, so it runs beside others, and it is gone afterwards whatever happens.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from sandbox import ports
from sandbox.__main__ import wait_until_idle
from sandbox.client import Client, NotRunning
from sandbox.config import CREDENTIALS, HOST, REGIONS, ROOT, Settings
from sandbox.parts import app_environment, ledger_environment
from sandbox.processes import Child
from sandbox.settling import settle

OFFSETS = range(1000, 24_000, 100)
"""Below the ports that the system gives to outgoing connections."""
START_SECONDS = 90.0


class DidNotStart(Exception):
    """The sandbox did not come up; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox. Parts are named ``engine``, ``resolver-<region>`` and ``app-<region>``."""

    settings: Settings
    supervisor: Child
    control: Client
    _clients: dict[tuple[object, ...], Any] = field(default_factory=dict, repr=False)

    @property
    def regions(self) -> tuple[str, ...]:
        """All regions, the home region first."""
        return self.settings.regions

    @property
    def engine_url(self) -> str:
        """The DynamoDB endpoint of all regions."""
        return f"http://{HOST}:{self.settings.engine_port}"

    def app_url(self, region: str) -> str:
        """The address of the region's app."""
        return f"http://{HOST}:{self.settings.app_port(region)}"

    @property
    def picture_url(self) -> str:
        """The address of the page that shows both regions."""
        return f"http://{HOST}:{self.settings.picture_port}"

    def link_url(self, caller: str, target: str) -> str:
        """The DynamoDB endpoint of ``target`` as programs of ``caller`` reach it, through the link."""
        return f"http://{HOST}:{self.settings.link_port(caller, target)}"

    def ledger_environment(self, region: str) -> dict[str, str]:
        """The variables that make the ledger work in ``region`` of this sandbox."""
        return ledger_environment(self.settings, region)

    def app_environment(self, region: str) -> dict[str, str]:
        """The variables that make the web application work in ``region`` of this sandbox."""
        return app_environment(self.settings, region, "only-for-tests-" * 4)

    def manage(self, region: str, *arguments: str, typed: str | None = None) -> "subprocess.CompletedProcess[str]":
        """``python -m sandbox manage``, as a person calls it; ``typed`` is its standard input."""
        return subprocess.run(  # nosec B603 # no shell, and the program is the sandbox's own
            [sys.executable, "-m", "sandbox", "manage", region, *arguments],
            env=os.environ | self.settings.to_environment(),
            cwd=ROOT,
            input=typed,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def client(
        self, region: str, service: str = "dynamodb", *, endpoint: str | None = None, read_timeout: float = 5
    ) -> Any:
        """A boto3 client for ``region``: directly, or through ``endpoint``. It does not try again."""
        kind = (region, service, endpoint, read_timeout)
        if kind not in self._clients:
            # A session of its own: boto3's default session is not for several threads.
            session: Any = boto3.session.Session()
            self._clients[kind] = session.client(
                service,
                region_name=region,
                endpoint_url=endpoint or self.engine_url,
                aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
                config=Config(
                    connect_timeout=1,
                    read_timeout=read_timeout,
                    retries={"total_max_attempts": 1},
                    max_pool_connections=50,
                ),
            )
        return self._clients[kind]

    def status(self) -> dict[str, Any]:
        """Links, resolvers and what is open (the JSON of ``python -m sandbox status --json``)."""
        return self.control.get("status")

    def cut(self, source: str | None = None, target: str | None = None) -> None:
        """Cut the links from ``source`` to ``target`` (``None``: all regions)."""
        self._switch_links(source, target, cut=True)

    def heal(self, source: str | None = None, target: str | None = None) -> None:
        """Let everything pass again."""
        self._switch_links(source, target, cut=False)

    def lag(self, seconds: float, source: str | None = None, target: str | None = None) -> None:
        """Set how long writes travel to other regions' tables."""
        self._switch_links(source, target, lag=seconds)

    def latency(self, seconds: float, source: str | None = None, target: str | None = None) -> None:
        """Set how long direct calls take, each way."""
        self._switch_links(source, target, latency=seconds)

    def _switch_links(self, source: str | None, target: str | None, **switches: Any) -> None:
        where = {name: region for name, region in (("from", source), ("to", target)) if region}
        self.control.post("links", **where, **switches)

    def stop_resolver(self, region: str) -> None:
        """Stop the region's resolver, and return when it has finished what it had begun."""
        self.control.post(f"resolvers/{region}", stopped=True)
        if not wait_until_idle(self.control, region):
            raise TimeoutError(f"the resolver in {region} is still busy")

    def start_resolver(self, region: str) -> None:
        """Let the region's resolver run again."""
        self.control.post(f"resolvers/{region}", stopped=False)

    def duplicates(self, region: str, *, on: bool) -> None:
        """Let the region's resolver deliver records more than once, or not."""
        self.control.post(f"resolvers/{region}", duplicates=on)

    def dead_letters(self, region: str) -> list[dict[str, Any]]:
        """What the region's resolver has given up, oldest first."""
        letters: list[dict[str, Any]] = self.control.get(f"resolvers/{region}/dead-letters")["dead_letters"]
        return letters

    def settle(self, timeout: float = 60.0) -> None:
        """Wait until nothing is on the way and the resolvers have caught up. Raises ``settling.NotSettled``."""
        settle(self.control, timeout=timeout)

    def reset(self) -> None:
        """Empty all tables. Apps and resolvers may remember accounts: meant for sandboxes without them."""
        self.control.post("reset")

    def pid(self, part: str) -> int | None:
        """A part's process id, ``None`` while it is down."""
        pid: int | None = _state(self.settings)["parts"][part]["pid"]
        return pid

    def kill(self, part: str) -> int:
        """End a part's process with SIGKILL; returns the process id that it had."""
        pid = self.pid(part)
        assert pid is not None, f"{part} is down already"
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_restarted(self, part: str, old_pid: int, timeout: float = 30.0) -> int:
        """Wait until the supervisor has started the part anew; returns the new process id."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            pid = self.pid(part)
            if pid not in (None, old_pid):
                return pid
            time.sleep(0.05)
        raise TimeoutError(f"{part} was not started again within {timeout:g} s")


@contextlib.contextmanager
def running(
    *,
    regions: Sequence[str] = REGIONS,
    lag: float = 0.5,
    call_latency: float = 0.05,
    sweep_every: float = 5.0,
    apps: bool = True,
    resolvers: bool = True,
    handler: str = "handler",
    wsgi: str = "config.wsgi:application",
    environment: dict[str, str] | None = None,
    picture: bool = False,
) -> Iterator[Sandbox]:
    """Start a sandbox and stop it at the end. ``environment`` is added to that of all its processes.

    Raises ``DidNotStart`` with what the sandbox said.
    """
    settings = Settings(
        regions=tuple(regions), lag=lag, call_latency=call_latency, sweep_every=sweep_every,
        apps=apps, resolvers=resolvers, handler=handler, wsgi=wsgi, picture=picture,
    )  # fmt: skip
    settings = replace(settings, port_offset=free_offset(settings))
    settings.directory.mkdir(parents=True, exist_ok=True)
    supervisor = Child(
        [sys.executable, "-m", "sandbox", "up"],
        environment=os.environ | (environment or {}) | settings.to_environment(),
        log=settings.directory / "supervisor.log",
        directory=ROOT,
    )
    try:
        _wait_until_up(settings, supervisor)
        yield Sandbox(settings, supervisor, Client(settings.control_port))
    finally:
        supervisor.terminate()
        supervisor.wait(15)
        supervisor.kill()
    # Only reached when nothing went wrong; otherwise the logs may tell more.
    shutil.rmtree(settings.directory, ignore_errors=True)


def free_offset(settings: Settings) -> int:
    """A port offset at which all ports that ``settings`` need are free."""
    for offset in random.sample(OFFSETS, len(OFFSETS)):  # nosec B311 # no secret
        if all(ports.is_free(port) for port in replace(settings, port_offset=offset).ports().values()):
            return offset
    raise DidNotStart("no free ports")


def _wait_until_up(settings: Settings, supervisor: Child) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and supervisor.exit_status() is None:
        with contextlib.suppress(FileNotFoundError, NotRunning):
            if _state(settings)["ready"]:
                return
        time.sleep(0.05)
    raise DidNotStart(supervisor.log_end(60))


def _state(settings: Settings) -> dict[str, Any]:
    path: Path = settings.directory / "state.json"
    state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return state
