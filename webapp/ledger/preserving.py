"""Journal entries are put once and never changed: what a hand changes or deletes is put back from the event."""

from ledger import entries
from ledger.context import Ledger
from ledger.requests import Cancelled
from ledger.restoring import Change
from ledger.writes import overwrite_entry, put_entry


def is_damage(change: Change) -> bool:
    """Whether an entry as the ledger put it is gone, or is not that any more."""
    return entries.is_sealed(change.old) and not entries.is_sealed(change.new)


def put_back(ledger: Ledger, change: Change) -> bool:
    """Put the entry back as it was, once, with an incident. Returns whether it was done now.

    Whatever is there meanwhile: an entry with its seal is right for ever, so no later version can be lost.
    """
    entry = change.old
    if entry is None:
        raise ValueError("nothing to put back")
    found = entries.incident(
        change.event_id,
        ledger.here,
        "journal-changed",
        ledger.now(),
        entry=f"{entry['entry_id']} {entry['region']}",
        old=change.old,
        new=change.new,
    )
    try:
        ledger.local.write([overwrite_entry(entry), put_entry(found)], ledger.new_id())
    except Cancelled:
        return False  # an earlier delivery of this event has done it
    return True
