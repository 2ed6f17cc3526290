"""What a hand changes or deletes in the journal is put back from the event."""

from decimal import Decimal

from ledger import entries
from ledger.condemning import leave_to_sweep
from ledger.context import Ledger
from ledger.entries import JOURNAL
from ledger.errors import Busy
from ledger.money import ZERO
from ledger.requests import Cancelled, Item, Write
from ledger.restoring import Change
from ledger.shares import believe
from ledger.writes import ABSENT, ACCOUNTS, entry_stands, no_entry, put_entry, replace_entry, shift_share

ATTEMPTS = 5  # reads and writes of an entry that does not hold still


def is_damage(ledger: Ledger, change: Change) -> bool:
    """Whether an entry as the ledger put it is gone, or is not that any more.

    Also if another one of the ledger's stands there, and the ledger has not put it there: a hand has, from memory.
    """
    old, new = change.old, change.new
    if old is None or not entries.is_sealed(old):
        return False
    if new is None or not entries.is_sealed(new):
        return True
    return new["seal"] != old["seal"] and not _is_undone(ledger, old)


def _is_undone(ledger: Ledger, entry: Item) -> bool:
    (undone,) = ledger.local.get([(JOURNAL, entries.undone_key(entry, ledger.here))])
    return undone is not None


def put_back(ledger: Ledger, change: Change) -> bool:
    """Put the entry back as it was, once, with an incident. Returns whether it was done now.

    If the ledger has done the same thing again meanwhile, because nothing said any more that it was done, another
    sealed entry stands there: then one of the two is taken out of the shares in the same transaction. A share that may
    have been rebuilt without the entry is taken out of use, so that the sweep rebuilds it with it. Raises ``Busy``
    while entry or shares do not hold still.
    """
    entry = change.old
    if entry is None:
        raise ValueError("nothing to put back")
    key = entries.key_of(entry)
    for _ in range(ATTEMPTS):
        standing, undone = ledger.local.get([(JOURNAL, key), (JOURNAL, entries.undone_key(entry, ledger.here))])
        now, op = ledger.now(), ledger.new_id()
        writes = [] if undone is not None else _again(ledger, change.event_id, entry, standing, op, now)
        writes.append(put_entry(_incident(ledger, change, now)))
        try:
            ledger.local.write(writes, op)
        except Cancelled as cancelled:
            if cancelled.reasons[-1].failed:
                return False  # an earlier delivery of this event has done it
        else:
            return undone is None
    raise Busy(f"The journal entry {key} is changed all the time, or a share that it moved is being mended.")


def _again(ledger: Ledger, event_id: str, entry: Item, standing: Item | None, op: str, now: str) -> list[Write]:
    """Let the first of ``entry`` and ``standing`` stand; the other is out of the shares from now on.

    Of several executions that hands have hidden from each other the first is left, whichever event comes first: it is
    the one that has made other regions undo theirs.
    """
    second = _second(ledger, entry, standing)
    if second is None or _order(entry) <= _order(second):
        stays, goes, placed = entry, second, replace_entry(entry, standing)
    else:
        stays, goes, placed = second, entry, entry_stands(second)
    deltas: dict[str, Decimal | None] = dict.fromkeys(_moved(ledger, stays), ZERO)
    writes = [placed, no_entry(entries.undone_key(stays, ledger.here)["entry_id"], ledger.here)]
    if goes is not None:
        writes.append(put_entry(entries.undone(goes, ledger.here, now)))
        if goes["kind"] == "transfer":
            (void,) = ledger.local.get([(JOURNAL, entries.void_key(goes))])
            if void is not None and entries.is_sealed(void):
                writes.append(entry_stands(void))  # it is out of the shares already
            else:
                writes.append(replace_entry(entries.void(goes, ledger.here, now), void))
                for key, moved in _moved(ledger, goes).items():
                    deltas[key] = (deltas.get(key) or ZERO) - moved
        else:  # only the entry ``undone~`` would say that it is out, and a hand may delete that
            deltas |= dict.fromkeys([goes["share"]] if goes["kind"] == "share" else _moved(ledger, goes))
    changes = [write for key, delta in deltas.items() for write in _agree(ledger, key, delta, op, now, event_id)]
    return [*changes, *writes]


def _second(ledger: Ledger, entry: Item, standing: Item | None) -> Item | None:
    """``standing``, if the ledger has put it while ``entry`` was missing."""
    if standing is None or not entries.is_sealed(standing) or standing["seal"] == entry["seal"]:
        return None
    return None if _is_undone(ledger, standing) else standing


def _order(entry: Item) -> tuple[str, str]:
    return next((str(entry[name]) for name in entries.TIMES if name in entry), ""), str(entry["seal"])


def _moved(ledger: Ledger, entry: Item) -> dict[str, Decimal]:
    """What ``entry`` has added to this region's shares, by their keys."""
    match entry["kind"]:
        case "opening":
            return {ledger.key(entry["account_id"]): entry["amount"]}
        case "transfer":
            amount = entry["amount"]
        case "void":
            amount = -entry["amount"]
        case _:
            return {}
    return {ledger.key(entry["from_account"]): -amount, ledger.key(entry["to_account"]): amount}


def _agree(ledger: Ledger, key: str, delta: Decimal | None, op: str, now: str, event_id: str) -> list[Write]:
    """Add ``delta`` to a share whose numbers have the entry in them; any other, or ``None``, is left to the sweep.

    A share that was rebuilt may have been so while the entry was missing, and one that is damaged may be so just now.
    """
    (row,) = ledger.local.get([(ACCOUNTS, {"account_id": key})])
    if delta is None or believe(row, ledger.topology) is None or (row is not None and "rebuilt" in row):
        return leave_to_sweep(ledger, key, row, op=op, now=now, event_id=event_id)
    return [shift_share(key, ledger.here, op=op, now=now, delta=delta, counters={}, resets={}, rebuilt=ABSENT)]


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
