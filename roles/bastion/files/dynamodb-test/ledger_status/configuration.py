"""What the set-up wrote for the tools of the bastion, and clients made from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from ledger_status.apps import App

FILE = Path("/etc/dynamodb-test/config.json")
TABLES = ("account-table", "journal-table", "control-table")
CONNECT_TIMEOUT = 2.0  # seconds
READ_TIMEOUT = 4.0  # seconds


class NotConfigured(Exception):
    """The tools cannot work on this host. The message names the file and the fix."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """This bastion's region, all regions (home first), each region's app, endpoints other than AWS's own."""

    region: str
    regions: tuple[str, ...]
    apps: Mapping[str, App]
    table_endpoints: Mapping[str, str]
    endpoint: str | None

    def others(self) -> list[str]:
        """All regions but this one."""
        return [region for region in self.regions if region != self.region]

    def client(self, service: str, region: str) -> Any:
        """A boto3 client that gives up after some seconds."""
        url = self.table_endpoints.get(region) if service == "dynamodb" else None
        config = Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"total_max_attempts": 2, "mode": "standard"},
        )
        return boto3.client(service, region_name=region, endpoint_url=url or self.endpoint, config=config)  # type: ignore[call-overload]


def read_configuration(file: Path = FILE) -> Configuration:
    """Read ``file``. Raises ``NotConfigured``."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return Configuration(
            region=told["region"],
            regions=tuple(told["regions"]),
            apps={
                region: App(address, told["app_names"].get(region), told["ca_file"] or None)
                for region, address in told["apps"].items()
            },
            table_endpoints=dict(pair.split("=", 1) for pair in told["ledger_endpoints"].split(",") if pair),
            endpoint=told["aws_endpoint_url"] or None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotConfigured(f"{file}: {error!r}. It is written by: ansible-playbook playbooks/bastion.yml") from error
