"""The picture's process: ``python -m sandbox.picture``."""

import asyncio
import logging
import signal

from sandbox.asgi import serve_http
from sandbox.config import Settings
from sandbox.picture.cloud import Cloud
from sandbox.picture.demonstration import Demonstration
from sandbox.picture.looking import Looking
from sandbox.picture.server import Picture


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    cloud = Cloud(settings)
    demonstration = Demonstration(cloud)
    await serve_http(Picture(cloud, Looking(cloud), demonstration), settings.picture_port, stop)
    demonstration.stop()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(_run(Settings.from_environment()))
