"""Accounts: creation at home, and what a region sees of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger import entries, opening
from ledger.context import Ledger
from ledger.errors import AccountExists, Busy, InvalidField, KeyReused, RegionUnreachable
from ledger.money import ZERO, check_digits, is_currency
from ledger.names import check_account_id
from ledger.requests import Cancelled, Contended, Item, Query, Unreachable
from ledger.shares import ACTIVE, Holdings, Share, believe, holdings
from ledger.writes import ACCOUNTS, INDEX_OF_ACCOUNTS, LISTED, listed, new_share, put_entry, put_share


@dataclass(frozen=True, slots=True)
class Application:
    """A request to create an account with opening money (``balance``, major units).

    ``key``: the client's idempotency key, if it sent one.
    """

    account_id: str
    balance: Decimal
    currency: str
    principal: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """An account as one region sees it. Times UTC, ISO 8601."""

    account_id: str
    currency: str
    status: str
    created_at: str
    here: str
    holdings: Holdings


def create(ledger: Ledger, application: Application) -> tuple[Account, bool]:
    """Create an account at home; the opening money is at the asking region's disposal from the start.

    Returns the account as it was created, and whether an earlier request with the same key had created it.
    Raises ``InvalidField``, ``AccountExists``, ``KeyReused``, ``RegionUnreachable``, ``Busy``.
    """
    check_account_id(application.account_id, "account_id")
    if not is_currency(application.currency):
        raise InvalidField("currency", "Must be an ISO 4217 currency code with a minor unit, such as USD.")
    check_digits(application.balance, application.currency, "balance")
    home, now, op = ledger.topology.home, ledger.now(), ledger.new_id()
    opened = _opening(ledger, application, now)
    row = _home_share(ledger, application, op, now)
    writes = [
        put_share(row),
        put_entry(entries.share_opened(application.account_id, home, now, application.currency)),
        put_entry(opened),
    ]
    body = entries.digest(application.account_id, f"{application.balance.normalize():f}", application.currency)
    if application.key is not None:
        remembered = entries.creation_id(application.principal, application.key)
        writes.append(put_entry(entries.creation(remembered, home, application.account_id, body, now)))
    try:
        ledger.home.write(writes, op)
    except Cancelled as cancelled:
        return _created_before(ledger, application, body, cancelled), True
    except Unreachable as error:
        if ledger.here == home:
            raise
        raise RegionUnreachable((home,)) from error
    ledger.currencies[application.account_id] = application.currency
    if ledger.here != home:
        _open_here(ledger, application.account_id, believe(row, ledger.topology))
    return _as_created(opened), False


def _home_share(ledger: Ledger, application: Application, op: str, now: str) -> dict[str, Any]:
    home, amount = ledger.topology.home, application.balance
    asked_at_home = ledger.here == home
    return listed(
        new_share(
            application.account_id,
            home,
            application.currency,
            op=op,
            now=now,
            balance=amount if asked_at_home else ZERO,
            granted={} if asked_at_home or not amount else {ledger.here: amount},
        )
    )


def _opening(ledger: Ledger, application: Application, now: str) -> dict[str, Any]:
    return entries.opening(
        application.account_id,
        ledger.topology.home,
        application.balance,
        application.currency,
        now,
        source="created",
        granted_to=ledger.here,
    )


def _open_here(ledger: Ledger, account_id: str, registered: Share | None) -> None:
    """Open this region's share at once, so that the account can be used here even if the link is cut now.

    The account exists already: if this fails, the grant is accepted when it arrives, or by the first payment.
    """
    try:
        opening.open_share(ledger, account_id, registered)
    except (Busy, RegionUnreachable, Contended, Unreachable):
        return


def _created_before(ledger: Ledger, application: Application, body: str, cancelled: Cancelled) -> Account:
    if application.key is not None:
        remembered, opened = cancelled.reasons[-1].item, cancelled.reasons[2].item
        if remembered is not None:
            if not entries.is_sealed(remembered):
                raise Busy
            if remembered["digest"] != body:
                raise KeyReused
            if opened is None or not entries.is_sealed(opened):
                raise Busy
            return _as_created(opened)
    raise AccountExists(application.account_id)


def _as_created(opened: Item) -> Account:
    """The account at its creation, from its opening entry: the same for every repetition."""
    amount, region = opened["amount"], opened["granted_to"]
    return Account(
        account_id=opened["account_id"],
        currency=opened["currency"],
        status=ACTIVE,
        created_at=opened["created_at"],
        here=region,
        holdings=Holdings(amount, amount, ZERO, ZERO, {region: amount}),
    )


def read(ledger: Ledger, account_id: str) -> Account:
    """The account as this region sees it now.

    One request. An account that is not known here is asked for at home, because it may not have arrived yet.
    Raises ``UnknownAccount``, ``RegionUnreachable`` and ``Busy``.
    """
    check_account_id(account_id, "account_id")
    (rows,) = _rows(ledger, [account_id])
    shares = _believed(ledger, rows)
    doubtful = [row for row in rows if row is not None and believe(row, ledger.topology) is None]
    if _registered(ledger, shares) is None:
        shares.append(opening.home_share(ledger, account_id))
        doubtful = [row for row in doubtful if row["account_id"] != account_id]  # home's own row is sound
    if doubtful:
        raise Busy(f"A row of account {account_id!r} is being mended. Retry shortly.")
    return _account(ledger, shares)


def page(
    ledger: Ledger, limit: int, after: str | None = None, prefix: str | None = None
) -> tuple[list[Account], str | None]:
    """Up to ``limit`` accounts in order of their ids, after the id ``after`` or with ids beginning with ``prefix``.

    Also returns the id after which the next page begins, ``None`` on the last one: an account whose home share cannot
    be believed now is left out, so a short page is not the end. One index query and one batch read. An account
    is shown with the shares that can be believed now.
    """
    query = Query(ACCOUNTS, INDEX_OF_ACCOUNTS, "bucket", LISTED, "account_id", limit + 1, after=after, prefix=prefix)
    ids = [item["account_id"] for item in ledger.local.query(query)]
    found = [_believed(ledger, rows) for rows in _rows(ledger, ids[:limit])]
    shown = [_account(ledger, shares) for shares in found if _registered(ledger, shares) is not None]
    return shown, ids[limit - 1] if len(ids) > limit else None


def _rows(ledger: Ledger, account_ids: Sequence[str]) -> list[list[Item | None]]:
    """The rows of all shares of each account, the home share's first."""
    keys = [key for account_id in account_ids for key in ledger.topology.share_keys(account_id).values()]
    rows = ledger.local.get([(ACCOUNTS, {"account_id": key}) for key in keys]) if keys else []
    width = len(ledger.topology.regions)
    return [rows[start : start + width] for start in range(0, len(rows), width)]


def _believed(ledger: Ledger, rows: Sequence[Item | None]) -> list[Share]:
    return [share for row in rows if (share := believe(row, ledger.topology)) is not None]


def _registered(ledger: Ledger, shares: Sequence[Share]) -> Share | None:
    return next((share for share in shares if share.region == ledger.topology.home), None)


def _account(ledger: Ledger, shares: Sequence[Share]) -> Account:
    registered = _registered(ledger, shares)
    if registered is None:
        raise ValueError("an account without a home share")
    return Account(
        account_id=registered.account_id,
        currency=registered.currency,
        status=registered.status,
        created_at=registered.created_at,
        here=ledger.here,
        holdings=holdings(shares, ledger.here),
    )
