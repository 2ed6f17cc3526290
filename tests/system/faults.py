"""What happens to a sandbox under torture: made from a seed before anything starts, and carried out at its time."""

import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

import psutil
from boto3.dynamodb.types import TypeSerializer

from sandbox.testing import Sandbox

WEIGHTS = {"cut": 3, "lag": 3, "latency": 1, "kill": 5, "duplicates": 1, "pause": 1, "hand": 7}
HANDS = {"set": 4, "put": 2, "delete": 1, "note": 1, "set-everywhere": 1, "new": 1, "new-everywhere": 1}
ACCOUNTS = "account-table"
MEAN_GAP = 1.2  # seconds between two faults
MOST = 2_000  # faults
LONGEST_LAG, LONGEST_LATENCY = 2.5, 0.3  # seconds
_serialize = TypeSerializer().serialize


class Fault(NamedTuple):
    """At ``at`` seconds from the start ``kind`` happens, with what ``dice`` (a seed) chooses."""

    at: float
    kind: str
    dice: int


def plan(seed: int, seconds: float) -> list[Fault]:
    """The faults of ``seconds``, in order of time."""
    random = Random(seed)
    found: list[Fault] = []
    now = 1.0
    while now < seconds and len(found) < MOST:
        (kind,) = random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        found.append(Fault(now, kind, random.getrandbits(32)))
        if kind in ("cut", "pause"):
            lasts = random.uniform(1.0, 6.0)
            found.append(Fault(now + lasts, {"cut": "heal", "pause": "resume"}[kind], 0))
        now += random.expovariate(1 / MEAN_GAP)
    return sorted(fault for fault in found if fault.at < seconds)


@dataclass
class Tormentor:
    """Carries out faults. ``accounts``: whose rows hands write into."""

    sandbox: Sandbox
    accounts: Sequence[str]
    done: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def carry_out(self, fault: Fault) -> None:
        """Do it, count it and note it in words."""
        method = getattr(self, f"_{fault.kind}")
        what = method(Random(fault.dice))
        self.done[what.partition(":")[0]] += 1
        self.log.append(f"{time.monotonic() - self.began:7.2f} s  {what}")

    def heal(self) -> None:
        """End all faults that last."""
        self.sandbox.heal()
        self.sandbox.lag(0.2)
        self.sandbox.latency(0.02)
        for region in self.sandbox.regions:
            self.sandbox.duplicates(region, on=False)
        self._resume(Random(0))

    def _cut(self, random: Random) -> str:
        source, target = self._direction(random)
        self.sandbox.cut(source, target)
        return f"cut: {source or 'all'} to {target or 'all'}"

    def _heal(self, _: Random) -> str:
        self.sandbox.heal()
        return "heal: all links"

    def _lag(self, random: Random) -> str:
        source, target = self._direction(random)
        seconds = random.choice((0.0, 0.1, random.uniform(0, LONGEST_LAG)))
        self.sandbox.lag(seconds, source, target)
        return f"lag: {seconds:.2f} s, {source or 'all'} to {target or 'all'}"

    def _latency(self, random: Random) -> str:
        seconds = random.uniform(0, LONGEST_LATENCY)
        self.sandbox.latency(seconds)
        return f"latency: {seconds:.2f} s"

    def _kill(self, random: Random) -> str:
        """SIGKILL to an app, to one of its workers, or to a resolver; nothing if it is down already."""
        part = random.choice([f"{kind}-{region}" for kind in ("app", "resolver") for region in self.sandbox.regions])
        pid = self.sandbox.pid(part)
        try:
            if pid is None:
                return f"nothing: {part} is down"
            victims = [psutil.Process(pid), *psutil.Process(pid).children()]
            victim = random.choice(victims)
            os.kill(victim.pid, signal.SIGKILL)
        except (psutil.NoSuchProcess, ProcessLookupError):
            return f"nothing: {part} is just going down"
        return f"kill: {part}{'' if victim.pid == pid else ', a worker'}"

    def _duplicates(self, random: Random) -> str:
        region, on = random.choice(self.sandbox.regions), random.random() < 0.7
        self.sandbox.duplicates(region, on=on)
        return f"duplicates: {'on' if on else 'off'} in {region}"

    def _pause(self, random: Random) -> str:
        region = random.choice(self.sandbox.regions)
        self.sandbox.control.post(f"resolvers/{region}", stopped=True)
        return f"pause: the resolver of {region}"

    def _resume(self, _: Random) -> str:
        for region in self.sandbox.regions:
            self.sandbox.start_resolver(region)
        return "resume: all resolvers"

    def _hand(self, random: Random) -> str:
        (kind,) = random.choices(list(HANDS), list(HANDS.values()))
        region = random.choice(self.sandbox.regions)
        account = random.choice(self.accounts)
        _home, *others = self.sandbox.regions
        key = random.choice([account, *(f"{account}@{other}" for other in others)])
        value = random.randrange(2_000)
        match kind:
            case "set":
                self._update(region, key, "balance", Decimal(value))
            case "set-everywhere":
                for n, each in enumerate(self.sandbox.regions):
                    self._update(each, key, "balance", Decimal(value + n))
            case "put":
                self._put_over(region, {"account_id": key, "balance": Decimal(value), "currency": "USD"})
            case "delete":
                self.sandbox.client(region).delete_item(TableName=ACCOUNTS, Key={"account_id": {"S": key}})
            case "note":
                self._update(region, key, "note", f"n{value}")
            case "new":
                key = f"by-hand-{value}"
                self._put_new(region, {"account_id": key, "balance": Decimal(value)})
            case _:
                key = f"by-hand-{value}"
                for n, each in enumerate(self.sandbox.regions):
                    self._put_new(each, {"account_id": key, "balance": Decimal(value + n), "currency": "USD"})
        return f"hand {kind}: {key} in {region}, {value}"

    def _update(self, region: str, key: str, name: str, value: Any) -> None:
        """Set an attribute of a row, if it is there."""
        self._if_there(
            region,
            key,
            "update_item",
            Key={"account_id": {"S": key}},
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": _serialize(value)},
        )

    def _put_over(self, region: str, row: dict[str, Any]) -> None:
        """Put a bare row over a share, if it is there: one that nobody has opened is no money of anybody's."""
        item = {name: _serialize(value) for name, value in row.items()}
        self._if_there(region, row["account_id"], "put_item", Item=item)

    def _if_there(self, region: str, key: str, operation: str, **request: Any) -> None:
        client = self.sandbox.client(region)
        condition = "attribute_exists(account_id)"
        try:
            getattr(client, operation)(TableName=ACCOUNTS, ConditionExpression=condition, **request)
        except client.exceptions.ConditionalCheckFailedException:
            self.log.append(f"          there is no {key} in {region}")

    def _put_new(self, region: str, row: dict[str, Any]) -> None:
        item = {name: _serialize(value) for name, value in row.items()}
        self.sandbox.client(region).put_item(TableName=ACCOUNTS, Item=item)

    def _direction(self, random: Random) -> tuple[str | None, str | None]:
        if random.random() < 0.5:
            return None, None
        source, target = random.sample(self.sandbox.regions, 2)
        return source, target
