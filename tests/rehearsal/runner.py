"""The process that makes the deployed things real: ``python -m tests.rehearsal.runner``.

It starts the network, the control plane and the engine, and then follows what is deployed: a host for every running
instance, the resolver's process for every deployed function, the router's rules from the security groups. Whatever
ends it (a signal, the death of its parent, an error), it removes everything; what a SIGKILL leaves is removed by the
next start.
"""

import ctypes
import fcntl
import hashlib
import io
import os
import signal
import time
import zipfile
from pathlib import Path
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.processes import PR_SET_PDEATHSIG, Child
from tests.rehearsal import dataplane, needs, places
from tests.rehearsal.machines import cleaning, firewall, image, namespaces
from tests.rehearsal.machines.commands import run
from tests.rehearsal.machines.host import BASE, Host
from tests.rehearsal.machines.router import Router
from tests.rehearsal.observed import Function, Observer, Region

TICK = 2.0
READY = places.STATE / "ready"
"""Is there once the control plane and the data plane answer."""
LOCK = Path("/run/lock/account-ledger-rehearsal")


def say(line: str) -> None:
    """Write one line to the log."""
    print(time.strftime("%H:%M:%S"), line, flush=True)


class Runner:
    """One rehearsal's machines."""

    def __init__(self) -> None:
        self._stopped = False
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY)  # the machine's own network
        self._children: list[Child] = []
        self._hosts: dict[str, Host] = {}
        self._functions: dict[str, tuple[Function, Child]] = {}

    def run(self) -> None:
        """Run until a signal comes."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        cleaning.clean(say)
        places.STATE.mkdir(parents=True)
        # In memory: that is quick, and an overlay's upper layer may not lie on another overlay (in a container).
        run("mount", "-t", "tmpfs", "-o", "mode=0755", places.PREFIX + "state", str(places.STATE))
        try:
            self._start()
            while not self._stopped:
                self._look_after()
                time.sleep(TICK)
            say("told to stop")
        finally:
            self._end()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopped = True

    def _start(self) -> None:
        image.unpack(BASE, say)
        self._router = Router()
        dataplane.open_to_the_router()
        # From here on this thread and all programs that it starts are in the cloud's network.
        with (namespaces.FOLDER / places.CLOUD.namespace).open("rb") as cloud:
            os.setns(cloud.fileno(), os.CLONE_NEWNET)
        self._router.load(firewall.rules([], {}, dataplane.links()))
        self._children.append(dataplane.start_control_plane())
        self._children.append(dataplane.start_engine())
        say("the control plane and the data plane answer")
        self._observers = {region: Observer(region) for region in places.REGIONS}
        READY.touch()
        say("ready")

    def _look_after(self) -> None:
        for child in self._children:
            if child.exit_status() is not None:
                raise RuntimeError(f"a part of the cloud ended:\n{child.log_end()}")
        try:
            seen = {region: observer.look() for region, observer in self._observers.items()}
        except (ClientError, BotoCoreError) as error:
            # A stack that is being made or deleted: the next look sees it whole.
            say(f"the control plane does not answer: {error}")
            return
        self._follow_instances(seen)
        for region in places.REGIONS:
            self._follow_function(region, seen[region].function)
        for instance_id, host in self._hosts.items():
            if host.look_after():
                say(f"{host.name} ({instance_id}) went off by itself")

    def _follow_instances(self, seen: dict[str, Region]) -> None:
        wanted = {instance.id: instance for region in seen.values() for instance in region.instances}
        gone = [self._hosts.pop(instance_id) for instance_id in self._hosts.keys() - wanted.keys()]
        for host in gone:
            say(f"{host.instance_id} is gone: shut down {host.name}")
            host.shut_down()
        for host in gone:
            host.remove()
        new = [Host(id_, instance.private) for id_, instance in wanted.items() if id_ not in self._hosts]
        for host in new:
            self._hosts[host.instance_id] = host
            host.connect()
        groups = {name: group for region in seen.values() for name, group in region.groups.items()}
        instances = sorted(wanted.values(), key=lambda instance: instance.id)
        if self._router.load(firewall.rules(instances, groups, dataplane.links())):
            say("new firewall rules")
        for host in new:
            instance = wanted[host.instance_id]
            say(f"{host.instance_id} in {instance.region}: boot {host.name} with {instance.private}")
            host.boot()

    def _follow_function(self, region: str, function: Function | None) -> None:
        running, child = self._functions.get(region, (None, None))
        if child and child.exit_status() is not None:
            say(f"the function in {region} ended:\n{child.log_end()}")
        elif function == running:
            return
        if child:
            child.terminate()
            child.wait(5)
            child.kill()
            del self._functions[region]
        if function:
            code = self._unzip(function)
            say(f"run {function.key} in {region}")
            variables = dict(function.variables) | self._observers[region].credentials(function)
            self._functions[region] = function, dataplane.start_function(region, code, variables)

    def _unzip(self, function: Function) -> Path:
        artifact = self._observers[function.region].artifact(function)
        found = hashlib.sha256(artifact).hexdigest()
        if found != function.sha256:
            raise RuntimeError(
                f"the function's code is {function.sha256}, s3://{function.bucket}/{function.key} {found}"
            )
        code = places.STATE / "functions" / f"{function.region}-{found[:12]}"
        with zipfile.ZipFile(io.BytesIO(artifact)) as archive:
            archive.extractall(code)
        return code

    def _end(self) -> None:
        for _, child in self._functions.values():
            child.kill()
        for host in self._hosts.values():
            host.switch_off()
        for child in self._children:
            child.kill()
        os.setns(self._home, os.CLONE_NEWNET)
        cleaning.clean(say)
        say("nothing is left")


def main() -> None:
    """Run, or say why that is not possible."""
    # When whoever started it dies, however that is, it ends as if told to.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if missing := needs.missing():
        raise SystemExit(f"no rehearsal: {missing}")
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit("no rehearsal: another one runs on this machine; wait for its end") from None
        Runner().run()


if __name__ == "__main__":
    main()
