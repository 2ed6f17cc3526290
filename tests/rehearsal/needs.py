"""What the machine must have for a rehearsal."""

import functools
import os
import shutil

from tests.rehearsal.machines import image
from tests.rehearsal.machines.commands import succeeds

PACKAGES = {
    "debootstrap": "debootstrap",
    "dpkg-deb": "dpkg",
    "systemd-nspawn": "systemd-container",
    "zstd": "zstd",
    "nft": "nftables",
    "ip": "iproute2",
    "git": "git",
    "make": "make",
    "curl": "curl",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
}
"""Debian's package for every program that is called."""


def missing() -> str | None:
    """One line that says why no rehearsal can run here and what to do, or ``None``."""
    if os.environ.get("REHEARSAL") == "no":
        return "left out by REHEARSAL=no; make rehearse runs it"
    packages = missing_packages()
    found = []
    if os.geteuid() != 0:
        found.append("it needs root (network namespaces, mounts, systemd-nspawn)")
    if packages:
        found.append(f"install what is missing: apt-get install {' '.join(packages)}")
    if not found and not _may_have_namespaces():
        found.append("root may not make namespaces and mounts here: a container needs to be privileged for that")
    if not found and not _can_have_the_image():
        found.append("the hosts' image was not made before, and the Debian mirror of this machine does not answer")
    return "; ".join(found) or None


def missing_packages() -> list[str]:
    """Debian's packages that have to be installed first."""
    return sorted({package for program, package in PACKAGES.items() if shutil.which(program) is None})


@functools.cache
def _may_have_namespaces() -> bool:
    return succeeds(("unshare", "--net", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"))


@functools.cache
def _can_have_the_image() -> bool:
    return image.tarball().exists() or image.mirror_answers()
