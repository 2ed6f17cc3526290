"""Money of other regions for a payment that this region's share does not cover."""

from collections.abc import Sequence
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
from ledger.writes import ACCOUNTS, change_share, no_entry


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
        raise _too_little(ledger, wanted, shares, away)
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
            row, entry = ledger.stores[region].get([(ACCOUNTS, {"account_id": key}), (JOURNAL, entry_key)])
        except Unreachable:
            away.append(region)
            continue
        if (executed := read_transfer(entry)) is not None:
            executions.append(executed)
        share = believe(row, ledger.topology)
        if share is not None:
            shares[region] = share
        elif row is not None:
            raise Busy(f"The row {key!r} is being mended. Retry with the same Idempotency-Key.")
    return shares, tuple(executions), tuple(away)


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
    grant = change_share(
        ledger.topology.share_key(giver.account_id, giver.region),
        giver.region,
        op=op,
        now=ledger.now(),
        delta=-size,
        floor=size,
        currency=giver.currency,
        active=True,
        grants={ledger.here: Counter(counter, counter + size)},
    )
    checks = [no_entry(transfer_id, giver.region)] if transfer_id is not None else []
    try:
        ledger.stores[giver.region].write([grant, *checks], op)
    except Cancelled as cancelled:
        reason = cancelled.reasons[0]
        return (believe(reason.item, ledger.topology) if reason.failed else None) or giver
    except Malformed as error:
        raise Busy(f"The account's share in {giver.region} is being mended.") from error
    except Unreachable as error:
        raise RegionUnreachable((giver.region,)) from error
    return replace(giver, balance=giver.balance - size, granted={**giver.granted, ledger.here: counter + size}, last=op)
