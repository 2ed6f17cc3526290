"""Everything that lives in the engine process, tied together: tables, links, what is on the way, the resolvers."""

import asyncio
import contextlib
import os
import time
import uuid
from collections.abc import Hashable
from itertools import islice
from typing import Any

from sandbox import schema
from sandbox.bookkeeping import MAPPED_TABLES, Resolver
from sandbox.config import Settings
from sandbox.dynamo import DynamoDB
from sandbox.network import Network
from sandbox.proxy import Proxy
from sandbox.replication import Image, Replicator

ARRIVALS_AT_ONCE = 100
"""Between as many replicated writes, requests get their turn."""


class Bell:
    """Wakes everybody who waits for something to happen."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake all who wait now."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float | None) -> None:
        """Return at the next ring, or after ``seconds``."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)


class World:
    """The cloud: what the switches show and change."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.bell = Bell()
        self.changes = 0
        self.network = Network(settings.directions(), lag=settings.lag, latency=settings.call_latency)
        self.resolvers = {region: Resolver(region) for region in settings.regions}
        self.proxies = {
            (caller, target): Proxy(
                self.network.links[caller, target],
                self.network.links[target, caller],
                port=settings.link_port(caller, target),
                target_port=settings.engine_port,
            )
            for caller, target in settings.directions()
        }
        self._id = str(uuid.uuid4())
        self._started_at = time.time()
        self._replicator = Replicator(self.network, clock=time.time)
        plain = [schema.PLAIN_TABLE] if settings.shows_picture else []
        self.dynamodb = DynamoDB([*schema.tables(), *plain], settings.regions, self._written)
        self._transfers = dict.fromkeys(settings.regions, 0)

    def _written(self, region: str, table: str, key: Hashable, image: Image | None) -> None:
        self._replicator.capture(region, table, key, image)
        self._changed(table)
        if image is not None and table == "journal-table" and image.get("kind") == {"S": "transfer"}:
            self._transfers[region] += 1
        self.bell.ring()

    def _changed(self, table: str) -> None:
        if table in MAPPED_TABLES:
            self.changes += 1

    async def replicate(self) -> None:
        """Apply changes as they arrive, for ever."""
        while True:
            for region, change in islice(self._replicator.arrivals(), ARRIVALS_AT_ONCE):
                if self._replicator.accept(region, change):
                    self.dynamodb.apply(region, change)
                    self._changed(change.table)
                    self.bell.ring()
            due = self._replicator.next_due()
            await self.bell.wait(None if due is None else max(0.0, due - time.time()))

    def switch_links(
        self,
        *,
        source: str | None = None,
        target: str | None = None,
        cut: bool | None = None,
        lag: float | None = None,
        latency: float | None = None,
    ) -> None:
        """Change the links from ``source`` to ``target`` (``None``: all regions). ``None`` leaves a thing as it is."""
        for link in self.network.select(source, target):
            healed = cut is False and link.cut
            if cut is not None:
                link.cut = cut
            if latency is not None:
                link.latency = latency
            if lag is not None:
                link.lag = lag
            if healed or lag is not None:
                self._replicator.reschedule(link)
        self.bell.ring()

    def reset(self) -> None:
        """Empty all tables and forget what was on the way."""
        self._replicator = Replicator(self.network, clock=time.time)
        self.dynamodb.create_tables()
        for resolver in self.resolvers.values():
            resolver.forget()
        self.changes += 1
        self.bell.ring()

    def behind(self, region: str, table: str) -> int:
        """How many records of the stream the region's resolver has not done."""
        stream = self.dynamodb.stream(region, table)
        return max(0, stream.end - self.resolvers[region].mappings[table].position)

    def status(self) -> dict[str, Any]:
        """Everything there is to see, as JSON."""
        return {
            "engine": {"id": self._id, "pid": os.getpid(), "started_at": self._started_at},
            "changes": self.changes,
            "transfers": dict(self._transfers),
            "links": [
                {
                    "from": link.source,
                    "to": link.target,
                    "cut": link.cut,
                    "lag": link.lag,
                    "latency": link.latency,
                    "on_the_way": self._replicator.on_the_way(link.source, link.target),
                    "oldest_ago": self._replicator.oldest_ago(link.source, link.target),
                    "calls": self.proxies[link.source, link.target].requests_on_the_way,
                }
                for link in self.network.links.values()
            ],
            "resolvers": [self._resolver_status(resolver) for resolver in self.resolvers.values()],
        }

    def on_the_way(self) -> list[dict[str, Any]]:
        """The changes on each link, as far as a picture can show them."""
        return [
            {"from": link.source, "to": link.target, "changes": self._replicator.sketch(link.source, link.target)}
            for link in self.network.links.values()
        ]

    def _resolver_status(self, resolver: Resolver) -> dict[str, Any]:
        sweep = resolver.sweep
        return {
            "region": resolver.region,
            "stopped": resolver.stopped,
            "duplicates": resolver.duplicates,
            "heard_ago": _ago(resolver.heard_at),
            "busy": resolver.busy,
            "mappings": [
                {
                    "table": table,
                    "behind": self.behind(resolver.region, table),
                    "busy": mapping.busy,
                    "failures": mapping.failures,
                    "last_batch_ago": _ago(mapping.last_batch_at),
                    "error": mapping.error,
                }
                for table, mapping in resolver.mappings.items()
            ],
            "sweep": {
                "running": sweep.running,
                "started_ago": _ago(sweep.started_at),
                "finished_ago": _ago(sweep.finished_at),
                "mended": sweep.mended,
                "error": sweep.error,
                "clean_through": sweep.clean_through,
            },
            "given_up": resolver.given_up,
            "dead_letters": list(resolver.dead_letters)[-10:],
        }


def _ago(moment: float | None) -> float | None:
    return None if moment is None else round(time.time() - moment, 3)
