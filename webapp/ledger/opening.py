"""Accounts that this region has not used before: their currency, and a share for them."""

from dataclasses import replace

from ledger import entries, funds
from ledger.context import Ledger
from ledger.entries import JOURNAL
from ledger.errors import Busy, RegionUnreachable, UnknownAccount
from ledger.money import ZERO, is_currency
from ledger.requests import Cancelled, Item, Unreachable
from ledger.shares import Share, acceptable, believe, total
from ledger.writes import ACCOUNTS, new_share, put_entry, put_share, status_unchanged


def currencies(ledger: Ledger, *account_ids: str, anew: bool = False) -> list[str]:
    """The currency of each account: remembered (not if ``anew``), or read here once, or asked for at home.

    From the opening entry, never from a row: a hand may have changed that, or put it there. Raises ``UnknownAccount``,
    ``RegionUnreachable`` (not known here, home away) and ``Busy``.
    """
    unknown = [account_id for account_id in account_ids if anew or ledger.currencies.get(account_id) is None]
    if unknown:
        home = ledger.topology.home
        openings = ledger.local.get([(JOURNAL, entries.opening_key(account_id, home)) for account_id in unknown])
        for account_id, entry in zip(unknown, openings, strict=True):
            ledger.currencies[account_id] = _currency_in(entry) or _asked(ledger, account_id)
    found = [ledger.currencies.get(account_id) for account_id in account_ids]
    return [currency or _asked(ledger, account_id) for account_id, currency in zip(account_ids, found, strict=True)]


def _currency_in(entry: Item | None) -> str | None:
    sound = entry is not None and entries.is_sealed(entry) and is_currency(entry.get("currency"))
    return str(entry["currency"]) if entry is not None and sound else None


def _asked(ledger: Ledger, account_id: str) -> str:
    """The currency of an account whose opening has not arrived here.

    While home is away, that of the entry of the own share: it is here without the account's opening if the link was cut
    right after the creation.
    """
    try:
        currency = opened_in(ledger, account_id)
    except RegionUnreachable:
        currency = own_share_opened_in(ledger, account_id)
        if currency is None:
            raise
    if currency is None:
        home_share(ledger, account_id)  # says that there is no such account
        raise Busy(f"The opening of account {account_id!r} is being mended. Retry with the same Idempotency-Key.")
    return currency


def home_share(ledger: Ledger, account_id: str) -> Share:
    """The account's home share, read at home's endpoint: for an account that may not have arrived here yet.

    Raises ``UnknownAccount``, ``RegionUnreachable`` and ``Busy``.
    """
    home = ledger.topology.home
    key = ledger.topology.share_key(account_id, home)
    try:
        row, opened = ledger.home.get([(ACCOUNTS, {"account_id": key}), (JOURNAL, entries.share_entry_key(key, home))])
    except Unreachable as error:
        if ledger.here == home:
            raise
        raise RegionUnreachable((home,)) from error
    if opened is None:  # a row put by hand is no account before it is adopted, whatever it looks like
        raise UnknownAccount(account_id)
    share = believe(row, ledger.topology)
    if share is not None:
        return share
    raise Busy(f"The row of account {account_id!r} is being mended. Retry with the same Idempotency-Key.")


def opened_in(ledger: Ledger, account_id: str) -> str | None:
    """The currency that the account was opened in, whatever a hand has made of its rows and their copies.

    ``None`` if home has no such entry as the ledger puts it. Raises ``RegionUnreachable``.
    """
    home = ledger.topology.home
    key = [(JOURNAL, entries.opening_key(account_id, home))]
    (entry,) = ledger.local.get(key)
    if _currency_in(entry) is None and ledger.here != home:
        try:
            (entry,) = ledger.home.get(key)
        except Unreachable as error:
            raise RegionUnreachable((home,)) from error
    return _currency_in(entry)


def own_share_opened_in(ledger: Ledger, account_id: str) -> str | None:
    """The currency that this region's share was opened in; ``None`` if it has no such entry as the ledger puts it."""
    (share,) = ledger.local.get([(JOURNAL, entries.share_entry_key(ledger.key(account_id), ledger.here))])
    return _currency_in(share)


def open_share(ledger: Ledger, account_id: str, registered: Share | None = None) -> bool:
    """Open this region's share of the account, born with what other regions have granted to it already.

    ``registered``: the home share, where the caller knows it. Returns whether the share was opened now; does nothing
    if there is a row. The ``share~`` entry forbids that a share deleted by hand is opened again, with nothing in it,
    and accepts all grants anew. Raises ``UnknownAccount``, ``RegionUnreachable``, ``Busy``.
    """
    home = ledger.topology.home
    if ledger.here == home:
        home_share(ledger, account_id)  # was made with the account; if it is missing, this says so
        return False
    known = funds.images(ledger, account_id)
    if ledger.here in known:
        return False
    fresh = registered is not None
    registered = registered or known.get(home) or home_share(ledger, account_id)
    if not fresh and opened_in(ledger, account_id) != registered.currency:
        raise Busy(f"The row of account {account_id!r} is being mended. Retry with the same Idempotency-Key.")
    unopened = replace(registered, region=ledger.here, balance=ZERO, granted={}, accepted={})
    accepts = acceptable(unopened, [*known.values(), registered])
    now, op, key = ledger.now(), ledger.new_id(), ledger.key(account_id)
    row = new_share(
        key,
        ledger.here,
        registered.currency,
        op=op,
        now=now,
        balance=total(accepts),
        accepted={region: counter.new for region, counter in accepts.items()},
        status=registered.status,
        status_version=registered.status_version,
    )
    home_key = ledger.topology.share_key(account_id, home)
    writes = [
        put_share(row),
        put_entry(entries.share_opened(key, ledger.here, now, registered.currency)),
        status_unchanged(home_key, registered.status, registered.status_version),
    ]
    try:
        ledger.local.write(writes, op)
    except Cancelled as cancelled:
        share, entry, _ = cancelled.reasons
        if entry.failed and not share.failed:
            raise Busy(f"The share {key!r} was deleted by hand and is being mended.") from cancelled
        return False
    return True
