"""One region's endpoint of the simulated tables: the ledger's ``Store``, without any network in between."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ledger.requests import Cancelled, Item, Key, Malformed, Query, Reason, Write
from tests.simulator.expressions import EMPTY, Compiled, compiled
from tests.simulator.schema import RowKey
from tests.simulator.table import Stamp, Table
from tests.simulator.values import FrozenMap, InvalidRequest, freeze, freeze_map

if TYPE_CHECKING:
    from tests.simulator.world import World

TOKEN_SECONDS = 600.0  # TransactWriteItems, ClientRequestToken: valid for 10 minutes after the request completed
PAGE = 25
_OK = "None"
_FINE = Reason(_OK)


class _Action(NamedTuple):
    """A write, looked at closely, and what it would leave. ``failure`` is the code of why it cannot be."""

    table: Table
    key: RowKey
    old: FrozenMap | None
    new: FrozenMap | None
    writes: bool
    failure: str = _OK
    message: str = ""


class Region:
    """The tables of one region. Tests may look into ``tables``; programs get a ``World.store``."""

    def __init__(self, name: str, position: int, tables: Mapping[str, Table], world: "World") -> None:
        self.name = name
        self.position = position
        self.tables = tables
        self.skew = 0.0
        """Seconds by which this region's clock is ahead."""
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
        if len(writes) > 1 or writes[0].action == "ConditionCheck":
            if self._is_repeated(writes, token):
                return
            self._apply(writes)
            self._tokens[token] = (self.now, True, tuple(writes))
        else:
            self._apply(writes)

    def get(self, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """``Store.get``. BatchGetItem: 100 keys at most, none of them twice."""
        found = [(self._table(table), key) for table, key in keys]
        rows = [(table, table.key_of(key)) for table, key in found]
        if not 1 <= len(rows) <= 100 or len({(table.schema.name, key) for table, key in rows}) != len(rows):
            raise InvalidRequest(f"not 1 to 100 different keys: {keys!r}")
        if any(len(key) != len(table.schema.key) for table, key in found):
            raise InvalidRequest(f"more than the key attributes: {keys!r}")
        return [table.item(key) for table, key in rows]

    def query(self, query: Query) -> list[Item]:
        """``Store.query``."""
        return list(self._table(query.table).query(query))

    def scan(self, table: str) -> Iterator[Sequence[Item]]:
        """``Store.scan``: each page as it is when it is asked for."""
        scanned = self._table(table)
        keys = [key for key, row in sorted(scanned.rows.items()) if row.item is not None]
        for start in range(0, len(keys), PAGE):
            page = [scanned.item(key) for key in keys[start : start + PAGE]]
            yield [item for item in page if item is not None]

    def ping(self) -> None:
        """``Store.ping``."""

    def remove(self, table: str, key: Key) -> None:
        """DeleteItem without a condition. The ledger never deletes; hands do."""
        rows = self._table(table)
        self._commit([(rows, rows.key_of(key), None)])

    def _table(self, name: str) -> Table:
        found = self.tables.get(name)
        if found is None:
            raise InvalidRequest(f"there is no table {name!r}")
        return found

    def _is_repeated(self, writes: Sequence[Write], token: str) -> bool:
        """Whether a transaction with this token and these actions was carried out within ten minutes.

        The same token with other actions is IdempotentParameterMismatchException. AWS does not say so of a token
        whose transaction was cancelled; here that is refused, too.
        """
        if not 1 <= len(token) <= 36:
            raise InvalidRequest(f"a ClientRequestToken has 1 to 36 characters, not {token!r}")
        now = self._world.clock()
        while self._tokens:
            oldest = next(iter(self._tokens))
            if now - self._tokens[oldest][0] < TOKEN_SECONDS:
                break
            del self._tokens[oldest]
        known = self._tokens.get(token)
        if known is None:
            self._tokens[token] = (now, False, tuple(writes))
            return False
        if known[2] != tuple(writes):
            raise InvalidRequest(f"the token {token} was used for other actions: {known[2]!r}, now {writes!r}")
        return known[1]

    def _apply(self, writes: Sequence[Write]) -> None:
        actions = [self._action(write) for write in writes]
        if len(actions) > 1 and len({(action.table.schema.name, action.key) for action in actions}) != len(actions):
            raise InvalidRequest(f"several actions of one transaction on one item: {writes!r}")
        if any(action.failure != _OK for action in actions):
            raise _refusal(actions)
        self._commit([(action.table, action.key, action.new) for action in actions if action.writes])

    def _action(self, write: Write) -> _Action:
        table = self._table(write.table)
        key = table.key_of(write.key)
        code = compiled(write.condition, write.update, write.names)
        values = {name: value if type(value) is str else freeze(value) for name, value in write.values.items()}
        if values.keys() != code.values:
            raise InvalidRequest(f"values given: {sorted(values)}, values used: {sorted(code.values)}: {write!r}")
        _check(write, table, code)
        old = table.item(key)
        if code.condition is not None and not code.condition(EMPTY if old is None else old, values):
            return _Action(table, key, old, None, False, "ConditionalCheckFailed")
        if write.action == "ConditionCheck":
            return _Action(table, key, old, None, False)
        try:
            if code.update is not None:
                # UpdateItem "creates a new item if it does not exist", with its key.
                new = code.update(freeze_map(write.key) if old is None else old, values)
            else:
                new = freeze_map(write.key)
            table.check_index_keys(new)
        except Malformed as error:
            # Of a Put nothing depends on the row.
            if write.action == "Put":
                raise InvalidRequest(str(error)) from error
            return _Action(table, key, old, None, False, "ValidationError", str(error))
        return _Action(table, key, old, new, True)

    def _commit(self, changes: Sequence[tuple[Table, RowKey, FrozenMap | None]]) -> None:
        """Carry out changes that were found good, and send each on its own way to the other regions."""
        world = self._world
        now = self.now
        for table, key, new in changes:
            row = table.rows.get(key)
            if (None if row is None else row.item) == new:
                continue  # nothing changes, so nothing is recorded or sent
            stamp = Stamp(now, world.tie(self.name), self.position)
            if row is not None and row.stamp > stamp:
                stamp = world.later(self, table, key, row, stamp)
            table.store(key, new, stamp, now)
            world.send(self.name, table.schema.name, key, new, stamp)


def _check(write: Write, table: Table, code: Compiled) -> None:
    """Raises ``InvalidRequest`` for what DynamoDB refuses of an action whatever the row is."""
    if write.action == "Put":
        wrong = bool(write.update)
    else:
        wrong = len(write.key) != len(table.schema.key) or bool(write.update) != (write.action == "Update")
        wrong = wrong or not (write.condition or write.update)
    if wrong:
        raise InvalidRequest(f"not a {write.action}: {write!r}")
    # UpdateItem: "You cannot update any of the key attributes".
    if not code.targets.isdisjoint(table.schema.key):
        raise InvalidRequest(f"an update of the key: {write!r}")


def _refusal(actions: Sequence[_Action]) -> Exception:
    """What to raise where not all actions are fine.

    TransactWriteItems: one reason for each action, in order; here always with the row as it stood (ALL_OLD).
    A request whose only trouble is that updates do not fit their rows is ``Malformed``.
    """
    if all(action.failure != "ConditionalCheckFailed" for action in actions):
        return Malformed(next(action.message for action in actions if action.message))
    return Cancelled([_FINE if action.failure == _OK else Reason(action.failure, action.old) for action in actions])
