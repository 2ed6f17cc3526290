"""Programs of the system, called with their errors in the open."""

import subprocess
from collections.abc import Sequence


class CommandFailed(Exception):
    """A program ended with an error; the message has its command and what it said."""


def run(*command: str, stdin: str | None = None, timeout: float = 60) -> str:
    """The program's output. Raises ``CommandFailed``."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode != 0:
        raise CommandFailed(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def succeeds(command: Sequence[str], timeout: float = 60) -> bool:
    """Whether the program ends with status 0."""
    return subprocess.run(command, capture_output=True, timeout=timeout, check=False).returncode == 0
