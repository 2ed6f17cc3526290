"""What the audit keeps of a row or an entry: little enough for a line in a file, and enough to check the books.

Whatever a hand has put must be read here without an error.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from ledger import entries
from ledger.auditing.taking import taken_by
from ledger.entries import INCIDENT, VOID, read_transfer
from ledger.money import ZERO, is_currency, is_money
from ledger.names import is_account_id
from ledger.requests import Item
from ledger.shares import believe
from ledger.topology import Topology
from ledger.writes import LISTED

_TIMES = ("last_updated", *entries.TIMES)

_DIGITS = 16  # of a digest: two bodies under one id agree in so many by chance never

SOUND, OUT_OF_USE, BARE, DAMAGED = "sound", "out of use", "bare", "damaged"


@dataclass(frozen=True, slots=True)
class Copy:
    """One region's copy of an item: a digest of it, its time (UTC, ISO 8601, or ""), its ``last`` operation."""

    fingerprint: str
    time: str
    last: str = ""


@dataclass(frozen=True, slots=True)
class ShareFacts:
    """A row of the accounts table where it is written. ``state``: one of the four above.

    ``balance`` is the row's, whether or not the row can be believed; ``None`` if it is no number. ``listed``: whether
    the row is in the index that lists accounts.
    """

    state: str
    balance: Decimal | None
    granted: Mapping[str, Decimal]
    accepted: Mapping[str, Decimal]
    currency: str
    status: str
    version: str
    updated: str
    listed: bool

    def to_json(self) -> list[Any]:
        """As it stands in a file."""
        balance = None if self.balance is None else str(self.balance)
        counters = [{region: str(n) for region, n in one.items()} for one in (self.granted, self.accepted)]
        texts = [self.currency, self.status, self.version, self.updated]
        return [self.state, balance, *counters, *texts, self.listed]

    @classmethod
    def from_json(cls, values: list[Any]) -> "ShareFacts":
        """The inverse of ``to_json``."""
        state, balance, *counters, currency, status, version, updated, listed = values
        granted, accepted = ({region: Decimal(n) for region, n in one.items()} for one in counters)
        number = None if balance is None else Decimal(balance)
        return cls(state, number, granted, accepted, currency, status, version, updated, listed)


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """A journal entry where it is written. ``flaw`` says why the ledger cannot have put it like this, or is "".

    ``accounts``: payer and payee of a transfer or void; the account of an opening or a creation; the key of a share;
    the accounts that an incident is about. ``reason`` is an incident's, and ``amount`` also what
    it says was taken. ``moves``: whether it says
    how money was moved. ``digest``: of what a transfer's caller asked for; ``stands_in``: the region whose execution
    made a void necessary. ``void_key``: the sort key of the entry that undoes a transfer, or would.
    """

    kind: str
    flaw: str
    at: str = ""
    accounts: tuple[str, ...] = ()
    amount: Decimal = ZERO
    currency: str = ""
    reason: str = ""
    moves: bool = False
    digest: str = ""
    stands_in: str = ""
    void_key: str = ""

    def to_json(self) -> list[Any]:
        """As it stands in a file."""
        texts = [self.kind, self.flaw, self.at, list(self.accounts), str(self.amount), self.currency, self.reason]
        return [*texts, self.moves, self.digest, self.stands_in, self.void_key]

    @classmethod
    def from_json(cls, values: list[Any]) -> "EntryFacts":
        """The inverse of ``to_json``."""
        kind, flaw, at, accounts, amount, *rest = values
        return cls(kind, flaw, at, tuple(accounts), Decimal(amount), *rest)


@dataclass(slots=True)
class Entry:
    """All regions' copies of one journal entry; ``facts`` are those of the copy where it is written, if there is.

    ``reported``, of a void: an incident says that it undid another payment than the one that stands.
    """

    copies: dict[str, Copy] = field(default_factory=dict)
    facts: EntryFacts | None = None
    reported: bool = False


def copy_of(item: Item) -> Copy:
    """What is compared between regions."""
    text = json.dumps(item, default=_plain, sort_keys=True, ensure_ascii=False)
    fingerprint = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    time = next((item[name] for name in _TIMES if isinstance(item.get(name), str)), "")
    return Copy(fingerprint, time, _text(item.get("last")))


def _plain(value: object) -> object:
    """A JSON value for what JSON does not have, the same for equal values and different for different ones."""
    if isinstance(value, Decimal):
        digits = f"{value:f}"
        return {"N": digits.rstrip("0").rstrip(".") if "." in digits else digits}
    if isinstance(value, set | frozenset):
        return {"S": sorted(json.dumps(element, default=_plain) for element in value)}
    if isinstance(value, Mapping):
        return dict(value)
    return {type(value).__name__: value.hex() if isinstance(value, bytes) else str(value)}


