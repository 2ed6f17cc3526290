"""The stage of a rehearsal: the runner's process, and a copy of the project for the operator to work in."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from tests.rehearsal import places
from tests.rehearsal.runner import READY

START_SECONDS = 900
"""Mostly for the image, where it has to be made first; 20 s otherwise."""
END_SECONDS = 120
PROJECT = places.STATE / "project"
"""The operator's clone: what Ansible writes (``build/``) and what tests change stays out of the working tree."""


class Stage:
    """Starts everything that is there before the operator comes, and removes it at the end."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._runner: subprocess.Popen[bytes] | None = None

    def set_up(self) -> None:
        """Start the runner and return when it is ready. Raises ``RuntimeError`` with what it said."""
        shutil.rmtree(places.LOGS, ignore_errors=True)
        places.LOGS.mkdir()
        log = places.LOGS / "runner.log"
        with log.open("wb") as output:
            # A session of its own: Ctrl-C is for us, who end it in order.
            self._runner = subprocess.Popen(
                (sys.executable, "-m", "tests.rehearsal.runner"),
                cwd=places.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not READY.exists():
            if self._runner.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the machines do not start: {log.read_text(encoding='utf-8')[-3000:]}")
            time.sleep(0.1)
        _clone()

    def take_down(self) -> None:
        """End the runner, which removes everything."""
        if self._runner is None:
            return
        self._runner.send_signal(signal.SIGTERM)
        status = self._runner.wait(END_SECONDS)
        self._say(f"   the machines are removed (status {status}); logs: {places.LOGS.relative_to(places.ROOT)}/")


def _clone() -> None:
    """Clone the project with its history, as a release is named after a commit, and as the working tree has it now."""
    git = ("git", "-C", str(places.ROOT))
    subprocess.run((*git, "clone", "--quiet", "--shared", str(places.ROOT), str(PROJECT)), check=True)
    listed = subprocess.run(
        (*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"), check=True, capture_output=True
    )
    names = {os.fsdecode(name) for name in listed.stdout.split(b"\0") if name}
    for name in names:
        source, target = places.ROOT / name, PROJECT / name
        target.unlink(missing_ok=True)
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    (PROJECT / ".venv").symlink_to(places.ROOT / ".venv")


def commit(message: str) -> None:
    """Commit what was changed in the operator's clone."""
    who = ("-c", "user.name=Operator", "-c", "user.email=operator@example.com")
    subprocess.run(("git", "-C", str(PROJECT), *who, "commit", "--quiet", "--all", "-m", message), check=True)
