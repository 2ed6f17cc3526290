"""What is written: every action on a share or on the journal, with its condition, as a request in plain data."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledger.entries import FORMAT, JOURNAL, key_of, transfer_key
from ledger.money import ZERO
from ledger.requests import Item, Key, Write
from ledger.shares import ACTIVE, Counters

ACCOUNTS = "account-table"
LISTED = "account"  # the one partition of the index that lists accounts
INDEX_OF_ACCOUNTS = "accounts-by-id"

# The row is no copy of another share's, its region writes it, and nobody else has touched its balance: a hand that sets
# ``balance`` does not know of ``ledger_balance``. And it is not out of use, even if a hand has completed it.
GUARD = "#share = #id AND #region = :region AND #balance = #ledger_balance AND attribute_not_exists(#condemned)"
_NAMES = {
    "#id": "account_id",
    "#share": "share",
    "#region": "region",
    "#balance": "balance",
    "#ledger_balance": "ledger_balance",
    "#condemned": "condemned",
    "#prev": "prev",
    "#last": "last",
    "#updated": "last_updated",
}
_NEXT_VERSION = "#prev = #last, #last = :op, #updated = :now"

_SHARE_ATTRIBUTES = (
    "share",
    "balance",
    "ledger_balance",
    "currency",
    "region",
    "created_at",
    "last_updated",
    "granted",
    "accepted",
    "last",
    "prev",
    "status",
    "status_version",
    "rebuilt",
    "bucket",
    "v",
)
ABSENT = object()  # in place of a value: the attribute is not there (NULL is a value that a hand can have put)
LEDGER_ATTRIBUTES = frozenset((*_SHARE_ATTRIBUTES, "condemned"))  # what only the ledger writes into a row


def new_share(
    key: str,
    region: str,
    currency: str,
    *,
    op: str,
    now: str,
    balance: Decimal = ZERO,
    granted: Mapping[str, Decimal] | None = None,
    accepted: Mapping[str, Decimal] | None = None,
    status: str = ACTIVE,
    status_version: int = 1,
) -> dict[str, Any]:
    """The row of a share that was not there before."""
    return {
        "account_id": key,
        "v": FORMAT,
        "share": key,
        "region": region,
        "currency": currency,
        "balance": balance,
        "ledger_balance": balance,
        "granted": dict(granted or {}),
        "accepted": dict(accepted or {}),
        "status": status,
        "status_version": Decimal(status_version),
        "last": op,
        "created_at": now,
        "last_updated": now,
    }


def listed(row: Mapping[str, Any]) -> dict[str, Any]:
    """``row`` with the attribute that puts it into the list of accounts: home shares only.

    All accounts share one partition of the index: it takes 1,000 creations a second, and lists all
    accounts in order of their ids with one query a page.
    """
    return {**row, "bucket": LISTED}


def put_share(row: Item) -> Write:
    """Put a share where there is no row."""
    return Write("Put", ACCOUNTS, row, "attribute_not_exists(#id)", names={"#id": "account_id"})


def no_share(key: str) -> Write:
    """Check that there is no such row."""
    condition, names = "attribute_not_exists(#id)", {"#id": "account_id"}
    return Write("ConditionCheck", ACCOUNTS, {"account_id": key}, condition, names=names)


def put_entry(entry: Item) -> Write:
    """Put a journal entry once."""
    return Write("Put", JOURNAL, entry, "attribute_not_exists(#id)", names={"#id": "entry_id"})


def replace_entry(entry: Item, seen: Item | None) -> Write:
    """Put a journal entry where ``seen`` stood when it was read (``None``: nothing)."""
    if seen is None:
        return put_entry(entry)
    names = {"#id": "entry_id", "#seal": "seal"}
    if "seal" not in seen:
        return Write("Put", JOURNAL, entry, "attribute_exists(#id) AND attribute_not_exists(#seal)", names=names)
    condition = "attribute_exists(#id) AND #seal = :seal"
    return Write("Put", JOURNAL, entry, condition, names=names, values={":seal": seen["seal"]})


def entry_stands(entry: Item) -> Write:
    """Check that a journal entry is what was read, not changed by a hand or put anew."""
    names, values = {"#seal": "seal"}, {":seal": entry["seal"]}
    return Write("ConditionCheck", JOURNAL, key_of(entry), "#seal = :seal", names=names, values=values)


def has_entry(key: Key) -> Write:
    """Check that there is a journal entry."""
    return Write("ConditionCheck", JOURNAL, key, "attribute_exists(#id)", names={"#id": "entry_id"})


def no_entry(entry_id: str, region: str) -> Write:
    """Check that ``region`` has no entry of this id, as far as it is known here."""
    key = transfer_key(entry_id, region)
    return Write("ConditionCheck", JOURNAL, key, "attribute_not_exists(#id)", names={"#id": "entry_id"})


def with_token(key: str, region: str) -> Write:
    """Check nothing, beside an update that would be alone: so the request is a transaction, which has a token.

    An UpdateItem has none, and the network may send it twice. Its condition can hold again, when what it has moved was
    moved back. Then two versions of the row would name one operation, and a hand's write could pass for the next one.
    """
    return Write(
        "ConditionCheck",
        JOURNAL,
        transfer_key(key, region),
        "attribute_exists(#id) OR attribute_not_exists(#id)",
        names={"#id": "entry_id"},
    )


def change_share(
    key: str,
    region: str,
    *,
    op: str,
    now: str,
    delta: Decimal = ZERO,
    floor: Decimal | None = None,
    currency: str | None = None,
    active: bool = False,
    accepts: Counters | None = None,
    grants: Counters | None = None,
    status: tuple[str, int, int] | None = None,
) -> Write:
    """Change a share of ``region`` by ``delta``, counters included, under the guard.

    ``floor``: the balance before must be at least this. ``currency``, ``active``: conditions on the account.
    ``accepts``, ``grants``: counters by other region; the delta must already contain what they move.
    ``status``: (new status, its version, the version seen).

    Never alone in a request: see ``with_token``.
    """
    names = dict(_NAMES)
    values: dict[str, Any] = {":region": region, ":op": op, ":now": now}
    conditions = [GUARD]
    sets = [_NEXT_VERSION]
    if delta or floor is not None:
        values[":delta"] = delta
        sets += ["#balance = #balance + :delta", "#ledger_balance = #ledger_balance + :delta"]
    if floor is not None:
        values[":floor"] = floor
        conditions.append("#ledger_balance >= :floor")
    if currency is not None:
        names["#currency"], values[":currency"] = "currency", currency
        conditions.append("#currency = :currency")
    if active:
        names["#status"], values[":active"] = "status", ACTIVE
        conditions.append("#status = :active")
    for attribute, counters in (("accepted", accepts), ("granted", grants)):
        for n, (other, counter) in enumerate(sorted((counters or {}).items())):
            path = f"#{attribute}.#{attribute}{n}"
            names[f"#{attribute}"], names[f"#{attribute}{n}"] = attribute, other
            values[f":{attribute}{n}"] = counter.new
            sets.append(f"{path} = :{attribute}{n}")
            values[f":seen_{attribute}{n}"] = counter.seen
            seen = f"{path} = :seen_{attribute}{n}"
            conditions.append(seen if counter.seen else f"(attribute_not_exists({path}) OR {seen})")
    if status is not None:
        names["#status"], names["#version"] = "status", "status_version"
        values[":status"], values[":version"], values[":seen"] = status[0], Decimal(status[1]), Decimal(status[2])
        sets += ["#status = :status", "#version = :version"]
        conditions.append("#version = :seen")
    return Write(
        "Update", ACCOUNTS, {"account_id": key}, " AND ".join(conditions), "SET " + ", ".join(sets), names, values
    )


def shift_share(
    key: str,
    region: str,
    *,
    op: str,
    now: str,
    delta: Decimal,
    counters: Mapping[tuple[str, str], Decimal],
    resets: Mapping[str, tuple[Any, Any]],
    rebuilt: Any,
) -> Write:
    """Take a foreign write back out of a share that has gone on since: relative, under the guard.

    ``counters``: differences by (``granted`` or ``accepted``, region). ``resets``: attributes to put back, as
    (value to find, value to put). ``rebuilt`` must be as it was. ``ABSENT`` for an attribute that is not there.
    """
    names = {**_NAMES, "#rebuilt": "rebuilt"}
    values: dict[str, Any] = {":region": region, ":op": op, ":now": now, ":delta": delta}
    conditions = [GUARD, "attribute_not_exists(#rebuilt)" if rebuilt is ABSENT else "#rebuilt = :rebuilt"]
    if rebuilt is not ABSENT:
        values[":rebuilt"] = rebuilt
    sets = ["#balance = #balance + :delta", "#ledger_balance = #ledger_balance + :delta", _NEXT_VERSION]
    removes = []
    for n, ((attribute, other), difference) in enumerate(sorted(counters.items())):
        path = f"#{attribute}.#other{n}"
        names |= {f"#{attribute}": attribute, f"#other{n}": other}
        values |= {f":difference{n}": difference, ":zero": ZERO}
        sets.append(f"{path} = if_not_exists({path}, :zero) + :difference{n}")
        if difference < 0:  # a counter below zero would not be believed: then the share is rebuilt
            values[f":least{n}"] = -difference
            conditions.append(f"{path} >= :least{n}")
    for n, (attribute, (found, put)) in enumerate(sorted(resets.items())):
        names[f"#reset{n}"] = attribute
        if found is ABSENT:
            conditions.append(f"attribute_not_exists(#reset{n})")
        else:
            values[f":found{n}"] = found
            conditions.append(f"#reset{n} = :found{n}")
        if put is ABSENT:
            removes.append(f"#reset{n}")
        else:
            values[f":put{n}"] = put
            sets.append(f"#reset{n} = :put{n}")
    update = "SET " + ", ".join(sets) + (" REMOVE " + ", ".join(removes) if removes else "")
    return Write("Update", ACCOUNTS, {"account_id": key}, " AND ".join(conditions), update, names, values)


def out_of_use(key: str, row: Item | None, *, op: str, now: str, event_id: str) -> Write:
    """Take a row out of use, whatever it looks like (``row`` as it was read; ``None``: there was none).

    Also a row without ``ledger_balance`` is changed, so that it is no longer what any event has left; and one without
    money is put where there was none. So what a sweep has read before is not what it finds. And whatever operation was
    the last by now: a row that is paid from all the time never holds still.
    """
    if row is None:
        return put_share({"account_id": key, "v": FORMAT, "last": op, "last_updated": now, "condemned": event_id})
    names = {"#id": "account_id", "#ledger_balance": "ledger_balance", "#last": "last", "#prev": "prev"}
    names |= {"#updated": "last_updated", "#condemned": "condemned"}
    values = {":op": op, ":now": now, ":event": event_id}
    if "last" in row:
        condition, sets, removes = "attribute_exists(#last)", "#prev = #last, ", "#ledger_balance"
    else:
        condition, sets, removes = "attribute_not_exists(#last)", "", "#ledger_balance, #prev"
    return Write(
        "Update",
        ACCOUNTS,
        {"account_id": key},
        f"attribute_exists(#id) AND {condition}",
        f"SET {sets}#last = :op, #updated = :now, #condemned = :event REMOVE {removes}",
        names,
        values,
    )


def status_unchanged(key: str, status: str, status_version: int) -> Write:
    """Check that the home share, if it has arrived here, has the status that a share copies from it."""
    return Write(
        "ConditionCheck",
        ACCOUNTS,
        {"account_id": key},
        "attribute_not_exists(#id) OR (#status = :status AND #version = :version)",
        names={"#id": "account_id", "#status": "status", "#version": "status_version"},
        values={":status": status, ":version": Decimal(status_version)},
    )


def replace_share(row: Item, seen: Item | None) -> Write:
    """Put ``row`` if the row still is ``seen``, attribute by attribute (``None``: if there is none)."""
    condition, names, values = row_is(seen)
    return Write("Put", ACCOUNTS, row, condition, names=names, values=values)


def row_is(seen: Item | None) -> tuple[str, dict[str, str], dict[str, Any]]:
    """The condition that a row's share attributes are those of ``seen``, with its names and values."""
    if seen is None:
        return "attribute_not_exists(#id)", {"#id": "account_id"}, {}
    names = {"#id": "account_id"} | {f"#{name}": name for name in _SHARE_ATTRIBUTES}
    values = {f":was_{name}": seen[name] for name in _SHARE_ATTRIBUTES if name in seen}
    parts = ["attribute_exists(#id)"] + [
        f"#{name} = :was_{name}" if name in seen else f"attribute_not_exists(#{name})" for name in _SHARE_ATTRIBUTES
    ]
    return " AND ".join(parts), names, values
