"""The way from one region to another region's endpoint: a TCP proxy on the two links between them.

Bytes take as long as the link says and do not pass while it is cut: the caller gets no answer and no error. A caller
that still waits when the link heals is answered then, as TCP sends again what was not acknowledged; the request of
one that gave up meanwhile never arrives. If only the way back is cut, the request takes effect and the answer is lost.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from sandbox.config import HOST
from sandbox.network import Link

log = logging.getLogger(__name__)

CHUNK = 64 * 1024
CHUNKS_ON_THE_WAY = 16
"""Per connection and direction; with more the sender has to wait, as with a full TCP window."""
MOST_CONNECTIONS = 1000
"""Per port; past this number new ones are refused."""


class Proxy:
    """One port by which programs of one region reach another region's endpoint."""

    def __init__(self, outbound: Link, inbound: Link, *, port: int, target_port: int) -> None:
        self._outbound = outbound
        self._inbound = inbound
        self._port = port
        self._target_port = target_port
        self._connections: set[asyncio.Task[None]] = set()
        self.listening = asyncio.Event()
        self._requests = _OnTheWay()
        self._answers = _OnTheWay()

    async def serve(self, stop: asyncio.Event) -> None:
        """Accept connections until ``stop`` is set, then drop them all."""
        server = await asyncio.start_server(self._accepted, HOST, self._port, limit=CHUNK)
        self.listening.set()
        await stop.wait()
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @property
    def requests_on_the_way(self) -> int:
        """How many requests have not arrived at the far side. Their callers may have given up."""
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
        caller = _Sender(reader, self._outbound)
        try:
            with self._requests:
                await asyncio.sleep(self._outbound.latency)
                await caller.passing()
                far_reader, far_writer = await asyncio.open_connection(HOST, self._target_port, limit=CHUNK)
            far = _Sender(far_reader, self._inbound)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pump(caller, far_writer, self._requests, caller.passing))
                    both.create_task(_pump(far, writer, self._answers, self._inbound.passing))
            finally:
                far.close()
                far_writer.transport.abort()
        except* GivenUp:
            log.debug("link %s to %s: a caller gave up while the link was cut", *self._names)
        except* OSError as errors:
            log.warning("link %s to %s: the endpoint does not answer: %s", *self._names, errors.exceptions[0])
        finally:
            caller.close()


class GivenUp(Exception):
    """The caller closed its connection while a cut link held its request back."""


class _OnTheWay:
    """Counts what is on its way (use it as a context)."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> None:
        self.count += 1

    def __exit__(self, *_: object) -> None:
        self.count -= 1


class _Sender:
    """What one side of a connection sends, taken from it as it comes. ``due`` is when the link lets it arrive."""

    def __init__(self, reader: asyncio.StreamReader, link: Link) -> None:
        self._reader = reader
        self._link = link
        self._gone = asyncio.Event()
        self.sent: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_ON_THE_WAY)
        self._taking = asyncio.create_task(self._take())

    async def _take(self) -> None:
        clock = asyncio.get_running_loop().time
        chunk = b"-"
        while chunk:
            try:
                chunk = await self._reader.read(CHUNK)
            except ConnectionError:
                chunk = b""  # reset by its sender: the same as closed
            if not chunk:
                self._gone.set()
            await self.sent.put((clock() + self._link.latency, chunk))

    async def passing(self) -> None:
        """Return once the link is not cut. Raises ``GivenUp`` if the sender closes the connection before."""
        passing, gone = asyncio.create_task(self._link.passing()), asyncio.create_task(self._gone.wait())
        try:
            await asyncio.wait((passing, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            passing.cancel()
            gone.cancel()
        if self._link.cut:
            raise GivenUp

    def close(self) -> None:
        """Take nothing any more."""
        self._taking.cancel()


async def _pump(
    sender: _Sender, writer: asyncio.StreamWriter, travelling: _OnTheWay, passing: Callable[[], Awaitable[None]]
) -> None:
    """Carry bytes in one direction, each chunk when it is due, none while the link is cut."""
    clock = asyncio.get_running_loop().time
    try:
        chunk = b"-"
        while chunk:
            due, chunk = await sender.sent.get()
            # The end of an idle connection takes its time as well, but nobody waits for it: it does not count.
            with travelling if chunk else contextlib.nullcontext():
                await asyncio.sleep(due - clock())
                await passing()
                writer.write(chunk)
                await writer.drain()
        writer.write_eof()
    except OSError as error:
        log.debug("the receiver is gone: %s", error)
