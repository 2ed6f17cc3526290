"""Starts the parts of a sandbox, watches them, starts those that die again, and stops everything at the end."""

import json
import os
import secrets
import shutil
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from sandbox import banner, ports
from sandbox.config import ROOT, Settings
from sandbox.manage import create_developer
from sandbox.parts import Part, parts
from sandbox.processes import Child, exit_reason

START_SECONDS = 60.0
STOP_SECONDS = 4.0
TICK = 0.1
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
STABLE_AFTER = 30.0
DEATHS_WHILE_STARTING = 3


class StartFailed(Exception):
    """The sandbox does not come up; the message says why and what to do."""


class _Stop(Exception):
    """Somebody asked for the end."""


@dataclass(slots=True)
class Watched:
    """A part and its process. ``deaths`` in a row, without a stable time between them; ``starts`` in all."""

    part: Part
    child: Child | None = None
    deaths: int = 0
    starts: int = 0
    start_at: float = 0.0
    answering: bool = False

    def describe(self) -> dict[str, Any]:
        """For the list of processes."""
        return {"pid": self.child.pid if self.child else None, "starts": self.starts}


@dataclass(slots=True)
class Supervisor:
    """One sandbox in the foreground."""

    settings: Settings
    watched: list[Watched] = field(default_factory=list)
    ready: bool = False
    signal: int | None = None
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    """Of the admin's operator, who is a row in the engine's memory."""
    developer_missing: bool = True

    def run(self) -> int:
        """Run until a signal comes; the exit status. Raises ``StartFailed``."""
        self._claim_ports()
        self.settings.directory.mkdir(parents=True, exist_ok=True)
        self.watched = [Watched(part) for part in parts(self.settings)]
        shutil.rmtree(self.settings.directory / "figures", ignore_errors=True)
        for watched in self.watched:
            self._log(watched).unlink(missing_ok=True)
            # Once, and not when a part is started again: what it had counted goes on.
            if figures := watched.part.environment.get("PROMETHEUS_MULTIPROC_DIR"):
                Path(figures).mkdir(parents=True)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note_signal)
        try:
            self._start_all()
            self._create_developer()
            self.ready = True
            self._note()
            say(banner.text(self.settings, self.password))
            while True:
                self._look_after()
                time.sleep(TICK)
        except _Stop:
            say(f"\nStopping ({signal.Signals(self.signal or 0).name}) ...")
        finally:
            # From here on a second Ctrl-C only sets a number that nobody looks at: nothing is left half stopped.
            self._stop(self.watched)
            self._state_file.unlink(missing_ok=True)
        say("Stopped: no process and no port is left.")
        return 0

    def _note_signal(self, number: int, _frame: FrameType | None) -> None:
        # Only noted: an exception out of here could come between the start of a child and the note of it.
        self.signal = number

    def _claim_ports(self) -> None:
        taken = ports.taken(self.settings.ports())
        if taken:
            offset = self.settings.port_offset + 100
            lines = [
                *(str(port) for port in taken),
                f"Free them, or use other ports: PORT_OFFSET={offset} make sandbox",
            ]
            raise StartFailed("\n".join(lines))

    def _start_all(self) -> None:
        engine, *others = self.watched
        # The engine alone first; the others take their time side by side.
        for group in ([engine], others):
            for watched in group:
                self._start(watched)
            for watched in group:
                self._wait_until_ready(watched)

    def _wait_until_ready(self, watched: Watched) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not watched.answering:
            self._look_after()
            log = self._log(watched).relative_to(ROOT)
            if watched.deaths >= DEATHS_WHILE_STARTING:
                raise StartFailed(f"{watched.part.name} does not start. Its log: {log}")
            if time.monotonic() > deadline:
                end = watched.child.log_end() if watched.child else ""
                raise StartFailed(
                    f"{watched.part.name} does not answer after {START_SECONDS:.0f} s.\n{end}\nlog: {log}"
                )
            time.sleep(TICK)

    def _look_after(self) -> None:
        """Notice parts that died, start again what is due, say what answers. Raises ``_Stop`` after a signal."""
        if self.signal is not None:
            raise _Stop
        for watched in self.watched:
            child = watched.child
            status = child.exit_status() if child else None
            if child and status is not None:
                self._died(watched, child, status)
        engine = self.watched[0]
        for watched in self.watched:
            due = watched.child is None and watched.starts > 0 and time.monotonic() >= watched.start_at
            if due and (watched is engine or engine.answering):
                self._start(watched)
            if watched.child and not watched.answering and watched.part.ready():
                watched.answering = True
                say(f"   {watched.part.name} answers (process {watched.child.pid})")
        if self.ready and self.developer_missing and all(watched.answering for watched in self.watched):
            self._create_developer()

    def _create_developer(self) -> None:
        """Let somebody in to the admin. Where that fails, what answers has a log that says why."""
        self.developer_missing = False
        if self.settings.apps and not create_developer(self.settings, self.password):
            say("!! The operator of the admin could not be created: try manage createoperator (see README.md).")

    def _died(self, watched: Watched, child: Child, status: int) -> None:
        child.kill()  # what it had started: a port must not stay taken by an orphan
        watched.child, watched.answering = None, False
        watched.deaths = 1 if time.monotonic() - child.started_at > STABLE_AFTER else watched.deaths + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (watched.deaths - 1))
        watched.start_at = time.monotonic() + pause
        say(f"\n!! {watched.part.name} (process {child.pid}) ended {exit_reason(status)}. The end of its log:")
        say("\n".join(f"   | {line}" for line in child.log_end().splitlines()) or "   | (nothing)")
        if watched is self.watched[0]:
            self._engine_died()
        say(f"   It starts again in {pause:.1f} s.")
        self._note()

    def _engine_died(self) -> None:
        """The tables were in the engine's memory. The others remember things of them that are no longer true."""
        say("!! THE ENGINE HAD ALL DATA: every table is empty now. The other parts are started anew, too,")
        say("!! and links and resolvers are as at the start: nothing is cut or stopped any more.")
        self.developer_missing = True
        others = self.watched[1:]
        self._stop(others)
        for watched in others:
            if watched.starts:
                watched.start_at = time.monotonic() + FIRST_PAUSE

    def _start(self, watched: Watched) -> None:
        part = watched.part
        watched.child = Child(part.command, environment=part.environment, log=self._log(watched), directory=ROOT)
        watched.starts += 1
        self._note()

    def _stop(self, group: list[Watched]) -> None:
        """Stop parts and all that they have started; the engine last, as the others still talk to it."""
        engine = self.watched[0]
        for stage in ([watched for watched in group if watched is not engine], [engine] if engine in group else []):
            children = [watched.child for watched in stage if watched.child]
            for child in children:
                child.terminate()
            deadline = time.monotonic() + STOP_SECONDS
            for child in children:
                child.wait(deadline - time.monotonic())
                child.kill()
            for watched in stage:
                watched.child, watched.answering = None, False

    def _log(self, watched: Watched) -> Path:
        return self.settings.directory / f"{watched.part.name}.log"

    @property
    def _state_file(self) -> Path:
        return self.settings.directory / "state.json"

    def _note(self) -> None:
        """Leave a list of the processes for ``status`` and for tests."""
        state = {
            "pid": os.getpid(),
            "ready": self.ready,
            "parts": {watched.part.name: watched.describe() for watched in self.watched},
        }
        temporary = self._state_file.with_suffix(".new")
        temporary.write_text(json.dumps(state), encoding="utf-8")
        temporary.replace(self._state_file)


def say(text: str) -> None:
    """Tell whoever sits in front of it."""
    print(text, flush=True)


def run(settings: Settings) -> int:
    """Run a sandbox in the foreground; the exit status."""
    try:
        return Supervisor(settings).run()
    except StartFailed as failure:
        print(f"The sandbox cannot start.\n{failure}", file=sys.stderr, flush=True)
        return 1
