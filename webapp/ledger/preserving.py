"""Journal entries are put once and never changed: what a hand changes or deletes is put back from the event."""

from ledger import entries
from ledger.context import Ledger
from ledger.entries import JOURNAL
from ledger.errors import Busy
from ledger.requests import Cancelled, Item, Write
from ledger.restoring import Change
from ledger.writes import change_share, put_entry, replace_entry

ATTEMPTS = 5  # reads and writes of an entry that does not hold still


def is_damage(change: Change) -> bool:
    """Whether an entry as the ledger put it is gone, or is not that any more."""
    return entries.is_sealed(change.old) and not entries.is_sealed(change.new)


def put_back(ledger: Ledger, change: Change) -> bool:
    """Put the entry back as it was, once, with an incident. Returns whether it was done now.

    If the ledger has done the same thing again meanwhile, because nothing said any more that it was done, another
    sealed entry stands there: then what that one moved is taken out of the shares in the same transaction. Raises
    ``Busy`` while entry or shares do not hold still.
    """
    entry = change.old
    if entry is None:
        raise ValueError("nothing to put back")
    key = {name: entry[name] for name in ("entry_id", "region")}
    for _ in range(ATTEMPTS):
        (standing,) = ledger.local.get([(JOURNAL, key)])
        now, op = ledger.now(), ledger.new_id()
        writes = [*_undo(ledger, entry, standing, op, now), replace_entry(entry, standing)]
        writes.append(put_entry(_incident(ledger, change, now)))
        try:
            ledger.local.write(writes, op)
        except Cancelled as cancelled:
            if cancelled.reasons[-1].failed:
                return False  # an earlier delivery of this event has done it
        else:
            return True
    raise Busy(f"The journal entry {key} is changed all the time, or a share that it moved is being mended.")


def _undo(ledger: Ledger, entry: Item, standing: Item | None, op: str, now: str) -> list[Write]:
    """What takes the second execution out of the shares, if ``standing`` is one."""
    again = entries.is_sealed(standing) and standing is not None and standing["seal"] != entry["seal"]
    if not again or standing is None or standing.get("kind") not in ("transfer", "void"):
        return []
    amount = standing["amount"] if standing["kind"] == "transfer" else -standing["amount"]
    return [
        change_share(ledger.key(standing[side]), ledger.here, op=op, now=now, delta=delta)
        for side, delta in (("from_account", amount), ("to_account", -amount))
    ]


def _incident(ledger: Ledger, change: Change, now: str) -> Item:
    return entries.incident(
        change.event_id,
        ledger.here,
        "journal-changed",
        now,
        entry=f"{change.row['entry_id']} {change.row['region']}",
        old=change.old,
        new=change.new,
    )
