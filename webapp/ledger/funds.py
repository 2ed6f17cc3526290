"""Money of other regions for a payment that this region's share does not cover."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from ledger import entries, refusals
from ledger.context import Ledger
from ledger.entries import JOURNAL, Transfer, read_transfer
from ledger.errors import AccountFrozen, Busy, InsufficientFunds, RegionUnreachable, Visible
from ledger.money import ZERO
from ledger.requests import Cancelled, Malformed, Unreachable
from ledger.shares import (
    ACTIVE,
    Counter,
    Counters,
    Share,
    acceptable,
    believe,
    grant_size,
    holdings,
    plan_debit,
    total,
)
from ledger.writes import ACCOUNTS, change_share, no_entry, with_token


def images(ledger: Ledger, account_id: str) -> dict[str, Share]:
    """The account's shares as they are known here, by region; rows that are not the ledger's work are left out."""
    keys = ledger.topology.share_keys(account_id)
    rows = ledger.local.get([(ACCOUNTS, {"account_id": key}) for key in keys.values()])
    found = (believe(row, ledger.topology) for row in rows)
    return {share.region: share for share in found if share is not None}


def find(ledger: Ledger, wanted: Transfer, own: Share, checked: Sequence[str]) -> Counters | refusals.Executed:
    """What to accept in the payer's share so that it covers the payment: first what is visible here, then grants.

    ``own`` is this region's share as the refusal returned it. If another region turns out to have executed the id
    already, that is the answer. Raises ``InsufficientFunds`` only after every other region has answered,
    ``RegionUnreachable``, ``AccountFrozen`` and ``Busy``.
    """
    seen = images(ledger, wanted.from_account)
    own = seen.get(ledger.here, own)
    plan = plan_debit(own, seen.values(), wanted.amount)
    if plan is not None:
        return plan
    known, executions, away = _ask_around(ledger, wanted)
    if executions:
        return refusals.Executed(executions)
    shares = {**seen, **known, ledger.here: own}
    plan = plan_debit(own, shares.values(), wanted.amount)
    if plan is not None:
        return plan
    if (registered := shares.get(ledger.topology.home)) is not None and registered.status != ACTIVE:
        if away and checked:  # a region that cannot be asked may have executed it before the account was frozen
            raise RegionUnreachable(away)
        raise AccountFrozen(wanted.from_account)
    needed = wanted.amount - own.balance - total(acceptable(own, known.values()))
    givers = [
        share
        for share in known.values()
        if share.balance > 0 and share.status == ACTIVE and share.currency == own.currency
    ]
    if sum((giver.balance for giver in givers), ZERO) < needed:
        refusal = _too_little(ledger, wanted, shares, away)
        if isinstance(refusal, InsufficientFunds) and not stood_together(ledger, wanted.from_account, shares):
            return {}  # money came and went between the reads: plan again
        raise refusal
    for giver in sorted(givers, key=lambda share: (-share.balance, share.region)):
        if needed <= 0:
            break
        granted = ask(ledger, giver, needed, wanted.transfer_id if checked else None)
        shares[giver.region] = granted
        needed -= giver.balance - granted.balance
    plan = plan_debit(own, shares.values(), wanted.amount)
    return plan if plan is not None else {}


def _ask_around(ledger: Ledger, wanted: Transfer) -> tuple[dict[str, Share], tuple[Transfer, ...], tuple[str, ...]]:
    """Every other region's share and execution of the id, read at its endpoint; and the regions out of reach."""
    shares: dict[str, Share] = {}
    executions: list[Transfer] = []
    away: list[str] = []
    for region in ledger.others:
        key = ledger.topology.share_key(wanted.from_account, region)
        entry_key = entries.transfer_key(wanted.transfer_id, region)
        try:
            row, opened, entry = ledger.stores[region].get(
                [(ACCOUNTS, {"account_id": key}), (JOURNAL, entries.share_entry_key(key, region)), (JOURNAL, entry_key)]
            )
        except Unreachable:
            away.append(region)
            continue
        if (executed := read_transfer(entry)) is not None:
            executions.append(executed)
        elif entry is not None:  # changed by a hand: nobody knows what was executed
            raise Busy(f"The entry {wanted.transfer_id!r} is being mended. Retry with the same Idempotency-Key.")
        share = believe(row, ledger.topology)
        if share is not None:
            shares[region] = share
        elif row is not None or opened is not None:  # a hand has changed it, or deleted it
            raise Busy(f"The row {key!r} is being mended. Retry with the same Idempotency-Key.")
    return shares, tuple(executions), tuple(away)


def stood_together(ledger: Ledger, account_id: str, shares: Mapping[str, Share]) -> bool:
    """Whether ``shares`` are all that the account has, and were so at one moment: read once more, none has changed.

    They were read one after another, each where it is written. Money that came into the first after that, and out of
    the last before that, is in neither of the two. False also if a region does not answer.
    """
    for region, key in ledger.topology.share_keys(account_id).items():
        try:
            (row,) = ledger.stores[region].get([(ACCOUNTS, {"account_id": key})])
        except Unreachable:
            return False
        read = shares.get(region)
        if (row is None) != (read is None) or (row is not None and read is not None and row.get("last") != read.last):
            return False
    return True


def _too_little(
    ledger: Ledger, wanted: Transfer, shares: dict[str, Share], away: tuple[str, ...]
) -> InsufficientFunds | RegionUnreachable | Busy:
    held = holdings(shares.values(), ledger.here)
    visible = Visible(wanted.currency, held.here, held.elsewhere, held.in_transit)
    if away:
        return RegionUnreachable(away, visible)
    if held.balance >= wanted.amount:
        return Busy("The account's money is on its way between regions. Retry with the same Idempotency-Key.")
    return InsufficientFunds(wanted.from_account, visible)


def ask(ledger: Ledger, giver: Share, needed: Decimal, transfer_id: str | None) -> Share:
    """Let ``giver``'s region grant money to this one, at its endpoint. Returns the giver's share after it.

    If the giver's row has changed meanwhile, the newer share is returned and nothing is granted: whoever asked
    plans again. The condition on the counter seen keeps a repeated request from granting twice; with
    ``transfer_id``, so does the giver's own execution of that transfer. Raises ``RegionUnreachable``, ``Busy``.
    """
    counter = giver.granted_to(ledger.here)
    size = grant_size(giver, needed)
    if size <= 0:
        return giver
    op = ledger.new_id()
    key = ledger.topology.share_key(giver.account_id, giver.region)
    grant = change_share(
        key,
        giver.region,
        op=op,
        now=ledger.now(),
        delta=-size,
        floor=size,
        currency=giver.currency,
        active=True,
        grants={ledger.here: Counter(counter, counter + size)},
    )
    check = with_token(key, giver.region) if transfer_id is None else no_entry(transfer_id, giver.region)
    try:
        ledger.stores[giver.region].write([grant, check], op)
    except Cancelled as cancelled:
        reason = cancelled.reasons[0]
        return (believe(reason.item, ledger.topology) if reason.failed else None) or giver
    except Malformed as error:
        raise Busy(f"The account's share in {giver.region} is being mended.") from error
    except Unreachable as error:
        raise RegionUnreachable((giver.region,)) from error
    return replace(giver, balance=giver.balance - size, granted={**giver.granted, ledger.here: counter + size}, last=op)
