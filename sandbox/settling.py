"""When a sandbox has come to rest: nothing on the way, nothing left to do, and a sweep everywhere that agrees."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.client import Client

HEARD_RECENTLY = 10.0
POLL = 0.05
SWEEP_AGAIN_AFTER = 0.5


class NotSettled(Exception):
    """The sandbox did not come to rest; the message says what is still open."""


@dataclass(frozen=True, slots=True)
class Open:
    """Something that is not at rest. ``for_good``: it will stay so until somebody turns a switch. ``sweep``: a sweep
    would tell whether it is.
    """

    what: str
    for_good: bool = False
    sweep: bool = False


def still_open(status: dict[str, Any]) -> list[Open]:
    """What keeps a sandbox of this ``status`` from being settled; nothing when it is."""
    points: list[Open] = []
    for link in status["links"]:
        for what, count in (("changes", link["on_the_way"]), ("calls", link["calls"])):
            if count:
                point = f"{count} {what} on the way from {link['from']} to {link['to']}"
                points.append(Open(f"{point}, and that link is cut" if link["cut"] else point, for_good=link["cut"]))
    for resolver in status["resolvers"]:
        points += _of_resolver(resolver, status["changes"])
    return points


def _of_resolver(resolver: dict[str, Any], changes: int) -> list[Open]:
    region = resolver["region"]
    if resolver["stopped"]:
        behind = sum(mapping["behind"] for mapping in resolver["mappings"])
        return [Open(f"the resolver in {region} is stopped, {behind} records behind and without sweeps", for_good=True)]
    if resolver["heard_ago"] is None or resolver["heard_ago"] > HEARD_RECENTLY:
        return [Open(f"the resolver in {region} has not been heard of lately")]
    points = []
    for mapping in resolver["mappings"]:
        if mapping["behind"]:
            what = f"{mapping['behind']} records behind in {mapping['table']}{_error(mapping)}"
            points.append(Open(f"the resolver in {region} is {what}"))
        elif mapping["busy"]:
            points.append(Open(f"the resolver in {region} is in the middle of records of {mapping['table']}"))
    sweep = resolver["sweep"]
    if sweep["clean_through"] != changes:
        mended = f" (the last one mended {sweep['mended']})" if sweep["mended"] else ""
        what = f"no sweep in {region} has found everything in order since the last change"
        points.append(Open(f"{what}{mended}{_error(sweep)}", sweep=True))
    return points


def _error(thing: dict[str, Any]) -> str:
    return f": {thing['error']}" if thing["error"] else ""


def settle(client: Client, *, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
    """Return once the sandbox is settled. Raises ``NotSettled`` after ``timeout`` seconds, or at once if it
    cannot settle as the switches stand.
    """
    deadline = clock() + timeout
    asked_at, asked_for = 0.0, -1
    quiet_at = -1
    while True:
        status = client.get("status")
        points = still_open(status)
        if not points:
            # Twice in a row: a late request may have just left its link and not yet reached the tables.
            if quiet_at == status["changes"]:
                return
            quiet_at = status["changes"]
            time.sleep(POLL)
            continue
        quiet_at = -1
        stuck = [point for point in points if point.for_good]
        if stuck:
            raise NotSettled("\n".join(point.what for point in stuck))
        if clock() > deadline:
            raise NotSettled("\n".join([f"not settled after {timeout:g} s:", *(point.what for point in points)]))
        if all(point.sweep for point in points) and (
            asked_for != status["changes"] or clock() - asked_at > SWEEP_AGAIN_AFTER
        ):
            client.post("sweep")
            asked_at, asked_for = clock(), status["changes"]
        time.sleep(POLL)
