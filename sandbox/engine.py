"""The engine process: DynamoDB's endpoint, replication, the links' ports and the switches, on one event loop."""

import asyncio
import contextlib
import logging
import resource
import signal

from sandbox.asgi import serve_http
from sandbox.config import Settings
from sandbox.control import Control
from sandbox.world import World


async def run(settings: Settings) -> None:
    """Serve until the process is told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    world = World(settings)
    # If one of these fails, all stop and the process ends: a cloud with one part missing would mislead.
    async with asyncio.TaskGroup() as parts:
        replication = parts.create_task(world.replicate())
        for proxy in world.proxies.values():
            parts.create_task(proxy.serve(stop))
        parts.create_task(serve_http(world.dynamodb, settings.engine_port, stop))
        parts.create_task(serve_http(Control(world), settings.control_port, stop))
        await stop.wait()
        replication.cancel()


def main() -> None:
    """Entry point of ``python -m sandbox.engine``."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Callers of a cut link hold two connections each.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # not allowed here: the limit that is there has to do
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 16384)), hard))
    asyncio.run(run(Settings.from_environment()))


if __name__ == "__main__":
    main()
