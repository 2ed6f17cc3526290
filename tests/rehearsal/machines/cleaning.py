"""Removes everything of a rehearsal: at its end, and at the next start what a killed one has left."""

import os
import signal
from collections.abc import Callable

from tests.rehearsal import places
from tests.rehearsal.machines import host, namespaces
from tests.rehearsal.machines.commands import run


def clean(say: Callable[[str], None]) -> None:
    """Remove hosts, namespaces, mounts and the state folder. The caller is in none of the namespaces."""
    for name in sorted(host.left_over()):
        say(f"remove {name}")
        host.remove(name)
    for name in namespaces.ours():
        for pid in run("ip", "netns", "pids", name).split():
            os.kill(int(pid), signal.SIGKILL)
        namespaces.remove(name)
    if places.STATE.is_mount():
        run("umount", str(places.STATE))
    if places.STATE.exists():
        places.STATE.rmdir()
