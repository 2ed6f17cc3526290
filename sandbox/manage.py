"""``manage.py`` as a host of one region of this sandbox would run it."""

import secrets
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from sandbox.client import Client
from sandbox.config import ROOT, BadSettings, Settings
from sandbox.parts import program_environment

DEVELOPER = "dev"
"""The operator of a sandbox's admin. The password is another one at each start."""


def manage(settings: Settings, region: str, arguments: Sequence[str]) -> int:
    """Run ``manage.py`` with ``arguments`` in ``region``; its exit status.

    Raises ``NotRunning`` when there is no such sandbox, and ``BadSettings`` for a region that it does not have.
    """
    if region not in settings.regions:
        raise BadSettings(f"{region} is none of {', '.join(settings.regions)}")
    Client(settings.control_port).get("status")
    try:
        return _run(settings, region, arguments).returncode
    except KeyboardInterrupt:
        return 130


def create_developer(settings: Settings, password: str) -> bool:
    """Create the operator of this sandbox's admin, by the command that an administrator uses; whether that worked."""
    arguments = ["createoperator", DEVELOPER, "--group", "supervisors"]
    return _run(settings, settings.home, arguments, input=password, capture_output=True).returncode == 0


def _run(settings: Settings, region: str, arguments: Sequence[str], **how: Any) -> subprocess.CompletedProcess[str]:
    environment = program_environment(settings, region, secrets.token_urlsafe(50))
    command = [sys.executable, str(ROOT / "webapp" / "manage.py"), *arguments]
    # No shell, and the program is manage.py; its arguments are the developer's.
    return subprocess.run(command, env=environment, check=False, text=True, **how)  # nosec B603
