"""Whether ports are free, and who has those that are not."""

import contextlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from sandbox.config import HOST


@dataclass(frozen=True, slots=True)
class Taken:
    """A port that another program has: what it was wanted for and, as far as can be told, whose it is."""

    port: int
    purpose: str
    owner: str

    def __str__(self) -> str:
        return f"port {self.port} ({self.purpose}) is taken by {self.owner}"


def is_free(port: int) -> bool:
    """Whether a server could listen on the loopback address at ``port``."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do it: connections that linger after their server ended are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def taken(ports: Mapping[str, int]) -> list[Taken]:
    """Those of ``ports`` (by what they are for) that are not free."""
    occupied = {purpose: port for purpose, port in ports.items() if not is_free(port)}
    owners = _owners() if occupied else {}
    return [
        Taken(port, purpose, owners.get(port, "a program that this user may not see"))
        for purpose, port in occupied.items()
    ]


def _owners() -> dict[int, str]:
    """Listening programs of this machine by port: process id and command, as far as this user may know them."""
    owners: dict[int, str] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # it ended meanwhile, or is another user's
            for connection in process.net_connections(kind="tcp"):
                if connection.status == psutil.CONN_LISTEN:
                    command = " ".join(process.cmdline()) or process.name()
                    owners.setdefault(connection.laddr.port, f"process {process.pid}: {command:.100}")
    return owners
