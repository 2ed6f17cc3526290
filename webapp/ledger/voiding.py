"""One transfer id executed in two regions: the execution with the smallest (time, region) stands."""

from ledger import entries
from ledger.context import Ledger
from ledger.entries import JOURNAL, read_transfer
from ledger.errors import Busy
from ledger.requests import Cancelled
from ledger.writes import change_share, put_entry


def void_own(ledger: Ledger, transfer_id: str) -> bool:
    """Undo this region's execution of an id if another region's stands. Returns whether it was undone now.

    Two share updates without conditions on funds or status: a recipient that has spent the money goes below zero
    here, and settling covers it. Same id with different bodies: one acknowledged payment is undone, which is an
    incident. Raises ``Busy`` while a row is damaged.
    """
    regions = ledger.topology.regions
    keys = [(JOURNAL, entries.transfer_key(transfer_id, region)) for region in regions]
    *rows, void = ledger.local.get([*keys, (JOURNAL, entries.void_key(transfer_id, ledger.here))])
    executions = [execution for row in rows if (execution := read_transfer(row)) is not None]
    own = next((execution for execution in executions if execution.region == ledger.here), None)
    if own is None or void is not None:
        return False
    stands = entries.standing(executions)
    if stands is own:
        return False
    now, op, here = ledger.now(), ledger.new_id(), ledger.here
    writes = [
        change_share(ledger.key(own.from_account), here, op=op, now=now, delta=own.amount),
        change_share(ledger.key(own.to_account), here, op=op, now=now, delta=-own.amount),
        put_entry(entries.void(own, stands.region, now)),
    ]
    if own.digest != stands.digest:
        name = f"different-transfers~{transfer_id}"
        found = entries.incident(
            name, here, "different-transfers", now, transfer_id=transfer_id, stands_in=stands.region
        )
        writes.append(put_entry(found))
    try:
        ledger.local.write(writes, op)
    except Cancelled as cancelled:
        if cancelled.reasons[2].failed:
            return False  # undone by an earlier delivery
        raise Busy(f"A row of transfer {transfer_id!r} is being mended.") from cancelled
    return True
