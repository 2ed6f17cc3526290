"""One transfer id executed in two regions: the execution with the smallest (time, region) stands."""

from ledger import entries
from ledger.context import Ledger
from ledger.entries import JOURNAL, read_transfer
from ledger.errors import Busy
from ledger.requests import Cancelled
from ledger.settling import report_once
from ledger.writes import change_share, put_entry


def void_own(ledger: Ledger, transfer_id: str) -> bool:
    """Undo this region's execution of an id if another region's stands. Returns whether anything was done now.

    Two share updates without conditions on funds or status: a recipient that has spent the money goes below zero
    here, and settling covers it. Same id with different bodies: one acknowledged payment is undone, which is an
    incident. Raises ``Busy`` while a row is damaged.
    """
    here, regions = ledger.here, ledger.topology.regions
    rows = ledger.local.get([(JOURNAL, entries.transfer_key(transfer_id, region)) for region in regions])
    executions = [(found, row) for row in rows if row is not None and (found := read_transfer(row)) is not None]
    own, entry = next((execution for execution in executions if execution[0].region == here), (None, None))
    if own is None or entry is None:
        return False
    stands = entries.standing([found for found, _ in executions])
    if stands is own:
        return False
    now, op = ledger.now(), ledger.new_id()
    different = entries.incident(
        f"different-transfers~{transfer_id}",
        here,
        "different-transfers",
        now,
        transfer_id=transfer_id,
        stands_in=stands.region,
    )
    keys = [entries.void_key(entry), entries.key_of(different)]
    void, reported = ledger.local.get([(JOURNAL, key) for key in keys])
    is_news = own.digest != stands.digest and reported is None
    if void is not None:  # of a first execution that a hand hid, and that was for other accounts, nothing was said yet
        return is_news and report_once(ledger, different)
    writes = [
        change_share(ledger.key(own.from_account), here, op=op, now=now, delta=own.amount),
        change_share(ledger.key(own.to_account), here, op=op, now=now, delta=-own.amount),
        put_entry(entries.void(entry, stands.region, now)),
    ]
    if is_news:
        writes.append(put_entry(different))
    try:
        ledger.local.write(writes, op)
    except Cancelled as cancelled:
        if cancelled.reasons[2].failed:
            return False  # undone by an earlier delivery
        raise Busy(f"A row of transfer {transfer_id!r} is being mended.") from cancelled
    return True
