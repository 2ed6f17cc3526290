"""One region's endpoint of the simulated tables: the ledger's ``Store``, without any network in between."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from ledger.requests import Cancelled, Item, Key, Malformed, Query, Reason, Write
from tests.simulator.actions import code_of, values_of
from tests.simulator.schema import RowKey
from tests.simulator.table import Table
from tests.simulator.values import FrozenMap, InvalidRequest, freeze_map

if TYPE_CHECKING:
    from tests.simulator.world import World

TOKEN_SECONDS = 600.0  # TransactWriteItems, ClientRequestToken: valid for 10 minutes after the request completed
PAGE = 25  # rows on a page of a scan
ITEM_SIZE = 400 * 1024  # "Service, account, and table quotas": bytes of an item with its attributes' names
_LONG = 100_000  # characters: only rows with such a text are measured

_EMPTY = FrozenMap()
_FAILED = "ConditionalCheckFailed"
_FINE = Reason("None")

type _Effect = tuple[Table, RowKey, FrozenMap | None, FrozenMap | None, str]
"""What an action would do: table, row, the item before and after (``None``: nothing), what is wrong ("": nothing)."""


class Region:
    """The tables of one region. Tests may look into ``tables``; programs get a ``World.store``."""

    def __init__(self, name: str, position: int, tables: Mapping[str, Table], world: "World") -> None:
        self.name = name
        self.position = position
        self.tables = tables
        self.skew = 0.0
        """Seconds by which this region's clock is ahead."""
        self.page = PAGE
        self._world = world
        self._tokens: dict[str, tuple[float, bool, tuple[Write, ...]]] = {}

    @property
    def now(self) -> float:
        """This region's clock, in seconds."""
        return self._world.clock() + self.skew

    def write(self, writes: Sequence[Write], token: str) -> None:
        """``Store.write``: all of ``writes`` or nothing. Raises ``Cancelled``, ``Malformed``, ``InvalidRequest``."""
        if not 1 <= len(writes) <= 100:
            raise InvalidRequest(f"{len(writes)} actions in one request: 1 to 100 are possible")
        # A lone write goes as PutItem or UpdateItem, which know no ClientRequestToken.
        if len(writes) == 1 and writes[0].action != "ConditionCheck":
            self._apply(writes)
        elif not self._is_repeated(writes, token):
            self._apply(writes)
            self._tokens[token] = (self._world.clock(), True, tuple(writes))

    def get(self, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """``Store.get``."""
        return [self._get(self._table(table), key) for table, key in keys]

    def query(self, query: Query) -> list[Item]:
        """``Store.query``."""
        return list(self._table(query.table).query(query))

    def scan(self, table: str, segment: int = 0, segments: int = 1) -> Iterator[Sequence[Item]]:
        """``Store.scan``: each page as it is when it is asked for.

        "Scanning tables in DynamoDB: Parallel scan": items go to the segments by the hash of their partition key.
        """
        scanned = self._table(table)
        keys = [key for key, row in sorted(scanned.rows.items()) if row.item is not None]
        if segments > 1:
            keys = [key for key in keys if _segment_of(key, segments) == segment]
        size = self.page
        for start in range(0, len(keys), size):
            page = [scanned.item(key) for key in keys[start : start + size]]
            yield [item for item in page if item is not None]

    def ping(self) -> None:
        """``Store.ping``."""

    def remove(self, table: str, key: Key) -> None:
        """DeleteItem without a condition. The ledger never deletes; hands do."""
        rows = self._table(table)
        self._commit([(rows, rows.key(key), None)])

    def _table(self, name: str) -> Table:
        found = self.tables.get(name)
        if found is None:
            raise InvalidRequest(f"there is no table {name!r}")
        return found

    def _get(self, table: Table, key: Key) -> Item | None:
        if len(key) != len(table.schema.key):
            raise InvalidRequest(f"more than the key attributes of {table.schema.name}: {key!r}")
        return table.item(table.key(key))

    def _is_repeated(self, writes: Sequence[Write], token: str) -> bool:
        """Whether a transaction with this token and these actions was carried out within ten minutes.

        The same token with other actions is IdempotentParameterMismatchException. AWS does not say so of a token
        whose transaction was cancelled; here that is refused, too.
        """
        if not 1 <= len(token) <= 36:
            raise InvalidRequest(f"a ClientRequestToken has 1 to 36 characters, not {token!r}")
        now = self._world.clock()
        tokens = self._tokens
        known = tokens.get(token)
        if known is not None and now - known[0] < TOKEN_SECONDS:
            if known[2] != tuple(writes):
                raise InvalidRequest(f"the token {token} was used for other actions: {known[2]!r}, now {writes!r}")
            return known[1]
        while tokens:
            oldest = next(iter(tokens))
            if now - tokens[oldest][0] < TOKEN_SECONDS:
                break
            del tokens[oldest]
        tokens[token] = (now, False, tuple(writes))
        return False

    def _apply(self, writes: Sequence[Write]) -> None:
        effects = [self._effect(write) for write in writes]
        if len(effects) > 1 and len({(effect[0].schema.name, effect[1]) for effect in effects}) != len(effects):
            raise InvalidRequest(f"several actions of one transaction on one item: {writes!r}")
        for effect in effects:
            if effect[4]:
                raise _refusal(effects)
        self._commit([(table, key, new) for table, key, _, new, _ in effects if new is not None])

    def _effect(self, write: Write) -> _Effect:
        table = self._table(write.table)
        schema = table.schema
        key = table.key(write.key)
        code = code_of(write, schema)
        values = values_of(write, code)
        old = table.item(key)
        action = write.action
        if action != "Put" and len(write.key) != len(schema.key):
            raise InvalidRequest(f"more than the key attributes of {schema.name}: {write!r}")
        after = freeze_map(write.key) if action == "Put" or (action == "Update" and old is None) else old
        if action == "Put" and after is not None and (wrong := table.no_index_key(after)):
            raise InvalidRequest(wrong)
        condition, update, _, targets, removes_only = code
        if condition is not None and not condition(_EMPTY if old is None else old, values):
            return table, key, old, None, _FAILED
        # REMOVE alone creates no row (recorded of DynamoDB by ScyllaDB's Alternator; the documentation is silent).
        if action == "ConditionCheck" or (removes_only and old is None):
            return table, key, old, None, ""
        if update is not None and after is not None:
            # UpdateItem creates the row if there is none: an item with nothing but its key is what it then changes.
            try:
                after = update(after, values)
            except Malformed as error:
                return table, key, old, None, str(error)
            if not targets.isdisjoint(schema.typed) and (wrong := table.no_index_key(after)):
                return table, key, old, None, wrong
        if after is not None and (wrong := table.too_long(after)):
            return table, key, old, None, wrong
        if after is not None and _is_too_large(after):
            return table, key, old, None, "Item size has exceeded the maximum allowed size"
        return table, key, old, after, ""

    def _commit(self, changes: Sequence[tuple[Table, RowKey, FrozenMap | None]]) -> None:
        """Carry out changes that were found good, and send each on its own way to the other regions."""
        world = self._world
        now = world.clock() + self.skew
        for table, key, new in changes:
            row = table.rows.get(key)
            stamp = (now, world.tie(self.name), self.position)
            if row is None:
                if new is None:
                    continue
            else:
                if row.item == new:
                    continue  # nothing changes, so nothing is recorded or sent
                if row.stamp >= stamp:
                    stamp = world.later(self, row, stamp)
            world.send(self.name, table.store(key, new, stamp, now))


def _is_too_large(item: FrozenMap) -> bool:
    """Whether a row with a very long text is more than an item can be. Other rows of the ledger are far from it."""
    if not any(type(value) is str and len(value) > _LONG for value in item.values()):
        return False
    return sum(len(name.encode()) + len(str(value).encode()) for name, value in item.items()) > ITEM_SIZE


def _segment_of(key: RowKey, segments: int) -> int:
    partition_key = key if isinstance(key, str) else key[0]
    return crc32(partition_key.encode("utf-8", "surrogatepass")) % segments


def _refusal(effects: Sequence[_Effect]) -> Exception:
    """What to raise where not all actions are fine.

    TransactWriteItems: one reason for each action, in order; here always with the row as it stood (ALL_OLD). An update
    that does not fit its row makes the whole request ``Malformed``, as ``DynamoStore`` reads such reasons.
    """
    for *_, wrong in effects:
        if wrong not in ("", _FAILED):
            return Malformed(wrong)
    return Cancelled([Reason(wrong, old) if wrong else _FINE for _, _, old, _, wrong in effects])
