"""The state as text, for a terminal."""

from datetime import UTC, datetime

from ledger_status.checks import Check, State, worst

_COLOURS = {State.OK: "\x1b[32m", State.LATE: "\x1b[33m", State.BAD: "\x1b[31m"}
_PLAIN = "\x1b[0m"


def render(checks: list[Check], *, colour: bool) -> str:
    """A table: one line for each check, by group."""
    lines = [f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"]
    for group in dict.fromkeys(check.group for check in checks):
        lines += ["", group]
        for check in checks:
            if check.group == group:
                mark = f"{check.state:<4}"
                if colour:
                    mark = f"{_COLOURS[check.state]}{mark}{_PLAIN}"
                lines.append(f"  {mark}  {check.region:<15} {check.part:<26} {check.detail}")
    return "\n".join([*lines, "", f"all in all: {worst(checks)}"])
