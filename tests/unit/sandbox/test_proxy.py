"""The TCP proxy between regions, in front of a server of the test's own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from sandbox import proxy
from sandbox.config import HOST
from sandbox.network import Link
from sandbox.proxy import CHUNK, Proxy

SOON = 0.15
"""Seconds within which what is not held back happens on this machine."""


@dataclass(slots=True)
class Lines:
    """A proxy with its two links, and a server behind it that notes what it gets and answers each line with it."""

    outbound: Link = field(default_factory=lambda: Link("a", "b", lag=0, latency=0))
    inbound: Link = field(default_factory=lambda: Link("b", "a", lag=0, latency=0))
    port: int = 0
    proxy: Proxy | None = None
    connections: int = 0
    received: bytes = b""
    ended: bool = False
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        while chunk := await reader.read(CHUNK):
            self.received += chunk
            writer.write(chunk)
        self.ended = True
        writer.close()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(HOST, self.port)
        self.writers.append(writer)
        return reader, writer

    async def close(self) -> None:
        for writer in self.writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def proxied() -> AsyncIterator[Lines]:
    lines = Lines()
    server = await asyncio.start_server(lines.serve, HOST, 0)
    free = await asyncio.start_server(lines.serve, HOST, 0)
    lines.port = free.sockets[0].getsockname()[1]
    free.close()
    await free.wait_closed()
    target_port = server.sockets[0].getsockname()[1]
    lines.proxy = Proxy(lines.outbound, lines.inbound, port=lines.port, target_port=target_port)
    stop = asyncio.Event()
    serving = asyncio.create_task(lines.proxy.serve(stop))
    await asyncio.wait_for(lines.proxy.listening.wait(), 10)
    try:
        yield lines
    finally:
        stop.set()
        await serving
        await lines.close()
        server.close()
        await server.wait_closed()


def scenario(play: Callable[[Lines], Awaitable[None]]) -> None:
    async def run() -> None:
        async with proxied() as lines:
            await asyncio.wait_for(play(lines), 10)

    asyncio.run(run())


def test_bytes_pass_both_ways_and_so_does_the_end() -> None:
    async def play(lines: Lines) -> None:
        reader, writer = await lines.connect()
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        writer.write_eof()
        assert await reader.read() == b""
        assert lines.ended

    scenario(play)


def test_a_cut_link_holds_a_request_back_until_it_heals() -> None:
    async def play(lines: Lines) -> None:
        lines.outbound.cut = True
        reader, writer = await lines.connect()
        writer.write(b"hello")
        await writer.drain()
        await asyncio.sleep(SOON)
        assert (lines.connections, lines.received) == (0, b"")
        assert lines.proxy is not None
        assert lines.proxy.requests_on_the_way == 1
        lines.outbound.cut = False
        assert await reader.readexactly(5) == b"hello"
        assert lines.proxy.requests_on_the_way == 0

    scenario(play)


@pytest.mark.parametrize("connected_before", [True, False])
def test_the_request_of_a_caller_that_gave_up_at_a_cut_link_never_arrives(*, connected_before: bool) -> None:
    async def play(lines: Lines) -> None:
        lines.outbound.cut = not connected_before
        _, writer = await lines.connect()
        await asyncio.sleep(SOON)
        lines.outbound.cut = True
        writer.write(b"late")
        await writer.drain()
        await asyncio.sleep(SOON)
        writer.close()
        await asyncio.sleep(SOON)
        assert lines.proxy is not None
        assert lines.proxy.requests_on_the_way == 0
        lines.outbound.cut = False
        await asyncio.sleep(SOON)
        assert (lines.connections, lines.received) == (int(connected_before), b"")

    scenario(play)


def test_the_end_of_an_idle_connection_is_no_request() -> None:
    async def play(lines: Lines) -> None:
        reader, writer = await lines.connect()
        writer.write(b"warm")
        await reader.readexactly(4)
        lines.outbound.latency = 2 * SOON
        assert lines.proxy is not None
        writer.close()
        await asyncio.sleep(SOON)
        assert (lines.ended, lines.proxy.requests_on_the_way) == (False, 0)
        await asyncio.sleep(2 * SOON)
        assert lines.ended

    scenario(play)


def test_an_answer_waits_at_a_cut_way_back() -> None:
    async def play(lines: Lines) -> None:
        reader, writer = await lines.connect()
        lines.inbound.cut = True
        writer.write(b"hello")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readexactly(5), SOON)
        assert lines.received == b"hello"
        lines.inbound.cut = False
        assert await reader.readexactly(5) == b"hello"

    scenario(play)


def test_each_way_takes_its_own_latency() -> None:
    async def play(lines: Lines) -> None:
        reader, writer = await lines.connect()
        writer.write(b"warm")
        await reader.readexactly(4)
        lines.outbound.latency, lines.inbound.latency = 0.1, 0.2
        started = asyncio.get_running_loop().time()
        writer.write(b"x")
        await reader.readexactly(1)
        assert 0.3 <= asyncio.get_running_loop().time() - started < 0.3 + SOON

    scenario(play)


def test_a_cut_link_takes_only_so_much_from_a_sender() -> None:
    async def play(lines: Lines) -> None:
        reader, writer = await lines.connect()
        writer.write(b"warm")
        await reader.readexactly(4)
        lines.outbound.cut = True
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 100_000_000:
                writer.write(b"x" * CHUNK)
                sent += CHUNK
                await asyncio.wait_for(writer.drain(), SOON)
        assert sent < 50_000_000
        writer.transport.abort()

    scenario(play)


def test_past_the_bound_new_connections_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "MOST_CONNECTIONS", 2)

    async def play(lines: Lines) -> None:
        lines.outbound.cut = True
        held = [await lines.connect() for _ in range(2)]
        reader, _ = await lines.connect()
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 1) == b""
        lines.outbound.cut = False
        held[0][1].write(b"x")
        assert await held[0][0].readexactly(1) == b"x"

    scenario(play)


def test_without_a_far_side_the_caller_is_hung_up_on() -> None:
    async def play(lines: Lines) -> None:
        assert lines.proxy is not None
        lines.proxy._target_port = 1  # nothing listens there
        reader, _ = await lines.connect()
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 1) == b""

    scenario(play)
