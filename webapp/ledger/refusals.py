"""Why a transfer was refused, read from the cancelled write itself: no further request is needed."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.entries import Transfer, read_transfer
from ledger.requests import Reason
from ledger.shares import ACTIVE, Counters, Share, believe
from ledger.topology import Topology


@dataclass(frozen=True, slots=True)
class Executed:
    """The id has been executed already, here or elsewhere."""

    executions: tuple[Transfer, ...]


@dataclass(frozen=True, slots=True)
class Unopened:
    """These accounts have no share in this region yet."""

    account_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Damaged:
    """The row of this account is not the ledger's own work; it is being mended."""

    account_id: str


@dataclass(frozen=True, slots=True)
class Mismatched:
    """The share of this account keeps another currency than was remembered."""

    account_id: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """This account is frozen."""

    account_id: str


@dataclass(frozen=True, slots=True)
class Short:
    """The payer's share holds too little, or has changed since the write was planned."""

    own: Share


type Refusal = Executed | Unopened | Damaged | Mismatched | Frozen | Short


def explain(transfer: Transfer, accepts: Counters, reasons: Sequence[Reason], topology: Topology) -> Refusal | None:
    """The one reason that counts: executed already, no share, damaged, currency, status, funds, in this order.

    ``reasons`` are those of the writes [debit, credit, entry, checks…]. ``None``: the rows as they were returned
    would have passed, so the same write may be sent again.
    """
    debit, credit, *journal = reasons
    executions = tuple(found for reason in journal if (found := read_transfer(reason.item)) is not None)
    if executions:
        return Executed(executions)
    if any(reason.failed for reason in journal):  # an entry that a hand has changed: nobody knows what was executed
        return Damaged(transfer.from_account)
    failed = [
        (account_id, reason)
        for account_id, reason in ((transfer.from_account, debit), (transfer.to_account, credit))
        if reason.failed
    ]
    if unopened := tuple(account_id for account_id, reason in failed if reason.item is None):
        return Unopened(unopened)
    shares: list[Share] = []
    for account_id, reason in failed:
        share = believe(reason.item, topology)
        if share is None:
            return Damaged(account_id)
        shares.append(share)
    for share in shares:
        if share.currency != transfer.currency:
            return Mismatched(share.account_id)
    for share in shares:
        if share.status != ACTIVE:
            return Frozen(share.account_id)
    return _payer(transfer, accepts, shares)


def _payer(transfer: Transfer, accepts: Counters, shares: Sequence[Share]) -> Refusal | None:
    for share in shares:
        stale = any(share.accepted_from(region) != counter.seen for region, counter in accepts.items())
        needed = transfer.amount - sum(counter.amount for counter in accepts.values())
        if share.account_id == transfer.from_account and (stale or share.balance < needed):
            return Short(share)
    return None
