"""Shares and what may be done with them: pure rules on plain values.

An account's money is divided into shares, one per region, and only its region spends a share. Rights to spend
move by two cumulative counters: the giver raises ``granted``, the taker raises ``accepted`` to match. This is the
bounded counter of Balegas et al., "Extending Eventually Consistent Cloud Databases for Enforcing Numeric
Invariants" (2015).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeGuard

from ledger.money import ZERO, is_currency, quantum
from ledger.requests import Item
from ledger.topology import Topology

ACTIVE = "active"
FROZEN = "frozen"
LAST_VERSION = 10**12
LONGEST_NAME = 100  # characters of an operation or a time as the ledger writes them
_LARGEST = Decimal(10) ** 22  # with four minor digits still inside the 28 digits that Python calculates with


@dataclass(frozen=True, slots=True)
class Share:
    """A share whose row is the ledger's own work. Amounts in major units of ``currency``.

    ``granted`` and ``accepted`` hold a cumulative counter per other region; a missing counter is zero.
    """

    account_id: str
    region: str
    currency: str
    balance: Decimal
    granted: Mapping[str, Decimal]
    accepted: Mapping[str, Decimal]
    status: str
    status_version: int
    created_at: str
    last: str

    def granted_to(self, region: str) -> Decimal:
        """All that this share ever handed to ``region``."""
        return self.granted.get(region, ZERO)

    def accepted_from(self, region: str) -> Decimal:
        """All that this share ever took over from ``region``."""
        return self.accepted.get(region, ZERO)


def believe(row: Item | None, topology: Topology) -> Share | None:
    """The share in ``row``, or ``None`` if the row is not the ledger's own work.

    Checks what every write of the ledger checks in its condition (the row's region writes it, ``balance`` equals
    ``ledger_balance``, it is no copy of another share's row), that all attributes have their types, and that it has not
    been out of use: a hand may complete a row that is.
    """
    if row is None:
        return None
    key, balance, currency = row.get("account_id"), row.get("balance"), row.get("currency")
    sound = (
        isinstance(key, str)
        and (region := topology.owner(key)) is not None
        and row.get("region") == region
        and row.get("share") == key
        and is_currency(currency)
        and _is_amount(balance, currency)
        and isinstance(row.get("ledger_balance"), Decimal)
        and row["ledger_balance"] == balance
        and "condemned" not in row
        and row.get("status") in (ACTIVE, FROZEN)
        and is_version(row.get("status_version"))
        and isinstance(row.get("last"), str)
        and are_counters(row.get("granted"), currency)
        and are_counters(row.get("accepted"), currency)
    )
    if not sound:
        return None
    return Share(
        account_id=topology.account_of(row["account_id"]),
        region=row["region"],
        currency=row["currency"],
        balance=row["balance"],
        granted=row["granted"],
        accepted=row["accepted"],
        status=row["status"],
        status_version=int(row["status_version"]),
        created_at=str(row.get("created_at", "")),
        last=row["last"],
    )


def is_version(value: object) -> TypeGuard[Decimal]:
    """Whether ``value`` can be a ``status_version``: a whole number that can still be counted on."""
    return isinstance(value, Decimal) and 0 <= value <= LAST_VERSION and value == value.to_integral_value()


def next_version(version: int, step: int = 1) -> int:
    """The version after ``version``; none is ever higher than what is believed."""
    return min(version + step, LAST_VERSION)


def _is_amount(value: object, currency: str) -> bool:
    """Whether ``value`` can be in a share: exact to the currency's minor unit, and small enough to calculate with."""
    return isinstance(value, Decimal) and abs(value) < _LARGEST and value == value.quantize(quantum(currency))


def are_counters(value: object, currency: str) -> TypeGuard[Mapping[str, Decimal]]:
    """Whether ``value`` can be ``granted`` or ``accepted`` of a share in ``currency``."""
    return isinstance(value, Mapping) and all(_is_amount(n, currency) and n >= 0 for n in value.values())


@dataclass(frozen=True, slots=True)
class Counter:
    """A cumulative counter's move: from what was seen to what is written."""

    seen: Decimal
    new: Decimal

    @property
    def amount(self) -> Decimal:
        """The money that moves with it."""
        return self.new - self.seen


type Counters = Mapping[str, Counter]


def acceptable(own: Share, others: Iterable[Share]) -> dict[str, Counter]:
    """What ``others`` have granted to ``own``'s region and it has not accepted yet, by giver."""
    moves = {
        giver.region: Counter(seen=own.accepted_from(giver.region), new=giver.granted_to(own.region))
        for giver in others
        if giver.region != own.region and giver.currency == own.currency
    }
    return {region: move for region, move in moves.items() if move.amount > 0}


def over_accepted(own: Share, giver: Share) -> Decimal:
    """What ``own`` has taken over from ``giver`` beyond all that was granted, as far as the two images tell."""
    return max(ZERO, own.accepted_from(giver.region) - giver.granted_to(own.region))


def total(moves: Counters) -> Decimal:
    """The money that all ``moves`` bring."""
    return sum((move.amount for move in moves.values()), ZERO)


def plan_debit(own: Share, others: Iterable[Share], amount: Decimal) -> dict[str, Counter] | None:
    """What ``own`` must accept from ``others`` to pay ``amount``; ``None`` if even all of it is not enough."""
    if own.balance >= amount:
        return {}
    moves = acceptable(own, others)
    return moves if own.balance + total(moves) >= amount else None


def grant_size(giver: Share, needed: Decimal) -> Decimal:
    """How much to ask ``giver`` for: what is needed, or half of what it has if that is more.

    Half, so that a region that keeps paying does not cross the ocean for every payment.
    """
    half = (giver.balance / 2).quantize(quantum(giver.currency), rounding="ROUND_DOWN")
    return min(giver.balance, max(needed, half))


@dataclass(frozen=True, slots=True)
class Holdings:
    """An account's money as one region sees it.

    ``balance = here + elsewhere + in_transit`` holds always; ``in_transit`` is granted and not accepted yet.
    """

    balance: Decimal
    here: Decimal
    elsewhere: Decimal
    in_transit: Decimal
    by_region: Mapping[str, Decimal]


def holdings(shares: Iterable[Share], here: str) -> Holdings:
    """Add up the ``shares`` of one account.

    The images of other regions may be torn: an acceptance may be here before the grant it answers. Then the
    giver's image is the old one, and what it has given already is taken off it.
    """
    known = {share.region: share for share in shares}
    by_region = {region: share.balance for region, share in known.items()}
    in_transit = ZERO
    for giver in known.values():
        for taker in known.keys() | giver.granted.keys():
            if taker == giver.region:
                continue
            accepted = known[taker].accepted_from(giver.region) if taker in known else ZERO
            on_the_way = giver.granted_to(taker) - accepted
            if on_the_way >= 0:
                in_transit += on_the_way
            else:
                by_region[giver.region] += on_the_way
    mine = by_region.get(here, ZERO)
    balance = sum(by_region.values(), in_transit)
    return Holdings(balance, mine, balance - mine - in_transit, in_transit, by_region)
