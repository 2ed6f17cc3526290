"""A region's endpoint as a program sees it: over a link that may be cut, with faults before and after each request."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from ledger.requests import Item, Key, Query, Unreachable, Write
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

    Called with ``done=False`` before a request and ``done=True`` after it succeeded. What it raises goes to the program
    in place of the answer: ``Contended`` before; ``Unreachable`` before or after (then the write has happened); or
    the ``BaseException`` that ends the program here. To send a request twice it calls ``World.regions`` itself.
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
        self._before(call)
        try:
            self._region.write(writes, token)
        except InvalidRequest as error:
            self._world.invalid.append(error)
            raise
        self._after(call)

    def get(self, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """``Store.get``."""
        call = Call(self.caller, self.target, "get", (keys,))
        self._before(call)
        try:
            found = self._region.get(keys)
        except InvalidRequest as error:
            self._world.invalid.append(error)
            raise
        self._after(call)
        return found

    def query(self, query: Query) -> list[Item]:
        """``Store.query``."""
        call = Call(self.caller, self.target, "query", (query,))
        self._before(call)
        try:
            found = self._region.query(query)
        except InvalidRequest as error:
            self._world.invalid.append(error)
            raise
        self._after(call)
        return found

    def scan(self, table: str) -> Iterator[Sequence[Item]]:
        """``Store.scan``: every page is a request."""
        call = Call(self.caller, self.target, "scan", (table,))
        self._before(call)
        for page in self._region.scan(table):
            self._after(call)
            yield page
            self._before(call)
        self._after(call)

    def ping(self) -> None:
        """``Store.ping``."""
        call = Call(self.caller, self.target, "ping", ())
        self._before(call)
        self._after(call)

    def _before(self, call: Call) -> None:
        world = self._world
        if world.cuts and (self.caller, self.target) in world.cuts:
            raise Unreachable(f"{self.caller} does not reach {self.target}")
        if world.hook is not None:
            world.hook(call, done=False)

    def _after(self, call: Call) -> None:
        world = self._world
        if world.hook is not None:
            world.hook(call, done=True)
        if world.cuts and (self.target, self.caller) in world.cuts:
            raise Unreachable(f"no answer from {self.target} reaches {self.caller}")
