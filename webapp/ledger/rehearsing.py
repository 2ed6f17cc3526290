"""A dry run: the real thing, up to the first write of each piece of work, which is told instead of sent.

What would follow after that write is not played: it depends on rows that the write would have changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ledger.context import Ledger
from ledger.entries import JOURNAL, key_of
from ledger.requests import Cancelled, Item, Key, Query, Reason, Store, Write
from ledger.writes import put_entry

_ONCE = put_entry({}).condition


class Rehearsed(Exception):
    """In place of a write. The message says what it would have done."""

    def __init__(self, writes: Sequence[Write]) -> None:
        super().__init__("; ".join(dict.fromkeys(filter(None, map(describe, writes)))))


class Rehearsal:
    """A store that reads, and raises ``Rehearsed`` in place of every write."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def write(self, writes: Sequence[Write], token: str) -> None:
        """See ``Store``. Never writes. What would be refused because an entry is there already, is refused."""
        only_once = [write.table == JOURNAL and write.condition == _ONCE for write in writes]
        keys = [key_of(write.key) for write, once in zip(writes, only_once, strict=True) if once]
        found = iter(self._store.get([(JOURNAL, key) for key in keys]) if keys else [])
        there = [next(found) if once else None for once in only_once]
        if any(there):
            raise Cancelled([Reason("ConditionalCheckFailed" if item else "None", item) for item in there])
        raise Rehearsed(writes)

    def get(self, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """See ``Store``."""
        return self._store.get(keys)

    def query(self, query: Query) -> list[Item]:
        """See ``Store``."""
        return self._store.query(query)

    def scan(self, table: str, segment: int = 0, segments: int = 1) -> Iterator[Sequence[Item]]:
        """See ``Store``."""
        return self._store.scan(table, segment, segments)

    def ping(self) -> None:
        """See ``Store``."""
        self._store.ping()


def rehearsal(ledger: Ledger) -> Ledger:
    """``ledger`` with stores that write nothing."""
    return replace(ledger, stores={region: Rehearsal(store) for region, store in ledger.stores.items()})


def describe(write: Write) -> str:
    """One action in words; "" for one that changes nothing."""
    if write.action == "ConditionCheck":
        return ""
    if write.table == JOURNAL:
        return _describe_entry(write.key)
    key = write.key["account_id"]
    if write.action == "Put":
        return f"put {key} with balance {write.key.get('balance')}"
    names, values = write.names, write.values
    if "#condemned = " in write.update:
        return f"take {key} out of use until it is rebuilt"
    parts = [f"balance {values[':delta']:+f}"] if values.get(":delta") else []
    for counters, preposition in (("accepted", "from"), ("granted", "to")):
        for name in sorted(name for name in names if name.startswith(f"#{counters}") and name != f"#{counters}"):
            position = name.removeprefix("#")
            parts.append(f"{counters} {preposition} {names[name]} {values[f':{position}']:f}")
    if ":status" in values:
        parts.append(f"status {values[':status']}")
    return f"change {key}: {', '.join(parts) or 'nothing but its time'}"


def _describe_entry(entry: Item) -> str:
    match entry.get("kind"):
        case "incident":
            outcome = f", {entry['outcome']}" if "outcome" in entry else ""
            return f"report {entry['reason']!r}{outcome}"
        case "void":
            return f"undo {entry['amount']:f} {entry['currency']} from {entry['from_account']} to {entry['to_account']}"
        case "opening":
            return f"enter {entry['amount']:f} {entry['currency']} as the opening of {entry['account_id']}"
        case "share":
            return f"enter {entry['share']} as opened"
        case kind:
            return f"enter {kind}"
