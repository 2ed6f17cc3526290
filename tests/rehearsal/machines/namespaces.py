"""Network namespaces with one address each, behind one router."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from tests.rehearsal import places
from tests.rehearsal.machines.commands import run, succeeds

FOLDER = Path("/run/netns")
GATEWAY = "169.254.0.1"
"""The router's address on every link. As in a VPC all traffic passes it, also that within a subnet."""


def make_router() -> None:
    """Make the namespace that all others hang on."""
    run("ip", "netns", "add", places.ROUTER)
    run("ip", "-n", places.ROUTER, "link", "set", "lo", "up")
    run("ip", "netns", "exec", places.ROUTER, "sysctl", "-qw", "net.ipv4.ip_forward=1")


def attach(namespace: str, address: str) -> None:
    """Make ``namespace`` with ``address`` on its ``eth0``; the router's end of the link has the namespace's name."""
    run("ip", "netns", "add", namespace)
    inside, router = ("ip", "-n", namespace), ("ip", "-n", places.ROUTER)
    run(*inside, "link", "set", "lo", "up")
    run(*router, "link", "add", namespace, "type", "veth", "peer", "name", "eth0", "netns", namespace)
    run(*inside, "addr", "add", f"{address}/32", "dev", "eth0")
    run(*inside, "link", "set", "eth0", "up")
    run(*inside, "route", "add", GATEWAY, "dev", "eth0", "scope", "link")
    run(*inside, "route", "add", "default", "via", GATEWAY, "src", address)
    run(*router, "addr", "add", f"{GATEWAY}/32", "dev", namespace)
    run(*router, "link", "set", namespace, "up")
    run(*router, "route", "add", f"{address}/32", "dev", namespace)


def remove(namespace: str) -> None:
    """Remove a namespace with its link. Its processes must have ended."""
    # The kernel takes a namespace apart some time later; until then the router would lead the address to it, which the
    # next instance may get. (The router itself has none, and may be gone already.)
    succeeds(("ip", "-n", places.ROUTER, "link", "del", namespace))
    run("ip", "netns", "del", namespace)


def ours() -> list[str]:
    """The namespaces of a rehearsal that are there."""
    return sorted(path.name for path in FOLDER.glob(f"{places.PREFIX}*"))


def inside(namespace: str, *command: str) -> tuple[str, ...]:
    """``command`` as it runs in ``namespace``."""
    return ("ip", "netns", "exec", namespace, *command)


@contextlib.contextmanager
def entered(namespace: str) -> Iterator[None]:
    """Let this thread, and the programs that it starts, be in ``namespace`` for a while."""
    # For one thread only, and sockets stay where they were made: setns(2).
    with Path("/proc/thread-self/ns/net").open("rb") as home, (FOLDER / namespace).open("rb") as target:
        os.setns(target.fileno(), os.CLONE_NEWNET)
        try:
            yield
        finally:
            os.setns(home.fileno(), os.CLONE_NEWNET)
