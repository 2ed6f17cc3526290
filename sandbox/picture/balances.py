"""Shares of accounts, as a region's table has them and as they truly are."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ledger.context import Ledger
from ledger.money import ZERO
from ledger.shares import Share, believe
from ledger.writes import ACCOUNTS

type Shares = Mapping[str, Sequence[Share | None]]
"""By account. ``None``: a row that is being mended."""


def read(ledger: Ledger, account_ids: Sequence[str]) -> Shares:
    """The shares that the table of the ledger's region has, in one reading."""
    keys = [key for account_id in account_ids for key in ledger.topology.share_keys(account_id).values()]
    rows = ledger.local.get([(ACCOUNTS, {"account_id": key}) for key in keys])
    width = len(ledger.topology.regions)
    return {
        account_id: [believe(row, ledger.topology) for row in rows[n * width : (n + 1) * width] if row is not None]
        for n, account_id in enumerate(account_ids)
    }


def true_balance(account_id: str, seen: Mapping[str, Shares]) -> Decimal | None:
    """All money of an account in this moment: each share as its own region has it, and what is between them.

    It is exact at any time, also while regions are read one after the other and payments go on: what a share has
    handed over and what the other one has taken are added with their signs (docs/proof.md, the sum (M)). ``None`` if
    there is no such account, or while a row is being mended.
    """
    own: list[Share] = []
    for region, accounts in seen.items():
        if None in accounts[account_id]:
            return None
        own += [share for share in accounts[account_id] if share is not None and share.region == region]
    if not own:
        return None
    handed = sum((amount for share in own for amount in share.granted.values()), ZERO)
    taken = sum((amount for share in own for amount in share.accepted.values()), ZERO)
    return sum((share.balance for share in own), ZERO) + handed - taken


def on_the_way(seen: Shares, giver: str, taker: str) -> Mapping[str, Decimal]:
    """What ``giver`` has handed to ``taker`` and has not heard back of, as the giver's table has it, by currency."""
    totals: dict[str, Decimal] = {}
    for shares in seen.values():
        known = {share.region: share for share in shares if share is not None}
        if giver in known:
            given = known[giver]
            accepted = known[taker].accepted_from(giver) if taker in known else ZERO
            amount = max(ZERO, given.granted_to(taker) - accepted)
            totals[given.currency] = totals.get(given.currency, ZERO) + amount
    return {currency: total for currency, total in sorted(totals.items()) if total}
