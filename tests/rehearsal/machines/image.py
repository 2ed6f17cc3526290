"""The Debian 13 image that every host boots: made once by debootstrap, then kept as a tarball.

It stands for Debian's cloud image: cloud-init reads the instance's metadata and user data at first boot. On top it
has the packages that the roles install, as the hosts have no way out to a package mirror; apt finds them installed.
"""

import hashlib
import inspect
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.rehearsal import places
from tests.rehearsal.machines.commands import run

SUITE = "trixie"
MIRROR_SECONDS = 10
OF_THE_CLOUD_IMAGE = (
    "ca-certificates", "chrony", "cloud-init", "dbus", "iproute2", "libpam-systemd", "openssh-server", "python3",
    "python3-apt", "sudo", "systemd-sysv",
)  # fmt: skip
VIRTUAL = ("python3-cffi-backend",)
"""debootstrap follows no dependency on a virtual package: these provide what python3-cryptography asks for."""
OF_THE_ROLES = ("acl", "curl", "jq", "nftables", "nginx-light", "python3-venv", "unattended-upgrades")

CLOUD_INIT = """\
# The network is there before the host boots.
datasource_list: [Ec2]
network: {config: disabled}
apt: {preserve_sources_list: true}
# As in Debian's cloud image.
manage_etc_hosts: true
"""
ENVIRONMENT = f"AWS_ENDPOINT_URL={places.CONTROL_PLANE_URL}"
FILES = {
    "etc/cloud/cloud.cfg.d/95_rehearsal.cfg": CLOUD_INIT,
    # Stands for the public names of AWS's services, which no host can reach here: for logins and for services.
    "etc/environment": ENVIRONMENT + "\n",
    "etc/systemd/system.conf.d/rehearsal.conf": f"[Manager]\nDefaultEnvironment={ENVIRONMENT}\n",
    "etc/sudoers.d/rehearsal": 'Defaults env_keep += "AWS_ENDPOINT_URL"\n',
    "etc/apt/sources.list": "",
}
DISABLED = ("nginx.service",)
"""Installed by a role, so not running before."""


def recipe() -> str:
    """What the cached part of the image depends on, as a short name: another recipe makes another image."""
    parts = (SUITE, *OF_THE_CLOUD_IMAGE, *VIRTUAL, *OF_THE_ROLES, *DISABLED, inspect.getsource(_finish))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def tarball() -> Path:
    """Where the image is kept, once it is made."""
    return places.cache_folder() / f"debian-13-{recipe()}.tar.zst"


def mirror_answers() -> bool:
    """Whether the mirror that this machine uses has the suite; true if debootstrap's own default will be asked."""
    try:
        for mirror in _mirror():
            urllib.request.urlopen(f"{mirror.rstrip('/')}/dists/{SUITE}/Release", timeout=MIRROR_SECONDS).close()
    except OSError:
        return False
    return True


def unpack(target: Path, say: Callable[[str], None]) -> None:
    """Unpack the image into the new folder ``target``; make it first where it is not cached."""
    image = tarball()
    if not image.exists():
        say(f"making the image {image} (about 2 minutes, once)")
        _make(image)
    target.mkdir(parents=True)
    run("tar", "-C", str(target), "--zstd", "-xf", str(image), timeout=300)
    for path, text in FILES.items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    # Nobody logs in there, and the login prompt hangs the console up when it begins: what cloud-init prints just then
    # is lost, and once that was the host's keys.
    (target / "etc/systemd/system/console-getty.service").symlink_to("/dev/null")
    # There is no DHCP here. Without a client cloud-init waits for the network, which is there, and then asks EC2.
    (target / "usr/sbin/dhcpcd").unlink()


def _make(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix="image-", dir=target.parent))
    include = ",".join((*OF_THE_CLOUD_IMAGE, *VIRTUAL, *OF_THE_ROLES))
    command = ["debootstrap", "--variant=minbase", f"--include={include}", SUITE, str(root), *_mirror()]
    log = places.LOGS / "debootstrap.log"
    with log.open("wb") as output:
        status = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, timeout=1200, check=False).returncode
    if status != 0:
        raise RuntimeError(f"debootstrap ended with status {status}: see {log}")
    _finish(root)
    unfinished = target.with_suffix(".tmp")
    run("tar", "-C", str(root), "--use-compress-program=zstd -T0 -3", "-cf", str(unfinished), ".", timeout=600)
    unfinished.rename(target)
    shutil.rmtree(root)


def _finish(root: Path) -> None:
    """Take out what differs from host to host."""
    run("chroot", str(root), "apt-get", "clean")
    run("chroot", str(root), "systemctl", "disable", *DISABLED)
    for pattern in ("var/lib/apt/lists/*_*", "etc/ssh/ssh_host_*", "etc/resolv.conf", "etc/hostname"):
        for file in root.glob(pattern):
            file.unlink()
    # Empty: every host makes its own. "uninitialized" would let systemd enable every unit that there is.
    (root / "etc/machine-id").write_text("", encoding="ascii")


def _mirror() -> list[str]:
    """The Debian mirror that this machine uses; debootstrap's own default if it is no Debian."""
    sources = Path("/etc/apt/sources.list.d/debian.sources")
    if not sources.exists():
        return []
    fields = (line.partition(":") for line in sources.read_text(encoding="utf-8").splitlines())
    return [value.split()[0] for name, _, value in fields if name == "URIs"][:1]
