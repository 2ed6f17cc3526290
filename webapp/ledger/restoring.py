"""A share of this region that was written by a hand or by another region's program: put back from the event.

Every version of a share names the operation that wrote it (``last``) and the one before (``prev``). A version whose
``prev`` is not the ``last`` of the version before it, or that fails the guard, was not written by the ledger here.
What it changed is known from the event alone: Old − New.
"""

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from typing import Any

from ledger import entries
from ledger.condemning import ATTEMPTS, leave_to_sweep
from ledger.context import Ledger
from ledger.errors import Busy
from ledger.money import ZERO
from ledger.requests import Cancelled, Item, Malformed, Write
from ledger.shares import believe, is_version, next_version
from ledger.topology import Topology
from ledger.writes import ABSENT, ACCOUNTS, has_entry, no_entry, put_entry, put_share, replace_share, shift_share

_EXACT = Context(prec=38, traps=[Inexact])  # what a number of the table can be
_MOST_COUNTERS = 20  # an expression has 4 KB at most
_RESET = ("currency", "status", "status_version", "created_at", "bucket", "v", "rebuilt")


@dataclass(frozen=True, slots=True)
class Change:
    """One record of a table's stream: a row before and after. ``event_id`` is the same in every delivery."""

    event_id: str
    old: Item | None
    new: Item | None

    @property
    def row(self) -> Item:
        """The row as it is now known, or as it was last."""
        row = self.new if self.new is not None else self.old
        if row is None:
            raise ValueError("a change without images")
        return row


def is_own_work(change: Change, topology: Topology) -> bool:
    """Whether the ledger, in the row's own region, wrote this version."""
    if change.new is None:
        return False
    if change.old is None:
        return believe(change.new, topology) is not None or _condemned(change)
    if change.new.get("prev") != change.old.get("last"):
        return False
    return believe(change.new, topology) is not None or _condemned(change)


def _is_next_version(old: Item, new: Item | None) -> bool:
    return new is not None and "last" in old and "prev" in new and new["prev"] == old["last"]


def is_on_damaged_row(change: Change, topology: Topology) -> bool:
    """Whether the ledger wrote this version on top of one that was damaged and passed the guard all the same.

    What damaged that one has an event of its own.
    """
    old, new = change.old, change.new
    return old is not None and believe(old, topology) is None and _is_next_version(old, new)


def _condemned(change: Change) -> bool:
    """Whether the ledger itself took the row out of use (see ``restore``): the sweep rebuilds it."""
    was = change.old.get("condemned") if change.old is not None else None
    return change.new is not None and change.new.get("condemned", was) != was


def restore(ledger: Ledger, key: str, change: Change) -> bool:
    """Undo a foreign change of the share ``key`` once, with an incident. Returns whether the row was mended.

    Where the event does not tell enough, the share is taken out of use with the incident, and the sweep rebuilds it.
    """
    for write in _ways(ledger, key, change):
        found = _incident(ledger, key, change, "restored")
        try:
            ledger.local.write([*write, put_entry(found)], ledger.new_id())
        except Cancelled as cancelled:
            if cancelled.reasons[-1].failed:
                return False  # an earlier delivery of this event has done it
        except Malformed:
            continue
        else:
            return True
    _leave_to_sweep(ledger, key, change)
    return False


def _leave_to_sweep(ledger: Ledger, key: str, change: Change) -> None:
    """Take the share out of use until the sweep has rebuilt it: what ``change`` did to it is still in its numbers.

    Whatever the row looks like now. If it only is damaged by a later hand, the event of that would put it back to
    what ``change`` has left. If it is missing, the event of its deletion would: see ``leave_to_sweep``. Raises
    ``Busy`` if the row does not hold still.
    """
    for _ in range(ATTEMPTS):
        (row,) = ledger.local.get([(ACCOUNTS, {"account_id": key})])
        op, now = ledger.new_id(), ledger.now()
        writes = leave_to_sweep(ledger, key, row, op=op, now=now, event_id=change.event_id)
        writes.append(put_entry(_incident(ledger, key, change, "left to the sweep")))
        try:
            ledger.local.write(writes, op)
        except Cancelled as cancelled:
            if cancelled.reasons[-1].failed:
                return  # an earlier delivery of this event has done it
        else:
            return
    raise Busy(f"The row {key!r} is changed by hand all the time.")


