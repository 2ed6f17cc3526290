"""``manage.py`` as a host of one region of this sandbox would run it."""

import secrets
import subprocess
import sys
from collections.abc import Sequence

from sandbox.client import Client
from sandbox.config import ROOT, BadSettings, Settings
from sandbox.parts import program_environment


def manage(settings: Settings, region: str, arguments: Sequence[str]) -> int:
    """Run ``manage.py`` with ``arguments`` in ``region``; its exit status.

    Raises ``NotRunning`` when there is no such sandbox, and ``BadSettings`` for a region that it does not have.
    """
    if region not in settings.regions:
        raise BadSettings(f"{region} is none of {', '.join(settings.regions)}")
    Client(settings.control_port).get("status")
    environment = program_environment(settings, region, secrets.token_urlsafe(50))
    command = [sys.executable, str(ROOT / "webapp" / "manage.py"), *arguments]
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 130
