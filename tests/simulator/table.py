"""One region's copy of one table: rows, their write times, its stream and its indexes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ledger.requests import Malformed, Query
from tests.simulator.schema import RowKey, Schema
from tests.simulator.streams import Record
from tests.simulator.values import FrozenMap, InvalidRequest


class Stamp(NamedTuple):
    """When a version of a row was written, for "last writer wins": the greater one wins.

    ``time``: seconds, by the clock of the region that wrote. AWS does not say what decides between equal times; here
    ``tie`` does, and where that is equal too, ``region``, the position of the region that wrote.
    """

    time: float
    tie: float
    region: int


class Row(NamedTuple):
    """A version of a row. Without an item it is a tombstone: what is left of a deleted row."""

    item: FrozenMap | None
    stamp: Stamp


class Table:
    """Rows by key. What it is given to keep must be frozen."""

    __slots__ = ("index_lag", "records", "region", "rows", "schema")

    def __init__(self, schema: Schema, region: str) -> None:
        self.schema = schema
        self.region = region
        self.rows: dict[RowKey, Row] = {}
        self.records: list[Record] = []
        """The stream, from its beginning. Who reads it keeps count of how far."""
        self.index_lag = 0
        """How many of the newest records the indexes have not seen yet: they are eventually consistent."""

    def key_of(self, key: Mapping[str, Any]) -> RowKey:
        """The row a key (or a whole item) names. Raises ``InvalidRequest`` for attributes that are no key."""
        try:
            found: RowKey = self.schema.key_of(key)
        except KeyError as error:
            raise InvalidRequest(f"{self.schema.name}: {dict(key)!r} lacks the key attribute {error}") from None
        for value in (found,) if isinstance(found, str) else found:
            # "Naming rules and data types": key attributes are not empty.
            if type(value) is not str or not value:
                raise InvalidRequest(f"{self.schema.name}: {value!r} cannot be a key attribute")
        return found

    def item(self, key: RowKey) -> FrozenMap | None:
        """The row's item, if there is one."""
        row = self.rows.get(key)
        return None if row is None else row.item

    def untyped(self, item: FrozenMap) -> str:
        """The first attribute that is key of an index and has the wrong type for it, or nothing."""
        for name in self.schema.typed:
            value = item.get(name, "-")
            if type(value) is not str or not value:
                return name
        return ""

    def check_index_keys(self, item: FrozenMap) -> None:
        """Raises ``Malformed`` if an attribute cannot be the key of an index that has it."""
        if name := self.untyped(item):
            raise Malformed(f"{self.schema.name}: {name}={item[name]!r} cannot be the key of an index")

    def store(self, key: RowKey, item: FrozenMap | None, stamp: Stamp, time: float) -> None:
        """Put a version in place, and a record into the stream if that changes something. ``time`` by the own clock.

        "Change data capture for DynamoDB Streams": a write that changes no data makes no record.
        """
        row = self.rows.get(key)
        old = None if row is None else row.item
        self.rows[key] = Row(item, stamp)
        if old != item:
            self.records.append(Record(self.schema, self.region, len(self.records) + 1, time, old, item))

    def items(self) -> list[FrozenMap]:
        """All items, in order of their keys."""
        return [row.item for _, row in sorted(self.rows.items()) if row.item is not None]

    def query(self, query: Query) -> list[FrozenMap]:
        """One page of an index. "Global Secondary Indexes": only items with both of its keys are in it."""
        index = self.schema.indexes.get(query.index)
        if index is None or (index.hash_name, index.range_name) != (query.hash_name, query.range_name):
            raise InvalidRequest(
                f"{self.schema.name} has no index {query.index} by {query.hash_name}, {query.range_name}"
            )
        if query.limit < 1 or sum(bound is not None for bound in (query.before, query.after, query.prefix)) > 1:
            raise InvalidRequest(f"not a page of an index: {query}")
        found = [
            (item[index.range_name], key, item)
            for key, item in self._indexed().items()
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

    def _indexed(self) -> Mapping[RowKey, FrozenMap]:
        """The items as the indexes know them."""
        known = {key: row.item for key, row in self.rows.items() if row.item is not None}
        for record in reversed(self.records[len(self.records) - self.index_lag :]):
            key = self.schema.key_of(record.keys)
            known.pop(key, None)
            if record.old is not None:
                known[key] = record.old
        return known


def _in_bounds(value: str, query: Query) -> bool:
    if query.before is not None:
        return value < query.before
    if query.after is not None:
        return value > query.after
    return query.prefix is None or value.startswith(query.prefix)
