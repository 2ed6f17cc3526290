"""One host: Debian under systemd-nspawn, in a network namespace and a cgroup of its own."""

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

from sandbox.processes import Child
from tests.rehearsal import places
from tests.rehearsal.machines import namespaces
from tests.rehearsal.machines.commands import CommandFailed, run

BASE = places.STATE / "base"
HOSTS = places.STATE / "hosts"
CGROUPS = (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup"))
"""Where a cgroup hierarchy that systemd uses may be mounted: hybrid, legacy, unified."""
END_SECONDS = 30
"""How long killed processes may take to end, on a busy machine."""
REBOOT = 133
"""systemd-nspawn's exit status when the host asked for a reboot (with --keep-unit)."""


class Host:
    """A host that stands for one EC2 instance. ``console`` keeps what it prints, over all its boots."""

    def __init__(self, instance_id: str, address: str) -> None:
        self.instance_id = instance_id
        self.name = places.host_name(instance_id)
        self.address = address
        self.console = places.LOGS / f"console-{instance_id}.log"
        self._folder = HOSTS / self.name
        self._root = self._folder / "root"
        self._child: Child | None = None

    def connect(self) -> None:
        """Give it its network."""
        namespaces.attach(self.name, self.address)

    def boot(self) -> None:
        """Give it an empty disk over the image, and switch it on."""
        for part in ("upper", "work", "root"):
            (self._folder / part).mkdir(parents=True)
        layers = f"lowerdir={BASE},upperdir={self._folder / 'upper'},workdir={self._folder / 'work'}"
        run("mount", "-t", "overlay", self.name, "-o", layers, str(self._root))
        # By this cloud-init knows EC2, and that its metadata service wants a token (cloud-init, "Amazon EC2").
        (self._folder / "uuid").write_text("ec2e1916-9099-7caf-fd21-012345abcdef\n", encoding="ascii")
        self._start()

    def _start(self) -> None:
        groups = [str(top / self.name) for top in CGROUPS if (top / "cgroup.procs").exists()]
        nspawn = (
            "systemd-nspawn", "--boot", f"--directory={self._root}", f"--machine={self.name}",
            f"--network-namespace-path={namespaces.FOLDER / self.name}", "--capability=CAP_NET_ADMIN",
            f"--bind-ro={self._folder / 'uuid'}:/sys/hypervisor/uuid",
            "--register=no", "--keep-unit", "--console=read-only", "--link-journal=no", "--resolv-conf=off",
            "--timezone=off",
        )  # fmt: skip
        # With --keep-unit every host would be /payload of the same cgroup, so each enters one of its own first.
        enter = "".join(f"mkdir -p {group} && echo $$ >{group}/cgroup.procs && " for group in groups)
        self._child = Child(
            ("/bin/sh", "-c", f'{enter}exec "$@"', "sh", *nspawn),
            environment=os.environ
            | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"},
            log=self.console,
            directory=places.STATE,
        )

    def look_after(self) -> bool:
        """Boot it again if it asked for that; whether it has just gone off."""
        status = self._child.exit_status() if self._child else None
        if status == REBOOT:
            self._start()
        elif status is not None:
            self.switch_off()
        return status not in (None, REBOOT)

    def shut_down(self) -> None:
        """Ask it to end in order, as a terminated instance is asked."""
        if self._child:
            self._child.terminate()  # systemd-nspawn passes it on as SIGRTMIN+3

    def remove(self, seconds: float = 20) -> None:
        """Take its disk and network away, once it has ended or after so many seconds."""
        if self._child:
            self._child.wait(seconds)
        self.switch_off()
        remove(self.name)

    def switch_off(self) -> None:
        """End it at once."""
        if self._child:
            self._child.kill()
            self._child = None


def remove(name: str) -> None:
    """Remove everything of the host called ``name``, also if another rehearsal has left it."""
    _empty_cgroups(name)
    root = HOSTS / name / "root"
    if root.is_mount():
        run("umount", str(root))
    if (HOSTS / name).exists():
        shutil.rmtree(HOSTS / name)
    if name in namespaces.ours():
        namespaces.remove(name)


def left_over() -> set[str]:
    """Names of hosts of which something is there."""
    groups = {path.name for top in CGROUPS for path in top.glob(f"{places.PREFIX}*")}
    return groups | {path.name for path in HOSTS.glob("*")}


def _empty_cgroups(name: str) -> None:
    """End every process of the host and remove its cgroups."""
    deadline = time.monotonic() + END_SECONDS
    for top in (top / name for top in CGROUPS):
        while top.exists():
            try:
                for pid in _pids(top):
                    with contextlib.suppress(ProcessLookupError):  # ended meanwhile
                        os.kill(pid, signal.SIGKILL)
                for folder, _, _ in os.walk(top, topdown=False):
                    Path(folder).rmdir()
            except OSError as error:
                # A process that is ending is listed no more, but until it has ended its group cannot be removed.
                if time.monotonic() > deadline:
                    raise CommandFailed(f"processes of {name} do not end: {error}") from error
                time.sleep(0.05)


def _pids(top: Path) -> list[int]:
    return [int(pid) for file in top.rglob("cgroup.procs") for pid in file.read_text(encoding="ascii").split()]
