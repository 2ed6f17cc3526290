"""Names, addresses and folders of the rehearsal.

Every namespace, interface, mount and cgroup that it makes begins with ``PREFIX``, so that a start can remove what a
killed one has left. The addresses are those that RFC 5737 sets aside for examples: nothing real is ever meant.
"""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "alr-"

STATE = Path("/var/tmp/account-ledger-rehearsal")
"""What a rehearsal needs while it runs: the unpacked image, the hosts' file systems (in memory: about 1 GB)."""
LOGS = ROOT / ".rehearsal"
"""The log of every part and every Ansible run of the last rehearsal."""

REGIONS = ("ap-northeast-2", "eu-central-1")


@dataclass(frozen=True, slots=True)
class Seat:
    """A network namespace with one address behind the router."""

    name: str
    address: str

    @property
    def namespace(self) -> str:
        """Its name for ``ip netns``."""
        return PREFIX + self.name


ROUTER = PREFIX + "router"
CLOUD = Seat("cloud", "192.0.2.2")
OPERATOR = Seat("operator", "198.51.100.10")
OUTSIDER = Seat("outsider", "198.51.100.200")
"""Somebody who is not within the operator's CIDR."""
SEATS = (CLOUD, OPERATOR, OUTSIDER)

PUBLIC = "203.0.113."
"""Instances get their public addresses out of this /24."""
METADATA = "169.254.169.254"

ENDPOINT_PORT = 443
"""Where AWS's endpoints are in production, too, so that egress rules mean the same. Here they speak plain HTTP."""
CONTROL_PLANE_URL = f"http://{CLOUD.address}:{ENDPOINT_PORT}"
METADATA_PORT = 8169


def host_name(instance_id: str) -> str:
    """What the host of an instance, its namespace, its link and its cgroups are called. Links have short names."""
    return PREFIX + instance_id[-8:]


def dynamodb_address(region: str) -> str:
    """The address of the region's DynamoDB endpoint: the same for all, as its name is in production."""
    return f"192.0.2.{10 + REGIONS.index(region)}"


def ledger_endpoints() -> str:
    """``LEDGER_ENDPOINTS`` for every host, whatever its region."""
    return ",".join(f"{region}=http://{dynamodb_address(region)}:{ENDPOINT_PORT}" for region in REGIONS)


def cache_folder() -> Path:
    """Where the image is kept between rehearsals."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "account-ledger"
