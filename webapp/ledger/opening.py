"""Accounts that this region has not used before: their currency, and a share for them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ledger import entries, funds
from ledger.context import Ledger
from ledger.entries import JOURNAL
from ledger.errors import Busy, RegionUnreachable, UnknownAccount
from ledger.money import ZERO, is_currency
from ledger.requests import Cancelled, Unreachable
from ledger.shares import Share, acceptable, believe, total
from ledger.writes import ACCOUNTS, new_share, put_entry, put_share, status_unchanged


def currencies(ledger: Ledger, *account_ids: str, anew: bool = False) -> list[str]:
    """The currency of each account: remembered (not if ``anew``), or read here once, or asked for at home.

    Raises ``UnknownAccount``, ``RegionUnreachable`` (not known here, home away) and ``Busy``.
    """
    unknown = [account_id for account_id in account_ids if anew or ledger.currencies.get(account_id) is None]
    if unknown:
        for account_id, shares in zip(unknown, _known_here(ledger, unknown), strict=True):
            ledger.currencies[account_id] = shares[0].currency if shares else _asked(ledger, account_id)
    found = [ledger.currencies.get(account_id) for account_id in account_ids]
    return [currency or _asked(ledger, account_id) for account_id, currency in zip(account_ids, found, strict=True)]


def _known_here(ledger: Ledger, account_ids: Sequence[str]) -> list[list[Share]]:
    """The home share and the own share of each account, as far as they are here, sound, and known to the journal.

    The own share, because it may be here without the home share, when the link was cut right after the creation.
    The journal, because a hand may have put a whole share there, copied from another account.
    """
    topology = ledger.topology
    regions = dict.fromkeys((topology.home, ledger.here))
    keys = [(topology.share_key(account_id, region), region) for region in regions for account_id in account_ids]
    rows = ledger.local.get(
        [(ACCOUNTS, {"account_id": key}) for key, _ in keys]
        + [(JOURNAL, entries.share_entry_key(key, region)) for key, region in keys]
    )
    shares = [
        share
        for row, opened in zip(rows[: len(keys)], rows[len(keys) :], strict=True)
        if opened is not None and (share := believe(row, topology)) is not None
    ]
    return [[share for share in shares if share.account_id == account_id] for account_id in account_ids]


def confirm(ledger: Ledger, accounts: Mapping[str, str]) -> None:
    """Check currencies by account id against the journal, before something is refused for good because of them.

    They may have been read from a row that a hand had changed. Raises ``Busy`` then, and ``RegionUnreachable``.
    """
    opened = {account_id: opened_in(ledger, account_id) for account_id in accounts}
    if opened != accounts:
        for account_id, currency in opened.items():
            if is_currency(currency):
                ledger.currencies[account_id] = currency
        raise Busy("The row of one of the accounts is being mended. Retry with the same Idempotency-Key.")


def _asked(ledger: Ledger, account_id: str) -> str:
    return home_share(ledger, account_id).currency


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


def opened_in(ledger: Ledger, account_id: str) -> object:
    """The currency that the account was opened in, whatever a hand has made of its rows and their copies.

    ``None`` if home has no such entry as the ledger puts it. Raises ``RegionUnreachable``.
    """
    home = ledger.topology.home
    key = [(JOURNAL, entries.opening_key(account_id, home))]
    (entry,) = ledger.local.get(key)
    if not entries.is_sealed(entry):
        try:
            (entry,) = ledger.home.get(key)
        except Unreachable as error:
            raise RegionUnreachable((home,)) from error
    return entry["currency"] if entry is not None and entries.is_sealed(entry) else None


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
        put_entry(entries.share_opened(key, ledger.here, now)),
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
