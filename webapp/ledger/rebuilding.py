"""Shares whose rows cannot be mended from an event: computed again from the journal.

A share's balance is what the journal says this region did to the account, plus what it accepted, minus what it
granted; and the counters are on both sides: what another region accepted from here was granted here. What was granted
and not accepted yet is in the row itself, or in its copies: it stays granted, or it could be spent on both sides. The
row is read before the journal and must be the same afterwards: whatever the ledger does to it meanwhile changes it.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ledger import entries, opening
from ledger.context import Ledger
from ledger.entries import JOURNAL
from ledger.errors import RegionUnreachable
from ledger.money import ZERO, is_currency
from ledger.requests import Cancelled, Item, Unreachable
from ledger.shares import ACTIVE, FROZEN, LONGEST_NAME, Share, are_counters, believe, is_version, next_version
from ledger.writes import ACCOUNTS, listed, new_share, out_of_use, put_entry, replace_share, with_token

STATUS_LEAP = 1000  # more changes of a status than can be on their way between regions


@dataclass
class Books:
    """A damaged or missing share: its row before the journal was read, and what the journal says this region did."""

    row: Item | None
    balance: Decimal = ZERO
    currencies: set[str] = field(default_factory=set)


def read_books(ledger: Ledger, keys: Iterable[str]) -> dict[str, Books]:
    """What is needed to rebuild the shares ``keys`` of this region, with one scan of the journal for all.

    The scan is consistent and of the table: indexes lag. The rows are read before it: a row may be damaged and yet
    pass the guard (a map that is a text now), so that payments still reach it, and those that come after its part
    of the scan must not be lost.
    """
    wanted = sorted(keys)
    if not wanted:
        return {}
    rows = ledger.local.get([(ACCOUNTS, {"account_id": key}) for key in wanted])
    books = {key: Books(row) for key, row in zip(wanted, rows, strict=True)}
    by_account = {ledger.topology.account_of(key): found for key, found in books.items()}
    for groups in entries.by_id(ledger.local.scan(JOURNAL)):
        for group in groups:
            _add(by_account, {entry["region"]: entry for entry in group if entries.is_sealed(entry)}, ledger.here)
    return books


def _add(books: dict[str, Books], found: Mapping[str, Item], here: str) -> None:
    """Add what the region ``here`` did under one id to the accounts in ``books``.

    ``found``: the id's entries by region, without what a hand has put. A payment that is undone did nothing.
    """
    entry = found.get(here, {})
    transfer = entries.read_transfer(entry)
    if transfer is not None and entries.void_key(entry)["region"] not in found:
        _post(books, transfer.from_account, -transfer.amount, transfer.currency)
        _post(books, transfer.to_account, transfer.amount, transfer.currency)
    elif entries.is_opening(entry):
        _post(books, entry["account_id"], entry["amount"], entry["currency"])


def _post(books: dict[str, Books], account_id: str, amount: Decimal, currency: str) -> None:
    if account_id in books:
        books[account_id].balance += amount
        books[account_id].currencies.add(currency)


def rebuild(ledger: Ledger, key: str, books: Books) -> bool:
    """Rebuild one share, if its row still is what it was before ``books`` were read. Returns whether it was.

    A share whose counters cannot be asked for now (another region is away) is left for the next sweep.
    """
    account_id, row = ledger.topology.account_of(key), books.row
    if believe(row, ledger.topology) is not None:
        return False
    try:
        currency = opening.opened_in(ledger, account_id) or opening.own_share_opened_in(ledger, account_id)
        elsewhere = _elsewhere(ledger, key)
    except (RegionUnreachable, Unreachable):
        return False
    op = ledger.new_id()
    share = _share(ledger, key, row, currency, elsewhere, books, op)
    if share is None:
        return False
    now = share["last_updated"]
    name = entries.rebuilding_key(op, ledger.here)["entry_id"]
    found = entries.incident(name, ledger.here, "rebuilt", now, share=key, account=account_id, old=row, new=share)
    writes = [replace_share(share, row), put_entry(found)]
    (before,) = ledger.local.get([(JOURNAL, entries.transfer_key(entries.rebuilt_id(key), ledger.here))])
    if before is None:
        writes.append(put_entry(entries.rebuilt(key, ledger.here, now)))
    try:
        ledger.local.write(writes, op)
    except Cancelled:
        _hold_still(ledger, key)  # the row has changed meanwhile
        return False
    return True


def _hold_still(ledger: Ledger, key: str) -> None:
    """Take a damaged row out of use that passes the guard, so that payments reach it while the books are read.

    The next sweep finds it as this one leaves it, however often the account pays.
    """
    (row,) = ledger.local.get([(ACCOUNTS, {"account_id": key})])
    if row is None or "ledger_balance" not in row or believe(row, ledger.topology) is not None:
        return
    op = ledger.new_id()
    taken = out_of_use(key, row, op=op, now=ledger.now(), event_id=f"rebuild~{op}")
    with suppress(Cancelled):  # a hand's work: the next sweep looks again
        ledger.local.write([taken, with_token(key, ledger.here)], op)


@dataclass
class Elsewhere:
    """What the other regions have of an account, each read where it is written.

    ``shares``: theirs that are sound; ``copies``: of the share that is rebuilt. ``currencies``: what their other rows
    say, which a hand may have put there.
    """

    shares: list[Share] = field(default_factory=list)
    copies: list[Share] = field(default_factory=list)
    currencies: list[object] = field(default_factory=list)


def _elsewhere(ledger: Ledger, key: str) -> Elsewhere:
    """Ask the other regions.

    A share that is damaged as well counts as one that never granted or accepted anything: whichever of the two is
    rebuilt first, the other then agrees with it, and their sum is what the journals say. What it was granted stays
    granted (see ``_granted``). If it is restored with its counters instead, it finds that it has accepted more than was
    granted, and gives that back.
    """
    account_id, found = ledger.topology.account_of(key), Elsewhere()
    for region in ledger.others:
        keys = (ledger.topology.share_key(account_id, region), key)
        own, copy = ledger.stores[region].get([(ACCOUNTS, {"account_id": each}) for each in keys])
        if (share := believe(own, ledger.topology)) is not None:
            found.shares.append(share)
        elif own is not None:
            found.currencies.append(own.get("currency"))
        if (share := believe(copy, ledger.topology)) is not None:
            found.copies.append(share)
    return found


def _share(
    ledger: Ledger,
    key: str,
    row: Item | None,
    opened_in: object,
    elsewhere: Elsewhere,
    books: Books,
    op: str,
) -> dict[str, Any] | None:
    """The share as the journal and the other regions' counters say it must be.

    The row's own currency is believed last: where a hand has put it, money of another currency would follow.
    """
    here, now = ledger.here, ledger.now()
    was = row if row is not None else {}
    others, copies = elsewhere.shares, elsewhere.copies
    candidates = [opened_in, *sorted(books.currencies), *(other.currency for other in others)]
    candidates += [*elsewhere.currencies, was.get("currency")]
    currency = next((code for code in candidates if is_currency(code)), None)
    if currency is None:
        return None
    accepted = {other.region: other.granted_to(here) for other in others if other.granted_to(here)}
    granted = _granted(ledger, was.get("granted"), currency, others, copies)
    before = books.balance + sum(accepted.values(), ZERO)
    if before < sum(granted.values(), ZERO):  # more than there is: a hand's numbers, or of an account below zero
        granted = _granted(ledger, {}, currency, others, [])
    status = _status(ledger, row, others, copies)
    share = new_share(
        key,
        here,
        currency,
        op=op,
        now=now,
        balance=before - sum(granted.values(), ZERO),
        granted=granted,
        accepted=accepted,
        status=status[0],
        status_version=status[1],
    )
    share["rebuilt"] = op
    # A hand's text may leave no room for the rest. A row that names no version before it is rebuilt once more.
    if isinstance(was.get("created_at"), str) and len(was["created_at"]) <= LONGEST_NAME:
        share["created_at"] = was["created_at"]
    if "last" in was and len(str(was["last"])) <= LONGEST_NAME:
        share["prev"] = was["last"]
    return listed(share) if here == ledger.topology.home else share


def _granted(
    ledger: Ledger, row_says: object, currency: str, others: list[Share], copies: list[Share]
) -> dict[str, Decimal]:
    """What the share has granted to each region, by what that has accepted, by its own row and by the row's copies.

    The highest counts: another region's share may be damaged, too, or not have accepted yet, and it may still believe
    the row of before. A number of a hand's only moves money of this account to a region that it can be spent in.
    """
    known = [row_says] if are_counters(row_says, currency) else []
    known += [copy.granted for copy in copies if copy.currency == currency]
    found: dict[str, Decimal] = {}
    for region in ledger.others:
        counters = [says[region] for says in known if region in says]
        counters += [other.accepted_from(ledger.here) for other in others if other.region == region]
        if highest := max(counters, default=ZERO):
            found[region] = highest
    return found


def _status(ledger: Ledger, row: Item | None, others: list[Share], copies: list[Share]) -> tuple[str, int]:
    """The home share's status, or the newest that any row or copy knows of.

    At home under a version above all that the other regions can have copied meanwhile, so that they copy this one.
    """
    home, was = ledger.topology.home, row if row is not None else {}
    registered = next((other for other in others if other.region == home), None)
    if registered is not None:
        return registered.status, registered.status_version
    known = [(share.status_version, share.status) for share in (*others, *copies)]
    if was.get("status") in (ACTIVE, FROZEN) and is_version(was.get("status_version")):
        known.append((int(was["status_version"]), str(was["status"])))
    version, status = max(known, default=(1, ACTIVE))
    return status, next_version(version, STATUS_LEAP) if ledger.here == home else version
