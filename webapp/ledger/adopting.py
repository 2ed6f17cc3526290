"""A row that nobody made through the ledger becomes an account: ``{account_id, balance, currency}`` put by hand."""

from typing import Literal, get_args

from ledger import entries
from ledger.context import Ledger
from ledger.entries import JOURNAL
from ledger.money import DEFAULT_CURRENCY, is_currency, is_money
from ledger.names import is_account_id
from ledger.requests import Cancelled, Item, Malformed
from ledger.settling import report_once
from ledger.shares import believe
from ledger.topology import SEPARATOR
from ledger.writes import ACCOUNTS, LEDGER_ATTRIBUTES, listed, new_share, put_entry, replace_share

Objection = Literal["unknown-share", "not-an-account-id", "not-a-currency", "not-money", "too-large"]
"""Why a row is nobody's. Who meets such a row asks for an incident with one of these reasons (see the audit)."""
OBJECTIONS: tuple[Objection, ...] = get_args(Objection)


def adopt(ledger: Ledger, key: str) -> bool:
    """Make the row ``key`` an account, with its balance as opening deposit. Returns whether anything was done.

    Decided from the row as it stands, at the home region only; both regions then agree on it. Never deletes a row:
    what cannot be money, or is not a row that an account can have, is left alone with an incident.
    """
    if ledger.here != ledger.topology.home:
        return False
    row, opened = ledger.local.get(
        [(ACCOUNTS, {"account_id": key}), (JOURNAL, entries.share_entry_key(key, ledger.here))]
    )
    if row is None or opened is not None or believe(row, ledger.topology) is not None:
        return False
    objection = _objection(key, row)
    if objection is not None:
        return report_unknown(ledger, key, row, objection)
    now, op, currency = ledger.now(), ledger.new_id(), row.get("currency", DEFAULT_CURRENCY)
    share = listed(new_share(key, ledger.here, currency, op=op, now=now, balance=row["balance"]))
    # Like a rebuilt one: no event from before may change it any more (see ``shift_share``).
    share["rebuilt"] = op
    if "last" in row:
        share["prev"] = row["last"]
    opening = entries.opening(key, ledger.here, row["balance"], currency, now, source="adopted", granted_to=ledger.here)
    theirs = {name: value for name, value in row.items() if name not in LEDGER_ATTRIBUTES}
    writes = [
        replace_share({**theirs, **share}, row),
        put_entry(entries.share_opened(key, ledger.here, now, currency)),
        put_entry(opening),
    ]
    try:
        ledger.local.write(writes, op)
    except Malformed:
        return report_unknown(ledger, key, row, "too-large")  # with the ledger's attributes it would be over 400 KB
    except Cancelled:
        return False  # the row has changed: its next event, or the sweep, comes back to it
    return True


def is_registered(ledger: Ledger, account_id: str) -> bool:
    """Whether the journal at home knows the account. Raises ``Unreachable``."""
    home = ledger.topology.home
    keys = [entries.opening_key(account_id, home), entries.share_entry_key(account_id, home)]
    return any(entry is not None for entry in ledger.home.get([(JOURNAL, key) for key in keys]))


def is_from_before(ledger: Ledger, key: str, *images: Item | None) -> bool:
    """Whether an event with these ``images`` of an adopted account tells what hands did before the adoption.

    Such events come when the row has been adopted as it was after all of them, and they may come again. The ledger
    never wrote the images, and the row is sound now.
    """
    if any(image is not None and ("last" in image or "ledger_balance" in image) for image in images):
        return False
    row, opened = ledger.local.get(
        [(ACCOUNTS, {"account_id": key}), (JOURNAL, entries.opening_key(key, ledger.topology.home))]
    )
    adopted = opened is not None and opened.get("source") == "adopted"
    return adopted and believe(row, ledger.topology) is not None


def _objection(key: str, row: Item) -> Objection | None:
    """Why the row cannot become an account, or ``None``."""
    if not is_account_id(key):
        return "not-an-account-id"
    currency = row.get("currency", DEFAULT_CURRENCY)
    if not is_currency(currency):
        return "not-a-currency"
    if not is_money(row.get("balance"), currency):
        return "not-money"
    return None


def report_stray(ledger: Ledger, row: Item) -> bool:
    """An incident about a row that can be no account: it is never adopted."""
    key = row["account_id"]
    return report_unknown(ledger, key, row, "unknown-share" if SEPARATOR in key else "not-an-account-id")


def report_unknown(ledger: Ledger, key: str, row: Item, reason: Objection) -> bool:
    """An incident about a row that is nobody's, once for every value it has."""
    name = unknown_id(key, row, reason)
    return report_once(ledger, entries.incident(name, ledger.here, reason, ledger.now(), share=key, new=row))


def unknown_id(key: str, row: Item, reason: Objection) -> str:
    """Id of the incident that says that ``row`` is nobody's.

    The key is in the digest: with 2 KB of its own it would be too long for the key of an entry.
    """
    return f"{reason}~{entries.digest(key, entries.image(row))[:32]}"
