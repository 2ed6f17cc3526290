"""The switches, as JSON over HTTP on the loopback address: for the command line, the tests and the resolvers.

A resolver asks for work and says what it has done; the answer to asking waits until there is something to do.
"""

import inspect
import json
import math
import time
from collections.abc import Awaitable, Callable
from types import UnionType
from typing import Any, get_origin, get_type_hints
from urllib.parse import parse_qsl, unquote

from sandbox.asgi import Receive, Scope, Send, TooLarge, headers_of, read_body, respond
from sandbox.bookkeeping import Mapping, Resolver
from sandbox.world import World

LARGEST_REQUEST = 1024 * 1024
LONGEST_WAIT = 5.0

type Answer = dict[str, Any]


class Refused(Exception):
    """A request that makes no sense: an HTTP status and what is wrong."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Control:
    """The HTTP application (ASGI)."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._routes: dict[tuple[str, str], Callable[..., Awaitable[Answer]]] = {
            ("GET", "status"): self._status,
            ("GET", "on-the-way"): self._on_the_way,
            ("POST", "links"): self._links,
            ("POST", "sweep"): self._sweep,
            ("POST", "reset"): self._reset,
            ("POST", "resolvers/*"): self._switch_resolver,
            ("GET", "resolvers/*/dead-letters"): self._dead_letters,
            ("POST", "resolvers/*/dead-letters"): self._give_up,
            ("GET", "resolvers/*/mappings/*"): self._next_batch,
            ("POST", "resolvers/*/mappings/*"): self._batch_done,
            ("GET", "resolvers/*/sweep"): self._next_sweep,
            ("POST", "resolvers/*/sweep"): self._sweep_done,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if "origin" in headers_of(scope):
                raise Refused(403, "the switches are not for web pages")
            raw = await read_body(receive, LARGEST_REQUEST)
            arguments = _arguments(scope, raw)
            status, answer = 200, await self._route(scope["method"], scope["path"], arguments)
        except Refused as refused:
            status, answer = refused.status, {"error": str(refused)}
        except TooLarge:
            status, answer = 413, {"error": "the request is too large"}
        await respond(send, status, json.dumps(answer).encode() + b"\n", {"Content-Type": "application/json"})

    async def _route(self, method: str, path: str, arguments: dict[str, Any]) -> Answer:
        parts = [unquote(part) for part in path.strip("/").split("/")]
        # Every second part of a longer path is a name: resolvers/<region>/mappings/<table>.
        names = parts[1::2]
        pattern = "/".join("*" if index % 2 else part for index, part in enumerate(parts))
        route = self._routes.get((method, pattern))
        if route is None:
            raise Refused(404, f"there is no {method} {path}")
        _check(route, names, arguments)
        return await route(*names, **arguments)

    async def _status(self) -> Answer:
        return self._world.status()

    async def _on_the_way(self) -> Answer:
        return {"links": self._world.on_the_way()}

    async def _links(self, **wanted: Any) -> Answer:
        source, target = wanted.pop("from", None), wanted.pop("to", None)
        for region in (source, target):
            if region is not None:
                self._resolver(region)
        if unknown := wanted.keys() - {"cut", "lag", "latency"}:
            raise Refused(400, f"a link has no {', '.join(sorted(unknown))}")
        if not isinstance(wanted.get("cut", False), bool):
            raise Refused(400, "cut must be true or false")
        for name in ("lag", "latency"):
            value = wanted.get(name, 0.0)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
                raise Refused(400, f"{name} must be a number of seconds, not negative")
        if not self._world.network.select(source, target):
            raise Refused(400, f"there is no link from {source} to {target}")
        self._world.switch_links(source=source, target=target, **wanted)
        return self._world.status()

    async def _sweep(self) -> Answer:
        """Ask every resolver for a sweep now."""
        for resolver in self._world.resolvers.values():
            resolver.sweep.wanted = True
        self._world.bell.ring()
        return {}

    async def _reset(self) -> Answer:
        self._world.reset()
        return {}

    async def _switch_resolver(self, region: str, **wanted: Any) -> Answer:
        resolver = self._resolver(region)
        if not wanted.keys() <= {"stopped", "duplicates"} or not all(isinstance(on, bool) for on in wanted.values()):
            raise Refused(400, "a resolver has the switches stopped and duplicates, true or false")
        resolver.stopped = wanted.get("stopped", resolver.stopped)
        resolver.duplicates = wanted.get("duplicates", resolver.duplicates)
        self._world.bell.ring()
        return self._world.status()

    async def _dead_letters(self, region: str) -> Answer:
        return {"dead_letters": list(self._resolver(region).dead_letters)}

    async def _give_up(self, region: str, *, letter: dict[str, Any]) -> Answer:
        self._resolver(region).give_up(letter)
        return {}

    async def _next_batch(self, region: str, table: str, *, wait: float = 0) -> Answer:
        """Where the mapping's next batch begins: wait until there are records and the resolver may run."""
        resolver = self._resolver(region)
        self._mapping(region, table).busy = False
        await self._until(lambda: not resolver.stopped and self._world.behind(region, table) > 0, resolver, wait)
        stream = self._world.dynamodb.stream(region, table)
        mapping = self._mapping(region, table)
        mapping.busy = not resolver.stopped and stream.end > mapping.position
        return {
            "go": mapping.busy,
            "stopped": resolver.stopped,
            "duplicates": resolver.duplicates,
            "arn": stream.arn,
            "after": mapping.after,
        }

    async def _batch_done(
        self, region: str, table: str, *, arn: str, after: str | None = None, error: str | None = None
    ) -> Answer:
        """The records up to ``after`` are done, or the batch met an error (it will be tried again)."""
        mapping = self._mapping(region, table)
        if arn != self._world.dynamodb.stream(region, table).arn:
            raise Refused(409, "this stream is gone: the tables were made anew")
        if after is not None:
            position = self._world.dynamodb.position_after(region, table, after, mapping.position)
            if position is None:
                raise Refused(409, f"no record {after} in the stream after the ones that are done")
            mapping.after, mapping.position, mapping.last_batch_at = after, position, time.time()
        mapping.error = error
        mapping.failures += error is not None
        self._world.bell.ring()
        return {"stopped": self._resolver(region).stopped}

    async def _next_sweep(self, region: str, *, wait: float = 0) -> Answer:
        """Wait until the region's next sweep is due and may run; it counts as started with the answer."""
        resolver, every = self._resolver(region), self._world.settings.sweep_every
        deadline = time.time() + min(wait, LONGEST_WAIT)
        resolver.sweep.running = False  # whoever asks for the next one is not in the middle of one
        while resolver.stopped or not resolver.sweep.due(every, time.time()):
            resolver.heard_at = now = time.time()
            if now >= deadline:
                return {"go": False}
            started = resolver.sweep.started_at
            next_sweep = deadline if resolver.stopped or started is None else started + every
            await self._world.bell.wait(max(0.001, min(deadline, next_sweep) - now))
        resolver.heard_at = time.time()
        resolver.sweep.start(self._world.changes, time.time())
        return {"go": True}

    async def _sweep_done(self, region: str, *, mended: int = 0, error: str | None = None) -> Answer:
        self._resolver(region).sweep.finish(mended, error, time.time())
        self._world.bell.ring()
        return {}

    async def _until(self, ready: Callable[[], bool], resolver: Resolver, wait: float) -> None:
        deadline = time.time() + min(wait, LONGEST_WAIT)
        resolver.heard_at = time.time()
        while not ready() and time.time() < deadline:
            await self._world.bell.wait(deadline - time.time())
        resolver.heard_at = time.time()

    def _resolver(self, region: object) -> Resolver:
        resolver = self._world.resolvers.get(region) if isinstance(region, str) else None
        if resolver is None:
            raise Refused(404, f"there is no region {region}, only {', '.join(self._world.resolvers)}")
        return resolver

    def _mapping(self, region: str, table: str) -> Mapping:
        mapping = self._resolver(region).mappings.get(table)
        if mapping is None:
            raise Refused(404, f"the resolver does not read {table}")
        return mapping


def _check(route: Callable[..., Awaitable[Answer]], names: list[str], arguments: Answer) -> None:
    """Hold the arguments against the route's own parameters and their types. Raises ``Refused``."""
    try:
        inspect.signature(route).bind(*names, **arguments)
    except TypeError as error:
        raise Refused(400, f"the request is not what this address takes: {error}") from error
    hints = get_type_hints(route)
    for name, value in arguments.items():
        kind = hints.get(name, object)
        wanted = kind if isinstance(kind, UnionType) else (get_origin(kind) or kind)
        if not isinstance(value, int | float if wanted is float else wanted):
            raise Refused(400, f"{name} has a value of another kind than it should")


def _arguments(scope: Scope, raw: bytes) -> dict[str, Any]:
    """The request's arguments: the body's JSON object, or the query string's numbers."""
    try:
        if raw:
            arguments = json.loads(raw)
            if not isinstance(arguments, dict):
                raise Refused(400, "the body must be a JSON object")
            return arguments
        return {name: float(value) for name, value in parse_qsl(scope["query_string"].decode("latin-1"))}
    except ValueError as error:
        raise Refused(400, f"the request cannot be read: {error}") from error
