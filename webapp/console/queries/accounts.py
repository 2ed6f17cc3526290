"""Accounts as the admin shows them: also those whose rows cannot be believed now."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.context import Ledger
from ledger.errors import RegionUnreachable
from ledger.names import is_account_id
from ledger.requests import Contended, Item, Query, Unreachable
from ledger.shares import Holdings, Share, believe, holdings
from ledger.writes import ACCOUNTS, INDEX_OF_ACCOUNTS, LISTED

LOOKED_AT = 1000  # entries of the index in one query of a filtered list
QUERIES = 3  # of them for one page


@dataclass(frozen=True, slots=True)
class Listed:
    """An account in a list. ``holdings``: ``None`` if its home share cannot be believed now."""

    account_id: str
    currency: str
    status: str
    holdings: Holdings | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which accounts: ids that begin with ``prefix``; with this currency and status, if given."""

    prefix: str = ""
    currency: str | None = None
    status: str | None = None

    @property
    def looks_at_many(self) -> bool:
        """Whether accounts have to be looked at that are not shown: the index is in order of ids only."""
        return self.currency is not None or self.status is not None

    def fits(self, entry: Item) -> bool:
        """Whether an entry of the index is wanted."""
        return self.currency in (None, entry.get("currency")) and self.status in (None, entry.get("status"))


@dataclass(frozen=True, slots=True)
class Found:
    """A page of accounts; ``following`` is the id after which the next begins. ``looked_at``: entries of the index."""

    accounts: list[Listed]
    following: str | None
    looked_at: int


def page(ledger: Ledger, limit: int, wanted: Filter, *, cursor: str | None = None, descending: bool = False) -> Found:
    """Up to ``limit`` accounts in order of their ids.

    One index query and a batch read of their rows (100 to a request). With a filter up to ``QUERIES`` index queries of
    ``LOOKED_AT`` entries each, and then the page ends, with as many as were found: never a whole table for a page.
    """
    entries: list[Item] = []
    size = LOOKED_AT if wanted.looks_at_many else limit + 1
    looked_at, place, ended = 0, cursor, False
    for _ in range(QUERIES if wanted.looks_at_many else 1):
        items = ledger.local.query(_query(wanted.prefix, size, place, descending=descending))
        for item in items:
            if not item["account_id"].startswith(wanted.prefix):
                ended = True
                break
            if wanted.fits(item):
                if len(entries) == limit:
                    return Found(_listed(ledger, entries), entries[-1]["account_id"], looked_at)
                entries.append(item)
            looked_at, place = looked_at + 1, item["account_id"]
        if ended or len(items) < size:
            return Found(_listed(ledger, entries), None, looked_at)
    return Found(_listed(ledger, entries), place, looked_at)


def _query(prefix: str, size: int, place: str | None, *, descending: bool) -> Query:
    """A bound or the prefix, not both: from the bound on it is read until an id no longer begins so."""
    return Query(
        ACCOUNTS,
        INDEX_OF_ACCOUNTS,
        "bucket",
        LISTED,
        "account_id",
        size,
        descending=descending,
        before=place if descending else None,
        after=None if descending else place,
        prefix=prefix if prefix and place is None else None,
    )


def _listed(ledger: Ledger, entries: Sequence[Item]) -> list[Listed]:
    width = len(ledger.topology.regions)
    keys = [key for entry in entries for key in ledger.topology.share_keys(entry["account_id"]).values()]
    rows = ledger.local.get([(ACCOUNTS, {"account_id": key}) for key in keys]) if keys else []
    return [
        Listed(
            entry["account_id"],
            str(entry.get("currency", "")),
            str(entry.get("status", "")),
            _holdings(ledger, [believe(row, ledger.topology) for row in rows[n * width : (n + 1) * width]]),
        )
        for n, entry in enumerate(entries)
    ]


def _holdings(ledger: Ledger, shares: Sequence[Share | None]) -> Holdings | None:
    believed = [share for share in shares if share is not None]
    registered = any(share.region == ledger.topology.home for share in believed)
    return holdings(believed, ledger.here) if registered else None


@dataclass(frozen=True, slots=True)
class ShareSeen:
    """The row of one region. ``at_source``: read where it is written, not from this region's copy."""

    region: str
    row: Item | None
    share: Share | None
    at_source: bool
    on_the_way: dict[str, Decimal]
    """By region: granted to it, and not accepted there yet."""


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """One account. ``missed``: regions that were to be asked and did not answer."""

    account_id: str
    shares: list[ShareSeen]
    holdings: Holdings | None
    missed: tuple[str, ...]

    @property
    def registered(self) -> Share | None:
        """The home share, if it can be believed."""
        return self.shares[0].share


def look(ledger: Ledger, account_id: str, *, ask: bool = False) -> AccountSeen | None:
    """The account as this region sees it; with ``ask`` each share as its own region has it.

    One request, and one more for each other region if ``ask``. An account that this region knows nothing of is asked
    for at home. ``None``: there is none. Raises ``RegionUnreachable`` if that is not certain.
    """
    if not is_account_id(account_id):
        return None
    topology = ledger.topology
    keys = topology.share_keys(account_id)
    copies = ledger.local.get([(ACCOUNTS, {"account_id": key}) for key in keys.values()])
    rows, sources, missed = dict(zip(keys, copies, strict=True)), {ledger.here}, []
    known = any(row is not None for row in copies)
    asked = [region for region in ledger.others if ask or (not known and region == topology.home)]
    for region in asked:
        try:
            (rows[region],) = ledger.stores[region].get([(ACCOUNTS, {"account_id": keys[region]})])
            sources.add(region)
        except (Unreachable, Contended):
            missed.append(region)
    if not any(row is not None for row in rows.values()):
        if topology.home in missed:
            raise RegionUnreachable((topology.home,))
        return None
    shares = {region: believe(row, topology) for region, row in rows.items()}
    seen = [
        ShareSeen(region, rows[region], share, region in sources, _on_the_way(shares, share))
        for region, share in shares.items()
    ]
    return AccountSeen(account_id, seen, _holdings(ledger, list(shares.values())), tuple(missed))


def _on_the_way(shares: dict[str, Share | None], giver: Share | None) -> dict[str, Decimal]:
    """What ``giver`` has granted and the taker, as far as it is seen, has not accepted."""
    if giver is None:
        return {}
    accepted = {region: taker.accepted_from(giver.region) for region, taker in shares.items() if taker is not None}
    moving = {region: granted - accepted.get(region, Decimal(0)) for region, granted in giver.granted.items()}
    return {region: amount for region, amount in moving.items() if amount > 0}
