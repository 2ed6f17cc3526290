"""The sandbox as the picture reaches it: both regions' tables, the switches, the applications, the plain program."""

from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from ledger.context import Ledger
from ledger.start import Configuration, connect, connect_for_reading
from sandbox.client import Client
from sandbox.config import HOST, Settings
from sandbox.picture.paying import Payments
from sandbox.picture.plain import PlainProgram
from sandbox.schema import PLAIN_TABLE

NAMES = {"ap-northeast-2": "Seoul", "eu-central-1": "Frankfurt"}
ACCOUNTS = ("bakery", "cinema", "florist", "garage")
"""Of the demonstration."""
OPENING = 1000
CURRENCY = "USD"


class Cloud:
    """One sandbox of two regions. It looks at every region's tables past the links, as no program of a region can."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home, self.away = settings.regions
        self.control = Client(settings.control_port)
        self.payments = Payments({region: settings.app_port(region) for region in settings.regions})
        self._url = f"http://{HOST}:{settings.engine_port}"
        self.ledgers: dict[str, Ledger] = {region: connect(self._configuration(region)) for region in settings.regions}
        self.plain = {region: PlainProgram(self.table(region, PLAIN_TABLE["TableName"])) for region in settings.regions}

    def _configuration(self, region: str) -> Configuration:
        return Configuration(region, self.settings.regions, dict.fromkeys(self.settings.regions, self._url))

    @cached_property
    def books(self) -> Ledger:
        """For reading whole tables."""
        return connect_for_reading(self._configuration(self.home))

    def table(self, region: str, name: str) -> Any:
        """A table of ``region``, as somebody with boto3 writes to it."""
        # A session for each: boto3's default session is not for several threads.
        resource: Any = boto3.session.Session().resource(
            "dynamodb",
            region_name=region,
            endpoint_url=self._url,
            config=Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1}),
        )
        return resource.Table(name)

    def name(self, region: str) -> str:
        """What people call the region."""
        return NAMES.get(region, region)
