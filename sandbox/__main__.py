"""The command line: ``python -m sandbox``. It finds the running sandbox by the same ``PORT_OFFSET``."""

import argparse
import json
import sys
import time
from dataclasses import replace
from typing import Any

from sandbox import report
from sandbox.client import Client, NotRunning, Refused
from sandbox.config import BadSettings, Settings
from sandbox.manage import manage
from sandbox.settling import NotSettled, settle

IDLE_SECONDS = 10.0


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options, Settings.from_environment())
    except NotRunning as error:
        print(f"{error}.\nStart one with: make sandbox (and give the same PORT_OFFSET here as there)", file=sys.stderr)
        return 2
    except (BadSettings, Refused, NotSettled) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    return status


def _up(options: argparse.Namespace, settings: Settings) -> int:
    from sandbox import supervisor  # not needed by the switches, and slow to import

    chosen = {name: value for name, value in vars(options).items() if name in {"lag", "call_latency", "sweep_every"}}
    given = {name: value for name, value in chosen.items() if value is not None}
    return supervisor.run(replace(settings, **given))


def _status(options: argparse.Namespace, settings: Settings) -> int:
    status = _client(settings).get("status") | {"parts": _parts(settings)}
    print(json.dumps(status, indent=2) if options.json else report.text(status))
    return 0


def _link(options: argparse.Namespace, settings: Settings) -> int:
    where = {"from": options.source, "to": options.target}
    if options.what in {"cut", "heal"}:
        what: dict[str, Any] = {"cut": options.what == "cut"}
    else:
        what = {options.what: options.seconds}
    status = _client(settings).post("links", **{name: region for name, region in where.items() if region}, **what)
    for link in status["links"]:
        state = "cut" if link["cut"] else "up"
        print(f"{link['from']} > {link['to']}: {state}, lag {link['lag']:g} s, calls {link['latency']:g} s")
    return 0


def _resolver(options: argparse.Namespace, settings: Settings) -> int:
    client = _client(settings)
    if options.what == "duplicates":
        client.post(f"resolvers/{options.region}", duplicates=options.switch == "on")
    else:
        client.post(f"resolvers/{options.region}", stopped=options.what == "stop")
    if options.what == "stop" and not wait_until_idle(client, options.region):
        print(f"it stops as soon as it has finished what it is doing ({IDLE_SECONDS:g} s were not enough)")
    return 0


def wait_until_idle(client: Client, region: str) -> bool:
    """Wait until a stopped resolver has finished what it had begun; whether it did within the time for it."""
    deadline = time.monotonic() + IDLE_SECONDS
    while time.monotonic() < deadline:
        states = {resolver["region"]: resolver["busy"] for resolver in client.get("status")["resolvers"]}
        if not states[region]:
            return True
        time.sleep(0.05)
    return False


def _settle(options: argparse.Namespace, settings: Settings) -> int:
    settle(_client(settings), timeout=options.timeout)
    print("settled")
    return 0


def _manage(options: argparse.Namespace, settings: Settings) -> int:
    return manage(settings, options.region, options.arguments)


def _client(settings: Settings) -> Client:
    return Client(settings.control_port)


def _parts(settings: Settings) -> dict[str, Any]:
    try:
        state = json.loads((settings.directory / "state.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}  # started without the supervisor, or from another clone
    parts: dict[str, Any] = {"supervisor": {"pid": state["pid"], "starts": 1}, **state["parts"]}
    return parts


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError("must be a number of seconds, not negative")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="start everything and stay in the foreground (make sandbox does this)")
    up.add_argument("--lag", type=_seconds, help="seconds until a write arrives in the other regions' tables (0.5)")
    up.add_argument("--call-latency", type=_seconds, help="seconds that a call to another region takes each way (0.05)")
    up.add_argument("--sweep-every", type=_seconds, help="seconds between the sweeps of a region (5)")
    up.set_defaults(run=_up)

    status = commands.add_parser("status", help="what is running, on the way, behind, given up")
    status.add_argument("--json", action="store_true", help="for machines")
    status.set_defaults(run=_status)

    link = commands.add_parser("link", help="cut, heal or slow the links between regions")
    link.set_defaults(run=_link)
    switches = link.add_subparsers(required=True, dest="what", metavar="WHAT")
    for name, meaning in {
        "cut": "nothing passes any more; what is on the way waits",
        "heal": "everything passes again",
        "lag": "how long writes travel to other regions' tables",
        "latency": "how long calls to other regions take, each way",
    }.items():
        switch = switches.add_parser(name, help=meaning)
        if name in {"lag", "latency"}:
            switch.add_argument("seconds", type=_seconds)
        switch.add_argument("--from", dest="source", metavar="REGION", help="only links that lead out of this region")
        switch.add_argument("--to", dest="target", metavar="REGION", help="only links that lead into this region")

    resolver = commands.add_parser("resolver", help="stop or start a region's resolver, let it deliver duplicates")
    resolver.set_defaults(run=_resolver)
    switches = resolver.add_subparsers(required=True, dest="what", metavar="WHAT")
    for name, meaning in {
        "stop": "nothing is resolved or swept in the region",
        "start": "it goes on where it was",
    }.items():
        switches.add_parser(name, help=meaning).add_argument("region", metavar="REGION")
    duplicates = switches.add_parser("duplicates", help="deliver records more than once, as AWS may")
    duplicates.add_argument("switch", choices=["on", "off"])
    duplicates.add_argument("region", metavar="REGION")

    settled = commands.add_parser("settle", help="wait until nothing is on the way and the resolvers have caught up")
    settled.add_argument("--timeout", type=_seconds, default=60.0, help="seconds to wait at most (60)")
    settled.set_defaults(run=_settle)

    managed = commands.add_parser("manage", help="run manage.py in a region: audit, freeze, createkey and so on")
    managed.add_argument("region", metavar="REGION")
    managed.add_argument("arguments", metavar="ARGUMENT", nargs=argparse.REMAINDER)
    managed.set_defaults(run=_manage)
    return parser


if __name__ == "__main__":
    sys.exit(main())
