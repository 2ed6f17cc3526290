"""A region's endpoint as a program sees it: over a link that may be cut, with faults before and after each request."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from ledger.requests import Cancelled, Item, Key, Malformed, Query, Unreachable, Write
from tests.simulator.values import InvalidRequest

if TYPE_CHECKING:
    from tests.simulator.world import World


class Call(NamedTuple):
    """One request to a store: who asks whose endpoint for what. ``arguments`` are those of the ``Store``'s method."""

    caller: str
    target: str
    method: Literal["write", "get", "query", "scan", "ping"]
    arguments: tuple[Any, ...]


class Hook(Protocol):
    """Faults, at the will of the one who runs the world.

    Called with ``done=False`` before a request and with ``done=True`` when it has been carried out or refused. What it
    raises goes to the program in place of the answer: ``Contended`` before; ``Unreachable`` before or after (then a
    write may have happened); or the ``BaseException`` that ends the program here. To send a request twice it calls
    ``World.regions`` itself.
    """

    def __call__(self, call: Call, *, done: bool) -> None: ...


class Endpoint:
    """``Store`` for a program in region ``caller`` that calls ``target``'s endpoint."""

    __slots__ = ("_region", "_world", "caller", "target")

    def __init__(self, world: "World", caller: str, target: str) -> None:
        self.caller = caller
        self.target = target
        self._world = world
        self._region = world.regions[target]

    def write(self, writes: Sequence[Write], token: str) -> None:
        """``Store.write``."""
        call = Call(self.caller, self.target, "write", (writes, token))
        self._ask(call, lambda: self._write(writes, token))

    def _write(self, writes: Sequence[Write], token: str) -> None:
        if not all(write.condition for write in writes):
            raise InvalidRequest(f"the expression can not be empty: {writes!r}")
        self._region.write(writes, token)

    def get(self, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """``Store.get``.

        "Amazon DynamoDB Transactions: How it works": the items of a batch are isolated one by one, not as a unit. So
        ``World.between`` may let something happen between two of them.
        """
        call = Call(self.caller, self.target, "get", (keys,))
        return self._ask(call, lambda: self._get(call, keys))

    def _get(self, call: Call, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        between = self._world.between
        if between is None:
            return self._region.get(keys)
        found: list[Item | None] = []
        for key in keys:
            if found:
                between(call)
            found += self._region.get([key])
        return found

    def query(self, query: Query) -> list[Item]:
        """``Store.query``."""
        return self._ask(Call(self.caller, self.target, "query", (query,)), lambda: self._region.query(query))

    def scan(self, table: str, segment: int = 0, segments: int = 1) -> Iterator[Sequence[Item]]:
        """``Store.scan``: every page is a request, and shows its items as they are by then."""
        call = Call(self.caller, self.target, "scan", (table,))
        pages = self._region.scan(table, segment, segments)
        while (page := self._ask(call, lambda: next(pages, None))) is not None:
            yield page

    def ping(self) -> None:
        """``Store.ping``."""
        self._ask(Call(self.caller, self.target, "ping", ()), self._region.ping)

    def _ask[T](self, call: Call, answer: Callable[[], T]) -> T:
        """One request there and its answer back."""
        world = self._world
        if world.cuts and (self.caller, self.target) in world.cuts:
            raise Unreachable(f"{self.caller} does not reach {self.target}")
        if world.hook is not None:
            world.hook(call, done=False)
        try:
            found = answer()
        except InvalidRequest as error:
            world.invalid.append(error)
            raise
        except (Cancelled, Malformed):
            self._answered(call)
            raise
        self._answered(call)
        return found

    def _answered(self, call: Call) -> None:
        world = self._world
        if world.hook is not None:
            world.hook(call, done=True)
        if world.cuts and (self.target, self.caller) in world.cuts:
            raise Unreachable(f"no answer from {self.target} reaches {self.caller}")
