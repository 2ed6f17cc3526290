"""What the simulated tables look like: the key and the indexes that ``cloudformation/tables.yml`` gives them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any

from sandbox.schema import tables

PARTITION_KEY_SIZE, SORT_KEY_SIZE = 2048, 1024
"""Bytes in UTF-8 of the longest keys. "Constraints in Amazon DynamoDB": partition key length, sort key length."""

type RowKey = str | tuple[str, ...]
"""The values of the key attributes: of one alone, or of partition and sort key."""


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index. ``projected`` are the attributes its entries have; ``None``: all."""

    name: str
    hash_name: str
    range_name: str
    projected: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Schema:
    """A table. ``typed`` are the attributes other than the key that, where present, must be non-empty strings.

    ``index_key_sizes``: what is a key of an index, and how many bytes it can have.
    """

    name: str
    key: tuple[str, ...]
    typed: tuple[str, ...]
    indexes: Mapping[str, Index]
    index_key_sizes: tuple[tuple[str, int], ...]
    key_of: Callable[[Mapping[str, Any]], RowKey] = field(repr=False)


@cache
def schemas() -> tuple[Schema, ...]:
    """All tables of the template."""
    return tuple(_schema(table) for table in tables())


def _schema(table: Mapping[str, Any]) -> Schema:
    key = _names(table["KeySchema"])
    if any(definition["AttributeType"] != "S" for definition in table["AttributeDefinitions"]):
        raise ValueError(f"{table['TableName']}: the simulated tables have string keys only")
    indexes = [_index(index, key) for index in table.get("GlobalSecondaryIndexes", ())]
    defined = (definition["AttributeName"] for definition in table["AttributeDefinitions"])
    return Schema(
        name=table["TableName"],
        key=key,
        typed=tuple(name for name in defined if name not in key),
        indexes={index.name: index for index in indexes},
        index_key_sizes=_sizes(indexes),
        key_of=itemgetter(*key),
    )


def _sizes(indexes: Sequence[Index]) -> tuple[tuple[str, int], ...]:
    sizes = {index.hash_name: PARTITION_KEY_SIZE for index in indexes}
    return tuple((sizes | {index.range_name: SORT_KEY_SIZE for index in indexes}).items())


def _index(index: Mapping[str, Any], table_key: tuple[str, ...]) -> Index:
    hash_name, range_name = _names(index["KeySchema"])
    projection = index["Projection"]
    # "Global Secondary Indexes": the keys of table and index are always projected.
    projected = {hash_name, range_name, *table_key, *projection.get("NonKeyAttributes", ())}
    everything = projection["ProjectionType"] == "ALL"
    return Index(index["IndexName"], hash_name, range_name, None if everything else frozenset(projected))


def _names(key_schema: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(element["AttributeName"] for element in key_schema)