def share_facts(row: Item, topology: Topology) -> ShareFacts:
    """The facts of a row of the accounts table."""
    if believe(row, topology) is not None:
        state = SOUND
    elif "ledger_balance" in row:
        state = DAMAGED
    else:
        state = OUT_OF_USE if "condemned" in row else BARE
    balance = row.get("balance")
    return ShareFacts(
        state=state,
        balance=balance if isinstance(balance, Decimal) and balance.is_finite() else None,
        granted=_counters(row.get("granted")),
        accepted=_counters(row.get("accepted")),
        currency=_text(row.get("currency")),
        status=_text(row.get("status")),
        version=str(row.get("status_version", "")),
        updated=_text(row.get("last_updated")),
        listed=row.get("bucket") == LISTED,
    )


def _counters(value: object) -> dict[str, Decimal]:
    pairs = value.items() if isinstance(value, Mapping) else ()
    return {region: n for region, n in pairs if isinstance(n, Decimal) and n.is_finite() and n}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def writer_of(region_key: str) -> str:
    """The region that writes an entry, from the sort key of the entry."""
    return region_key.partition("~")[0]


def entry_facts(item: Item, topology: Topology) -> EntryFacts:
    """The facts of a journal entry, read where it is written."""
    kind, region_key = _text(item.get("kind")), item["region"]
    if not entries.is_sealed(item):
        return EntryFacts(kind, "is not as the ledger has put it, or a hand has put it")
    suffix = {"void": VOID, "incident": INCIDENT}.get(kind, "")
    plain = region_key.rpartition("~")[0] if kind == "void" else region_key
    if plain not in {region + suffix for region in topology.regions}:
        return EntryFacts(kind, f"a region's own entry of kind {kind!r} cannot stand under {region_key!r}")
    match kind:
        case "transfer":
            return _transfer(item)
        case "void":
            return _void(item)
        case "opening":
            return _opening(item, topology)
        case "share":
            return _share(item, topology)
        case "creation":
            return _creation(item, topology)
        case "incident":
            return _incident(item, topology)
        case _:
            return EntryFacts(
                kind, "" if kind in ("rebuilt", "undone") else f"the ledger puts no entries of kind {kind!r}"
            )


def _transfer(item: Item) -> EntryFacts:
    transfer = read_transfer(item)
    if transfer is None:
        return EntryFacts("transfer", "not what a transfer looks like")
    accounts = (transfer.from_account, transfer.to_account)
    return EntryFacts(
        "transfer",
        "",
        transfer.executed_at,
        accounts,
        transfer.amount,
        transfer.currency,
        moves=True,
        digest=transfer.digest[:_DIGITS],
        void_key=str(entries.void_key(item)["region"]),
    )


def _void(item: Item) -> EntryFacts:
    amount, currency = item.get("amount"), item.get("currency")
    accounts = (_text(item.get("from_account")), _text(item.get("to_account")))
    sound = isinstance(amount, Decimal) and amount > 0 and is_currency(currency) and all(map(is_account_id, accounts))
    if not sound or not isinstance(amount, Decimal):
        return EntryFacts("void", "not what a void looks like")
    at, stands_in = _text(item.get("voided_at")), _text(item.get("stands_in"))
    return EntryFacts("void", "", at, accounts, amount, _text(currency), moves=True, stands_in=stands_in)


def _opening(item: Item, topology: Topology) -> EntryFacts:
    account, amount, currency = item.get("account_id"), item.get("amount"), item.get("currency")
    key = entries.key_of(item)
    if (
        not isinstance(account, str)
        or key != entries.opening_key(account, topology.home)
        or not is_account_id(account)
        or not isinstance(amount, Decimal)
        or not is_currency(currency)
        or not is_money(amount, currency)
    ):
        return EntryFacts("opening", "not what an opening looks like")
    return EntryFacts("opening", "", _text(item.get("created_at")), (account,), amount, currency, moves=True)


def _creation(item: Item, topology: Topology) -> EntryFacts:
    account = item.get("account_id")
    if not isinstance(account, str) or not is_account_id(account) or item["region"] != topology.home:
        return EntryFacts("creation", "not what the creation of an account looks like")
    return EntryFacts("creation", "", _text(item.get("created_at")), (account,))


def _incident(item: Item, topology: Topology) -> EntryFacts:
    about = item.get("account", item.get("share"))
    accounts = (topology.account_of(about),) if isinstance(about, str) else _parties(item.get("old_image"))
    flaw = "" if isinstance(item.get("reason"), str) else "an incident without a reason"
    at, reason = _text(item.get("found_at")), _text(item.get("reason"))
    return EntryFacts("incident", flaw, at, accounts, taken_by(item), reason=reason)


def _parties(image: object) -> tuple[str, ...]:
    """Payer and payee of the transfer or void whose image an incident has, or none: images are cut at some length."""
    try:
        entry = json.loads(image) if isinstance(image, str) else None
    except ValueError:
        return ()
    parties = (entry.get("from_account"), entry.get("to_account")) if isinstance(entry, dict) else ()
    return tuple(party for party in parties if isinstance(party, str) and is_account_id(party))


def _share(item: Item, topology: Topology) -> EntryFacts:
    share = item.get("share")
    key = entries.key_of(item)
    if not isinstance(share, str) or topology.owner(share) != key["region"]:
        return EntryFacts("share", "names no share of its region")
    flaw = "" if key == entries.share_entry_key(share, key["region"]) else "stands under another share's id"
    return EntryFacts("share", flaw, _text(item.get("opened_at")), (share,))
