"""What a sandbox consists of: regions, ports and speeds, as one value that all its processes share."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
REGIONS = ("ap-northeast-2", "eu-central-1")
ENVIRONMENT_VARIABLE = "SANDBOX_SETTINGS"
HIGHEST_PORT = 65535
ACCOUNT = "000000000000"
"""The only account there is, whatever the credentials."""
SHARD = "shardId-00000000000000000000-00000000"
"""The engine's streams have one shard each."""
CREDENTIALS = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
"""The engine takes any."""


class BadSettings(ValueError):
    """A setting that no sandbox can run with; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One sandbox. Times are seconds.

    ``lag`` is how long a write takes to arrive in another region's table; ``call_latency`` how long bytes of a
    direct call to another region take, each way. ``handler`` is the module with the Lambda's functions and
    ``wsgi`` the application of gunicorn. The first region is the home region. ``picture``: a page that shows both
    regions; it needs the apps, and two regions.
    """

    regions: tuple[str, ...] = REGIONS
    port_offset: int = 0
    lag: float = 0.5
    call_latency: float = 0.05
    sweep_every: float = 5.0
    apps: bool = True
    resolvers: bool = True
    handler: str = "handler"
    wsgi: str = "config.wsgi:application"
    picture: bool = True

    def __post_init__(self) -> None:
        ports = self.ports()
        if not self.regions or len(set(self.regions)) != len(self.regions):
            raise BadSettings(f"regions must be given, each once: {', '.join(self.regions) or 'none'}")
        if self.port_offset < 0 or max(ports.values()) > HIGHEST_PORT:
            highest = HIGHEST_PORT - (max(ports.values()) - self.port_offset)
            raise BadSettings(f"PORT_OFFSET must be from 0 to {highest}, not {self.port_offset}")
        if len(set(ports.values())) != len(ports):
            raise BadSettings(f"{len(self.regions)} regions need more link ports than there are between 4571 and 4579")
        if min(self.lag, self.call_latency) < 0 or self.sweep_every <= 0:
            raise BadSettings("lag and call latency must not be negative, and the sweep's interval must be above zero")

    @property
    def home(self) -> str:
        """The home region, which registers account ids."""
        return self.regions[0]

    @property
    def engine_port(self) -> int:
        """Port of the DynamoDB endpoint that serves all regions."""
        return 4566 + self.port_offset

    @property
    def control_port(self) -> int:
        """Port of the switches."""
        return 4580 + self.port_offset

    def app_port(self, region: str) -> int:
        """Port of the region's app."""
        return 8080 + self.regions.index(region) + self.port_offset

    @property
    def shows_picture(self) -> bool:
        """Whether there is a page that shows both regions."""
        return self.picture and self.apps and len(self.regions) == 2

    @property
    def picture_port(self) -> int:
        """Port of that page."""
        return 8090 + self.port_offset

    def metrics_port(self, kind: str, region: str) -> int:
        """Port of the figures of the region's ``"app"`` or ``"resolver"``, for Prometheus."""
        return {"app": 9108, "resolver": 9118}[kind] + self.regions.index(region) + self.port_offset

    def link_port(self, caller: str, target: str) -> int:
        """Port by which programs of ``caller`` reach the DynamoDB endpoint of ``target``."""
        return 4571 + list(permutations(self.regions, 2)).index((caller, target)) + self.port_offset

    def ports(self) -> dict[str, int]:
        """Every port of this sandbox, by what it is for."""
        links = {f"link {caller} to {target}": self.link_port(caller, target) for caller, target in self.directions()}
        apps = {f"app {region}": self.app_port(region) for region in self.regions} if self.apps else {}
        picture = {"picture": self.picture_port} if self.shows_picture else {}
        kinds = [kind for kind, wanted in (("app", self.apps), ("resolver", self.resolvers)) if wanted]
        figures = {
            f"figures of {kind} {region}": self.metrics_port(kind, region) for kind in kinds for region in self.regions
        }
        return {"engine": self.engine_port, **links, "control": self.control_port, **apps, **picture, **figures}

    def directions(self) -> list[tuple[str, str]]:
        """Ordered pairs of different regions."""
        return list(permutations(self.regions, 2))

    def endpoints(self, region: str) -> dict[str, str]:
        """Where programs of ``region`` find each region's DynamoDB: the own one directly, others through a link."""
        own = {region: f"http://{HOST}:{self.engine_port}"}
        others = (other for other in self.regions if other != region)
        return own | {other: f"http://{HOST}:{self.link_port(region, other)}" for other in others}

    @property
    def directory(self) -> Path:
        """Where logs and the list of processes are."""
        return ROOT / ".sandbox" / str(self.port_offset)

    def to_environment(self) -> dict[str, str]:
        """The variable that hands these settings to a child process."""
        return {ENVIRONMENT_VARIABLE: json.dumps(asdict(self))}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings that the parent process handed over, or the defaults at this shell's ``PORT_OFFSET``."""
        handed = environment.get(ENVIRONMENT_VARIABLE)
        if handed:
            values = json.loads(handed)
            return cls(**values | {"regions": tuple(values["regions"])})
        return replace(cls(), port_offset=port_offset(environment))


def port_offset(environment: Mapping[str, str] = os.environ) -> int:
    """The number in ``PORT_OFFSET`` (0 without one). Raises ``BadSettings`` when it is no number."""
    text = environment.get("PORT_OFFSET", "").strip() or "0"
    if not text.isascii() or not text.isdigit():
        raise BadSettings(f"PORT_OFFSET must be a whole number such as 100, not {text!r}")
    return int(text)
