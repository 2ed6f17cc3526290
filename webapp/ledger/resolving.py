"""What the Lambda does with one record of a stream: every change in, at most a few writes out.

All of it may be done again, late or in another order: only ``restore`` and ``put_back`` write what an event says, and
they do so under the incident's ``attribute_not_exists``.
"""

from ledger import adopting, entries, preserving, settling, voiding
from ledger.condemning import condemn, is_of_an_account, is_opened
from ledger.context import Ledger
from ledger.entries import read_transfer
from ledger.errors import Busy
from ledger.requests import Malformed
from ledger.restoring import Change, is_on_damaged_row, is_own_work, restore
from ledger.shares import Share, believe


def account_changed(ledger: Ledger, change: Change) -> int:
    """A row of the accounts table has changed in this region. Returns the number of things done."""
    key = change.row["account_id"]
    owner = ledger.topology.owner(key)
    if owner == ledger.here:
        return _own_row_changed(ledger, key, change)
    if owner is None:
        reports = change.new is not None and ledger.here == ledger.topology.home
        return int(adopting.report_stray(ledger, change.row)) if reports else 0
    if _concerns(ledger, change):
        return settling.settle(ledger, ledger.topology.account_of(key))
    return 0


def _own_row_changed(ledger: Ledger, key: str, change: Change) -> int:
    if is_own_work(change, ledger.topology):
        if change.old is None and condemn(ledger, key, change.row, is_new=True):
            return 1
        share = believe(change.new, ledger.topology)
        return settling.settle(ledger, share.account_id) if share is not None and share.balance < 0 else 0
    if is_on_damaged_row(change, ledger.topology):
        return 0
    if believe(change.old, ledger.topology) is None:
        if not is_opened(ledger, key):
            if change.new is None:  # a row that never was a share, or a hand has deleted the entry of it as well
                if is_of_an_account(ledger, key) is False:
                    return 0
            elif "ledger_balance" not in change.new:
                return int(adopting.adopt(ledger, key))
        elif adopting.is_from_before(ledger, key, change.old, change.new):
            return 0
    done = int(restore(ledger, key, change))
    return done + settling.settle(ledger, ledger.topology.account_of(key))


def _concerns(ledger: Ledger, change: Change) -> bool:
    """Whether another region's share has changed in a way that this region acts on."""
    new, old = believe(change.new, ledger.topology), believe(change.old, ledger.topology)
    if new is None:
        return False
    return old is None or _seen_here(ledger, new) != _seen_here(ledger, old)


def _seen_here(ledger: Ledger, share: Share) -> object:
    return share.granted_to(ledger.here), share.status_version, share.status


def journal_changed(ledger: Ledger, change: Change) -> int:
    """An entry of the journal has arrived in this region. Returns the number of things done."""
    if entries.writer(change.row["region"]) == ledger.here:
        return int(preserving.put_back(ledger, change)) if preserving.is_damage(ledger, change) else 0
    execution = read_transfer(change.new)
    if execution is None:
        return 0
    try:
        return int(voiding.void_own(ledger, execution.transfer_id))
    except (Busy, Malformed):
        return 0  # a share is damaged: the sweep rebuilds it and then undoes this execution
