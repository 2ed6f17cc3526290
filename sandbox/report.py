"""``status`` for people."""

from typing import Any

from sandbox.settling import still_open


def text(status: dict[str, Any]) -> str:
    """The whole status in a few lines."""
    lines = ["Parts"]
    lines += [f"  {name:24} {_part(part)}" for name, part in status.get("parts", {}).items()]
    lines += ["", "Links"]
    for link in status["links"]:
        state = "CUT" if link["cut"] else "up"
        lines.append(
            f"  {link['from'] + ' > ' + link['to']:32} {state:4} lag {link['lag']:g} s, calls {link['latency']:g} s,"
            f" {link['on_the_way']} changes and {link['calls']} calls on the way"
        )
    lines += ["", "Resolvers"]
    for resolver in status["resolvers"]:
        lines += _resolver(resolver)
    points = still_open(status)
    lines += ["", "Settled: yes" if not points else "Settled: no", *(f"  {point.what}" for point in points)]
    return "\n".join(lines)


def _part(part: dict[str, Any]) -> str:
    if part["pid"] is None:
        return "DOWN"
    again = f", started {part['starts']} times" if part["starts"] > 1 else ""
    return f"process {part['pid']}{again}"


def _resolver(resolver: dict[str, Any]) -> list[str]:
    state = "STOPPED" if resolver["stopped"] else "busy" if resolver["busy"] else "idle"
    if resolver["heard_ago"] is None:
        state = "never heard of"
    if resolver["duplicates"]:
        state += ", delivers duplicates"
    lines = [f"  {resolver['region']}: {state}"]
    for mapping in resolver["mappings"]:
        error = f", now: {mapping['error']}" if mapping["error"] else ""
        failures = f", {mapping['failures']} failed calls" if mapping["failures"] else ""
        lines.append(f"    {mapping['table']:16} {mapping['behind']} behind{failures}{error}")
    sweep = resolver["sweep"]
    if sweep["error"]:
        result = f"failed {_ago(sweep['finished_ago'])}: {sweep['error']}"
    elif sweep["finished_ago"] is not None:
        result = f"mended {sweep['mended']}, {_ago(sweep['finished_ago'])}"
    else:
        result = "not yet"
    lines.append(f"    {'last sweep':16} {result}")
    if resolver["given_up"]:
        lines.append(f"    {'dead letters':16} {resolver['given_up']}")
        lines += [f"      {_letter(letter)}" for letter in resolver["dead_letters"]]
    return lines


def _letter(letter: dict[str, Any]) -> str:
    batch = letter["DDBStreamBatchInfo"]
    table = batch["streamArn"].split("/")[1]
    reason, tries = letter["requestContext"]["condition"], letter["requestContext"]["approximateInvokeCount"]
    return f"{letter['timestamp'][:19]}Z {table} record {batch['startSequenceNumber']}: {reason}, {tries} tries"


def _ago(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.0f} s ago"
