"""The people who may log in. Their rows are written at the home region's endpoint only, so none can be lost.

Every region reads its own copy: logging in works while the link between the regions is cut.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from console import control
from console.groups import GROUPS
from ledger.context import Ledger
from ledger.errors import InvalidField, LedgerError, RegionUnreachable
from ledger.requests import Cancelled, Item, Unreachable, Write

PARTITION = "operator"
MOST = 500
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,63}", re.ASCII)


class OperatorExists(LedgerError):
    """The name is taken."""

    code = "operator-exists"


class UnknownOperator(LedgerError):
    """Nobody has this name, or not any more."""

    code = "unknown-operator"


@dataclass(frozen=True, slots=True)
class OperatorRecord:
    """One operator. ``password`` is Django's encoded hash. Times UTC, ISO 8601."""

    name: str
    password: str = field(repr=False)
    group: str
    active: bool
    created_at: str
    changed_at: str


def is_name(text: object) -> bool:
    """1 to 64 small letters, digits, ``.``, ``_``, ``-``; first a letter."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def find(ledger: Ledger, name: str) -> OperatorRecord | None:
    """The operator as this region knows it now: one request."""
    return _read(control.row(ledger, PARTITION, name)) if is_name(name) else None


def everybody(ledger: Ledger) -> list[OperatorRecord]:
    """All operators in order of their names, as this region knows them."""
    found = [_read(row) for row in control.rows(ledger, PARTITION, MOST)]
    return [operator for operator in found if operator is not None]


def create(ledger: Ledger, name: str, group: str, password: str) -> None:
    """Create an operator, or one whose name was disabled anew. ``password``: encoded.

    Raises ``InvalidField``, ``OperatorExists`` and ``RegionUnreachable``.
    """
    if not is_name(name):
        raise InvalidField("name", "Must be 1 to 64 small letters, digits, '.', '_' or '-', first a letter.")
    if group not in GROUPS:
        raise InvalidField("group", f"Must be one of {', '.join(GROUPS)}.")
    now = ledger.now()
    row = {
        **control.key(PARTITION, name),
        "v": control.FORMAT,
        "region": ledger.topology.home,
        "password": password,
        "group": group,
        "active": True,
        "created_at": now,
        "changed_at": now,
    }
    put = Write(
        "Put",
        control.CONTROL,
        row,
        "attribute_not_exists(#pk) OR #active = :no",
        names={"#pk": "pk", "#active": "active"},
        values={":no": False},
    )
    _at_home(ledger, put, now, lambda: OperatorExists(f"There is an operator {name!r} already."))


def disable(ledger: Ledger, name: str) -> None:
    """Let somebody in no more; open sessions end with that. Raises ``UnknownOperator`` and ``RegionUnreachable``."""
    _change(ledger, name, "active", False)


def change_password(ledger: Ledger, name: str, password: str) -> None:
    """Set an encoded password; open sessions end. Raises ``UnknownOperator`` and ``RegionUnreachable``."""
    _change(ledger, name, "password", password)


def _change(ledger: Ledger, name: str, attribute: str, value: object) -> None:
    now = ledger.now()
    update = Write(
        "Update",
        control.CONTROL,
        control.key(PARTITION, name),
        "#active = :yes",
        "SET #attribute = :value, #changed = :now",
        names={"#active": "active", "#attribute": attribute, "#changed": "changed_at"},
        values={":yes": True, ":value": value, ":now": now},
    )
    _at_home(ledger, update, now, lambda: UnknownOperator(f"There is no operator {name!r} who may log in."))


def _at_home(ledger: Ledger, write: Write, now: str, refusal: Callable[[], LedgerError]) -> None:
    """``now`` is what the write sets ``changed_at`` to: it tells that an earlier attempt of it was carried out."""
    try:
        ledger.home.write([write], ledger.new_id())
    except Cancelled as cancelled:
        row = cancelled.reasons[0].item
        if row is None or row.get("changed_at") != now:
            raise refusal() from cancelled
    except Unreachable as error:
        if ledger.here == ledger.topology.home:
            raise
        raise RegionUnreachable((ledger.topology.home,)) from error


def _read(row: Item | None) -> OperatorRecord | None:
    """The operator in a row; ``None`` for a row that is none: nobody logs in with what a hand has put there."""
    if row is None:
        return None
    name, password, group, active = row["sk"], row.get("password"), row.get("group"), row.get("active")
    if not is_name(name) or not isinstance(password, str) or not isinstance(group, str):
        return None
    times = str(row.get("created_at", "")), str(row.get("changed_at", ""))
    return OperatorRecord(name, password, group, active is True, *times)
