"""The way from one region to another region's endpoint: a TCP proxy on the two links between them.

Bytes take as long as the link says and do not pass while it is cut: the caller gets no answer and no error,
and what it had sent arrives after the link heals, as TCP sends again what was not acknowledged. So a request
can take effect long after its caller gave up, and an answer can be lost after its request took effect.
"""

import asyncio
import logging

from sandbox.config import HOST
from sandbox.network import Link

log = logging.getLogger(__name__)

CHUNK = 64 * 1024
CHUNKS_ON_THE_WAY = 16
"""Per connection and direction; with more the sender has to wait, as with a full TCP window."""
MOST_CONNECTIONS = 1000
"""Per port. A cut link keeps the connections of callers that gave up; past this number new ones are refused."""


class Proxy:
    """One port by which programs of one region reach another region's endpoint."""

    def __init__(self, outbound: Link, inbound: Link, *, port: int, target_port: int) -> None:
        self._outbound = outbound
        self._inbound = inbound
        self._port = port
        self._target_port = target_port
        self._connections: set[asyncio.Task[None]] = set()
        self._requests = _OnTheWay()
        self._answers = _OnTheWay()

    async def serve(self, stop: asyncio.Event) -> None:
        """Accept connections until ``stop`` is set, then drop them all."""
        server = await asyncio.start_server(self._accepted, HOST, self._port, limit=CHUNK)
        await stop.wait()
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @property
    def requests_on_the_way(self) -> int:
        """How many pieces of requests have not arrived at the far side. Their callers may have given up."""
        return self._requests.count

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # asyncio runs this callback as a task
        if len(self._connections) >= MOST_CONNECTIONS:
            log.warning("link %s to %s: more than %d connections", *self._names, MOST_CONNECTIONS)
            writer.transport.abort()
            return
        self._connections.add(task)
        try:
            await self._carry(reader, writer)
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    @property
    def _names(self) -> tuple[str, str]:
        return self._outbound.source, self._outbound.target

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection's bytes both ways until both sides have closed it."""
        # The far side hears of the connection when the link lets it: it would not wait for ever for a request that a
        # cut link holds back. The caller may have sent it already.
        with self._requests:
            await asyncio.sleep(self._outbound.latency)
            await self._outbound.passing()
            try:
                far_reader, far_writer = await asyncio.open_connection(HOST, self._target_port, limit=CHUNK)
            except OSError as error:
                log.warning("link %s to %s: the endpoint does not answer: %s", *self._names, error)
                return
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, far_writer, self._outbound, self._requests))
                both.create_task(_pump(far_reader, writer, self._inbound, self._answers))
        finally:
            far_writer.transport.abort()


class _OnTheWay:
    """Counts what is on its way (use it as a context)."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> None:
        self.count += 1

    def __exit__(self, *_: object) -> None:
        self.count -= 1


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link, travelling: _OnTheWay) -> None:
    """Carry bytes in one direction, each chunk ``link.latency`` after it came, none while the link is cut."""
    on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_ON_THE_WAY)
    clock = asyncio.get_running_loop().time

    async def take() -> None:
        chunk = b"-"
        while chunk:
            try:
                chunk = await reader.read(CHUNK)
            except ConnectionError:
                chunk = b""  # reset by its sender: the same as closed, what came before it is still on the way
            await on_the_way.put((clock() + link.latency, chunk))

    taking = asyncio.create_task(take())
    try:
        chunk = b"-"
        while chunk:
            due, chunk = await on_the_way.get()
            with travelling:
                await asyncio.sleep(due - clock())
                await link.passing()
                writer.write(chunk)
                await writer.drain()
        writer.write_eof()
    except OSError as error:
        log.debug("link %s to %s: the receiver is gone: %s", link.source, link.target, error)
    finally:
        taking.cancel()
