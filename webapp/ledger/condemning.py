"""Shares that are taken out of use until the sweep has rebuilt them, or adopted them.

Without ``ledger_balance`` the guard refuses every write. That is what remains where no event tells what a hand did.
"""

from ledger import entries
from ledger.adopting import is_registered
from ledger.context import Ledger
from ledger.entries import JOURNAL
from ledger.errors import Busy
from ledger.requests import Cancelled, Item, Unreachable, Write
from ledger.shares import LONGEST_NAME
from ledger.writes import ABSENT, ACCOUNTS, has_entry, no_entry, no_share, out_of_use, put_entry

ATTEMPTS = 5  # reads and writes of a row that a hand keeps changing


def leave_to_sweep(ledger: Ledger, key: str, row: Item | None, *, op: str, now: str, event_id: str) -> list[Write]:
    """What takes a share out of use until it is rebuilt: ``row`` as it was read.

    The event that a missing row was deleted must not put it back, now or should the one put here be deleted, too: the
    entry that forbids that is put, also for what the journal does not know, since a hand may have hidden the entries
    that say so. But what is no share of any account, as it seems, gets no row.
    """
    if row is not None:
        return [out_of_use(key, row, op=op, now=now, event_id=event_id)]
    names = (entries.share_entry_key(key, ledger.here)["entry_id"], entries.rebuilt_id(key))
    opened, marked = ledger.local.get([(JOURNAL, entries.transfer_key(name, ledger.here)) for name in names])
    known = opened is not None or is_of_an_account(ledger, key)
    writes = [out_of_use(key, None, op=op, now=now, event_id=event_id) if known else no_share(key)]
    if marked is None:
        writes.append(put_entry(entries.rebuilt(key, ledger.here, now)))
    return writes


def is_of_an_account(ledger: Ledger, key: str) -> bool | None:
    """Whether the books have an account that ``key`` can be a share of; ``None`` while home cannot be asked."""
    try:
        return is_registered(ledger, ledger.topology.account_of(key))
    except Unreachable:
        return None


def is_opened(ledger: Ledger, key: str) -> bool:
    """Whether the journal knows the share."""
    (opened,) = ledger.local.get([(JOURNAL, entries.share_entry_key(key, ledger.here))])
    return opened is not None


def condemn(ledger: Ledger, key: str, row: Item, *, is_new: bool) -> bool:
    """Take a sound row out of use, if the journal says that a hand has put it. Returns whether it was done now.

    The journal does not know the share, or (``is_new``: there was no row before) it knows one that was rebuilt, and not
    as this row. The sweep then adopts it at home, so that the books say where its money came from, or rebuilds it from
    the books. Whatever the row has become since: the ledger may have moved it, and if a later hand has damaged it, the
    event of that would put it back to what this one has left. Raises ``Busy`` if the row does not hold still.
    """
    share_key = entries.share_entry_key(key, ledger.here)
    marker = entries.transfer_key(entries.rebuilt_id(key), ledger.here)
    for _ in range(ATTEMPTS):
        standing, opened, marked = ledger.local.get(
            [(ACCOUNTS, {"account_id": key}), (JOURNAL, share_key), (JOURNAL, marker)]
        )
        if standing is None or "condemned" in standing:
            return False  # the event of its deletion leads to the same; or it is out of use
        if opened is None:
            found = _put_by_hand(ledger, key, row, "unknown-share", entries.image(row))
            checks = [no_entry(share_key["entry_id"], ledger.here)]
        elif is_new and _is_put_again(ledger, row, standing, opened, marked):
            found, checks = _put_by_hand(ledger, key, row, "foreign-write", str(row.get("last", ""))), []
        else:
            return False
        if _condemned_for(ledger, key, standing, found, checks):
            return True
    raise Busy(f"The row {key!r} is changed all the time.")


def _is_put_again(ledger: Ledger, row: Item, standing: Item, opened: Item, marked: Item | None) -> bool:
    """Whether a hand has put ``row``, an old image or a copy that came back, and the sweep has not rebuilt it since.

    What the ledger puts where no row was names no version before it. A share that was rebuilt once is put there only by
    the sweep, whose incident has the row, and none that it replaced. Every rebuilding gives a share a new ``rebuilt``.
    """
    if row.get("rebuilt", ABSENT) != standing.get("rebuilt", ABSENT):
        return False  # a late event, of the creation perhaps
    if marked is None or "prev" in row:
        return "prev" in row
    if "currency" in opened and str(opened.get("opened_at")) > str(marked.get("rebuilt_at")):
        return False  # of the creation, after a hand had put and deleted a row of this name
    last = str(row.get("last", ""))[:LONGEST_NAME]  # a hand's text may be longer than any key
    (incident,) = ledger.local.get([(JOURNAL, entries.rebuilding_key(last, ledger.here))])
    known = incident is not None and entries.is_sealed(incident) and "old_image" not in incident
    return not known or incident is None or incident.get("new_image") != entries.image(row)


def _put_by_hand(ledger: Ledger, key: str, row: Item, reason: str, what: str) -> Item:
    name = f"put-by-hand~{entries.digest(key, what)[:32]}"
    account_id = ledger.topology.account_of(key)
    return entries.incident(name, ledger.here, reason, ledger.now(), share=key, account=account_id, new=row)


def _condemned_for(ledger: Ledger, key: str, standing: Item, found: Item, checks: list[Write]) -> bool:
    """Take ``standing`` out of use, with the incident ``found`` unless a hand has done the very same before."""
    (known,) = ledger.local.get([(JOURNAL, entries.key_of(found))])
    op = ledger.new_id()
    writes = [out_of_use(key, standing, op=op, now=ledger.now(), event_id=found["entry_id"]), *checks]
    writes.append(put_entry(found) if known is None else has_entry(entries.key_of(found)))
    try:
        ledger.local.write(writes, op)
    except Cancelled:
        return False
    return True
