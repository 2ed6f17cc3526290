"""The data plane: the sandbox's engine, reached from the hosts' networks, and the deployed Lambdas.

The engine and its links listen on the loopback address of the cloud's namespace only, as they always do. What the
router sends to the cloud for them is led there.
"""

import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sandbox.client import Client, NotRunning
from sandbox.config import Settings
from sandbox.processes import Child
from tests.rehearsal import places
from tests.rehearsal.machines import namespaces
from tests.rehearsal.machines.commands import run

SETTINGS = Settings(regions=places.REGIONS, apps=False, resolvers=False)
START_SECONDS = 120
"""For a busy machine: it takes 10 s otherwise."""


def links() -> dict[tuple[str, str], str]:
    """Address and port of each region's DynamoDB for callers of each region, as the router reaches them."""
    ports = {(region, region): SETTINGS.engine_port for region in places.REGIONS}
    ports |= {(caller, target): SETTINGS.link_port(caller, target) for caller, target in SETTINGS.directions()}
    return {direction: f"{places.CLOUD.address}:{port}" for direction, port in ports.items()}


def open_to_the_router() -> None:
    """Lead connections from outside to the loopback address."""
    cloud = places.CLOUD.namespace
    # Without it the kernel drops packets from outside for 127.0.0.1: ip-sysctl, route_localnet.
    run(*namespaces.inside(cloud, "sysctl", "-qw", "net.ipv4.conf.eth0.route_localnet=1"))
    ports = sorted({link.partition(":")[2] for link in links().values()})
    rules = f"""
        table ip dataplane {{
          chain prerouting {{
            type nat hook prerouting priority dstnat;
            iifname eth0 tcp dport {{ {", ".join(ports)} }} dnat to 127.0.0.1
          }}
        }}
    """
    run(*namespaces.inside(cloud, "nft", "-f", "-"), stdin=rules)


def start_control_plane() -> Child:
    """Start the control plane in this thread's network, and return when it answers."""
    return _start("tests.rehearsal.cloud.server", _control_plane_answers)


def start_engine() -> Child:
    """Start the engine in this thread's network, and return when it answers."""
    return _start("tests.rehearsal.cloud.engine", _engine_answers)


def _start(module: str, answers: Callable[[], bool]) -> Child:
    child = Child(
        (sys.executable, "-m", module),
        environment=clean_environment() | SETTINGS.to_environment(),
        log=places.LOGS / f"{module}.log",
        directory=places.ROOT,
    )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.exit_status() is None:
        if answers():
            return child
        time.sleep(0.1)
    child.kill()
    raise RuntimeError(f"{module} does not start:\n{child.log_end()}")


def _engine_answers() -> bool:
    try:
        Client(SETTINGS.control_port, timeout=2).get("status")
    except NotRunning:
        return False
    return True


def _control_plane_answers() -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((places.CLOUD.address, places.ENDPOINT_PORT)) == 0


def clean_environment() -> dict[str, str]:
    """This shell's environment without what would lead to another cloud."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEDGER_", "DJANGO_"))}
    webapp, functions = places.ROOT / "webapp", places.ROOT / "lambda_src"
    path = os.pathsep.join(str(folder) for folder in (webapp, functions, places.ROOT))
    return kept | {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "PYTHONPATH": path,
        "PYTHONUNBUFFERED": "1",
    }


def start_function(region: str, code: Path, variables: dict[str, str]) -> Child:
    """Start the region's deployed functions: the unzipped artifact, fed by the sandbox's resolver loop.

    ``variables``: the functions' own, with the credentials of their role.

    Nothing of the ledger comes from the working tree: its folders are not on the path, only the loop itself is.
    """
    endpoints = ",".join(f"{name}={url}" for name, url in SETTINGS.endpoints(region).items())
    return Child(
        (sys.executable, "-m", "sandbox.resolver", "--region", region),
        environment=clean_environment()
        | SETTINGS.to_environment()
        | variables
        | {"AWS_REGION": region, "LEDGER_ENDPOINTS": endpoints, "PYTHONPATH": f"{code}{os.pathsep}{places.ROOT}"},
        log=places.LOGS / f"function-{region}.log",
        directory=code,
    )