def _incident(ledger: Ledger, key: str, change: Change, outcome: str) -> Item:
    return entries.incident(
        change.event_id,
        ledger.here,
        "deleted-by-hand" if change.new is None else "foreign-write",
        ledger.now(),
        share=key,
        account=ledger.topology.account_of(key),
        outcome=outcome,
        old=change.old,
        new=change.new,
    )


def _ways(ledger: Ledger, key: str, change: Change) -> list[list[Write]]:
    """The ways to undo ``change``, the surest first. Each is conditional; at most one takes effect."""
    if change.old is None:
        return []
    old_is_sound = believe(change.old, ledger.topology) is not None
    new_is_sound = believe(change.new, ledger.topology) is not None
    op, now = ledger.new_id(), ledger.now()
    ways = []
    if old_is_sound and not _may_be_own_work(key, change.old, change.new):
        # Not after a rebuild: this event may be older than it, and a hand may have put the very same row again since.
        never_rebuilt = no_entry(entries.rebuilt_id(key), ledger.here)
        if change.new is None:
            is_share = has_entry(entries.share_entry_key(key, ledger.here))  # else a hand has put it and deleted it
            ways.append([put_share(_again(change.old, None, op, now)), never_rebuilt, is_share])
        else:
            row = _again(change.old, change.new, op, now) | _status(ledger, change.old, change.new)
            ways.append([replace_share(row, change.new), never_rebuilt])
    # Not after a damaged row: a hand may have put it from elsewhere, with numbers of before, and that event be lost.
    if old_is_sound and new_is_sound and change.new is not None and _same_version(change.old, change.new):
        shift = _shift(ledger, key, change.old, change.new, op, now)
        if shift is not None:
            ways.append([shift])
    return ways


def _may_be_own_work(key: str, old: Item, new: Item | None) -> bool:
    """Whether the ledger itself may have put New, though it is not sound: then Old is what a hand has left.

    It took a hand's currency back by the difference, and money had moved meanwhile in units that the right currency
    does not have.
    """
    return _is_next_version(old, new) and new is not None and new.get("share") == key


def _status(ledger: Ledger, old: Item, new: Item) -> dict[str, Any]:
    """The status to put back, under a version that the other regions will copy: they may have seen the other one."""
    found = {name: old[name] for name in ("status", "status_version") if name in old}
    changed = any(new.get(name) != old.get(name) for name in ("status", "status_version"))
    if changed and ledger.here == ledger.topology.home:
        versions = [row.get("status_version") for row in (old, new)]
        newest = max((int(version) for version in versions if is_version(version)), default=0)
        found["status_version"] = Decimal(next_version(newest))
    return found


def _again(old: Item, new: Item | None, op: str, now: str) -> dict[str, Any]:
    """The row ``old`` as a new version after ``new``."""
    row = {**old, "last": op, "last_updated": now}
    row.pop("prev", None)
    if new is not None and "last" in new:
        row["prev"] = new["last"]
    return row


def _same_version(old: Item, new: Item) -> bool:
    """Whether the hand has left the version's name, as one does that sets some attributes.

    On top of another version, an old one that was put back, a replay of what once came after that one does not show as
    a break in the chain, and would be counted twice.
    """
    return "last" in old and new.get("last") == old["last"]


def _shift(ledger: Ledger, key: str, old: Item, new: Item, op: str, now: str) -> Write | None:
    """Old − New, added to whatever the share has become: its own later writes stay.

    ``None`` for what a hand can write but no update can take back: numbers whose difference has more digits than the
    table keeps, or too many counters.
    """
    try:
        delta = _EXACT.subtract(old["ledger_balance"], new["ledger_balance"])
        differences = {
            (attribute, region): _EXACT.subtract(old[attribute].get(region, ZERO), new[attribute].get(region, ZERO))
            for attribute in ("granted", "accepted")
            for region in {*old[attribute], *new[attribute]}
        }
    except Inexact:
        return None
    differences = {path: difference for path, difference in differences.items() if difference}
    if len(differences) > _MOST_COUNTERS:
        return None
    put_back = {**old, **_status(ledger, old, new)}
    resets = [(name, new.get(name, ABSENT), put_back.get(name, ABSENT)) for name in _RESET]
    return shift_share(
        key,
        ledger.here,
        op=op,
        now=now,
        delta=delta,
        counters=differences,
        resets={name: (found, put) for name, found, put in resets if found != put},
        rebuilt=new.get("rebuilt", ABSENT),
    )
