"""One region's copy of one table: the newest version of each row, the stream and the indexes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ledger.requests import Malformed, Query
from tests.simulator.schema import PARTITION_KEY_SIZE, SORT_KEY_SIZE, Index, RowKey, Schema
from tests.simulator.streams import Record
from tests.simulator.values import FrozenMap, InvalidRequest

type Stamp = tuple[float, float, int]
"""When a version was written, for "last writer wins": the greater one wins.

Time (seconds, by the clock of the region that wrote), rank among equal times, position of the region that wrote. AWS
does not say what decides between equal times: the one who runs the world does.
"""

_new = tuple.__new__  # a NamedTuple of a ready tuple, at a third of the time


class Version(NamedTuple):
    """A version of a row, in its place or on its way. Without an item it is a tombstone: the row was deleted."""

    table: str
    key: RowKey
    item: FrozenMap | None
    stamp: Stamp


class Table:
    """Rows by key. What it is given to keep must be frozen."""

    __slots__ = ("index_lag", "records", "region", "rows", "schema")

    def __init__(self, schema: Schema, region: str) -> None:
        self.schema = schema
        self.region = region
        self.rows: dict[RowKey, Version] = {}
        self.records: list[Record] = []
        """The stream, from its beginning. Who reads it keeps count of how far."""
        self.index_lag = 0
        """How many of the newest records the indexes have not seen yet: they are eventually consistent."""

    def key(self, attributes: Mapping[str, Any]) -> RowKey:
        """The row that a key (or a whole item) names. Raises ``InvalidRequest`` for attributes that are no key.

        ``Malformed`` for one that is too long: a program may have made it from what a hand has put, and must live on.
        """
        try:
            found = self.schema.key_of(attributes)
        except KeyError as error:
            raise InvalidRequest(f"{self.schema.name}: {dict(attributes)!r} lacks the key {error}") from None
        # "Naming rules and data types": key attributes are not empty.
        if type(found) is str:
            if found:
                if _is_longer(found, PARTITION_KEY_SIZE):
                    raise Malformed(f"{self.schema.name}: a key of more than {PARTITION_KEY_SIZE} bytes")
                return found
        elif type(found) is tuple and all(type(value) is str and value for value in found):
            if _is_longer(found[0], PARTITION_KEY_SIZE) or _is_longer(found[1], SORT_KEY_SIZE):
                raise Malformed(f"{self.schema.name}: a key of more than {PARTITION_KEY_SIZE} or {SORT_KEY_SIZE} bytes")
            return found
        raise InvalidRequest(f"{self.schema.name}: {found!r} cannot be a key")

    def item(self, key: RowKey) -> FrozenMap | None:
        """The row's item, if there is one."""
        row = self.rows.get(key)
        return None if row is None else row.item

    def no_index_key(self, item: FrozenMap) -> str:
        """What is wrong with the attributes that are keys of an index, or nothing.

        "Global Secondary Indexes": such an attribute must have the type of the index key where it is present.
        """
        for name in self.schema.typed:
            if name in item:
                value = item[name]
                if type(value) is not str or not value:
                    return f"{self.schema.name}: {name}={value!r} cannot be the key of an index"
        return ""

    def too_long(self, item: FrozenMap) -> str:
        """What is too long for the keys of an index, or nothing.

        Whether the item would be in the index or not: so answers DynamoDB Local, the documentation is silent.
        """
        for name, limit in self.schema.index_key_sizes:
            if name in item and _is_longer(item[name], limit):
                return f"{self.schema.name}: {name} is too long for the key of an index"
        return ""

    def store(self, key: RowKey, item: FrozenMap | None, stamp: Stamp, time: float) -> Version:
        """Put a version in place, and a record into the stream if that changes something. ``time`` by the own clock.

        "Change data capture for DynamoDB Streams": a write that changes no data makes no record.
        """
        rows = self.rows
        before = rows.get(key)
        old = None if before is None else before.item
        version = rows[key] = _new(Version, (self.schema.name, key, item, stamp))
        if old != item:
            records = self.records
            records.append(_new(Record, (self.schema, self.region, len(records) + 1, time, old, item)))
        return version

    def items(self) -> list[FrozenMap]:
        """All items, in order of their keys."""
        return [row.item for _, row in sorted(self.rows.items()) if row.item is not None]

    def query(self, query: Query) -> list[FrozenMap]:
        """One page of an index. "Global Secondary Indexes": only items with both of its keys are in it.

        Without an index: of the table itself, which is consistent.
        """
        index = self._itself() if query.index is None else self.schema.indexes.get(query.index)
        if index is None or (index.hash_name, index.range_name) != (query.hash_name, query.range_name):
            raise InvalidRequest(f"{self.schema.name} has no such index: {query}")
        if query.limit < 1 or sum(bound is not None for bound in (query.before, query.after, query.prefix)) > 1:
            raise InvalidRequest(f"not a page of an index: {query}")
        found = [
            (item[index.range_name], key, item)
            for key, item in (self._consistent() if query.index is None else self._indexed()).items()
            if item.get(index.hash_name) == query.hash_value and index.range_name in item
        ]
        page = sorted(
            (entry for entry in found if _in_bounds(entry[0], query)),
            key=lambda entry: entry[:2],
            reverse=query.descending,
        )
        items = [item for _, _, item in page[: query.limit]]
        if index.projected is None:
            return items
        names = index.projected
        return [FrozenMap({name: value for name, value in item.items() if name in names}) for item in items]

    def _itself(self) -> Index | None:
        """The table as if it were an index of its own; ``None`` for a table without a sort key."""
        key = self.schema.key
        return Index("", key[0], key[1], None) if len(key) > 1 else None

    def _consistent(self) -> dict[RowKey, FrozenMap]:
        return {key: row.item for key, row in self.rows.items() if row.item is not None}

    def _indexed(self) -> Mapping[RowKey, FrozenMap]:
        """The items as the indexes know them."""
        known = self._consistent()
        for record in reversed(self.records[max(0, len(self.records) - self.index_lag) :]):
            key = self.schema.key_of(record.keys)
            known.pop(key, None)
            if record.old is not None:
                known[key] = record.old
        return known


def _is_longer(value: str, limit: int) -> bool:
    # No character has more than four bytes, so hardly any key has to be encoded.
    return len(value) * 4 > limit and len(value.encode("utf-8", "surrogatepass")) > limit


def _in_bounds(value: str, query: Query) -> bool:
    if query.before is not None:
        return value < query.before
    if query.after is not None:
        return value > query.after
    return query.prefix is None or value.startswith(query.prefix)
