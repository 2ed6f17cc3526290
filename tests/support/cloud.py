"""The ledger on a simulated global table: a program and a resolver per region, a clock that is set, and an auditor."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any
from unittest.mock import patch

import handler
from ledger import accounts, freezing, transfers
from ledger.accounts import Account, Application
from ledger.context import Ledger
from ledger.entries import JOURNAL
from ledger.reconciling import Sweep, reconcile
from ledger.retry import Patient
from ledger.shares import FROZEN, Share, believe
from ledger.topology import Topology
from ledger.transfers import Order, Outcome
from ledger.writes import ACCOUNTS
from tests.simulator.endpoint import Call
from tests.simulator.streams import Record, lambda_event
from tests.simulator.world import World

AP, EU, US = "ap-northeast-2", "eu-central-1", "us-east-1"
CALLER = "tester"
ROUNDS = 12  # of delivering, handling and sweeping, after which everything must be quiet


class SetClock:
    """A clock that moves a millisecond whenever it is looked at, and by as much as somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 1_790_000_000.0

    def tick(self) -> float:
        """The time in seconds, and on it goes."""
        self.seconds += 0.001
        return self.seconds

    def now(self) -> datetime:
        """See ``Clock``."""
        return datetime.fromtimestamp(self.tick(), UTC)

    def monotonic(self) -> float:
        """See ``Clock``."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """See ``Clock``."""
        self.seconds += seconds


def amount(value: str | int | Decimal) -> Decimal:
    """An amount, short."""
    return Decimal(value)


@dataclass
class Cloud:
    """All regions of a ledger. The first is home."""

    names: tuple[str, ...]
    seed: int = 1
    clock: SetClock = field(default_factory=SetClock)
    calls: list[Call] = field(default_factory=list)
    """Every request of a program that was answered."""
    fault: Callable[[Call, bool], None] | None = None
    """Called as (request, done) before and after each request; see ``tests.simulator.endpoint.Hook``."""
    failures: list[str] = field(default_factory=list)
    """Event ids of the records that the handler wants again."""

    def __post_init__(self) -> None:
        self.world = World(self.names, self.clock.tick, Random(self.seed))
        self.world.hook = self._hook
        self.topology = Topology(self.names)
        self._ids = 0
        self._read: dict[tuple[str, str], int] = {}
        self.ledgers = {region: self.program(region) for region in self.names}

    def program(self, region: str) -> Ledger:
        """Another process in ``region``, which remembers nothing yet."""
        stores = {name: Patient(store, self.clock) for name, store in self.world.stores(region).items()}
        return Ledger(region, self.topology, stores, self.clock, {}, self._new_id)

    def _new_id(self) -> str:
        self._ids += 1
        return f"op-{self._ids}"

    def _hook(self, call: Call, *, done: bool) -> None:
        if self.fault is not None:
            self.fault(call, done)
        if done:
            self.calls.append(call)

    @contextmanager
    def counted(self) -> Iterator[list[Call]]:
        """The requests that are answered inside the block."""
        before = len(self.calls)
        seen: list[Call] = []
        yield seen
        seen += self.calls[before:]

    # ---- Clients ------------------------------------------------------------------------------------------------

    @property
    def home(self) -> str:
        """The home region."""
        return self.names[0]

    def create(
        self,
        account_id: str,
        balance: str | int | Decimal = 0,
        region: str = "",
        currency: str = "USD",
        key: str | None = None,
    ) -> Account:
        """Create an account by a call in ``region`` (default: home)."""
        application = Application(account_id, amount(balance), currency, CALLER, key)
        return accounts.create(self.ledgers[region or self.home], application)[0]

    def pay(
        self,
        region: str,
        from_account: str,
        to_account: str,
        value: str | int | Decimal,
        key: str | None = None,
        reference: str | None = None,
    ) -> Outcome:
        """Pay by a call in ``region``; ``key`` is the client's."""
        order = Order(
            from_account,
            to_account,
            amount(value),
            reference,
            CALLER,
            key or self._new_id(),
            key is not None,
            "request",
        )
        return transfers.transfer(self.ledgers[region], order)

    def freeze(self, account_id: str, status: str = FROZEN) -> None:
        """Change an account's status as its home region does."""
        freezing.set_status(self.ledgers[self.home], account_id, status)

    # ---- Machinery ----------------------------------------------------------------------------------------------

    def deliver(self, source: str | None = None, target: str | None = None) -> int:
        """Let changes arrive in other regions."""
        return self.world.deliver_all(source, target)

    def records(self, region: str) -> list[Record]:
        """What the streams of ``region`` have that its resolver has not read yet. Reads it."""
        fresh: list[Record] = []
        for name in (ACCOUNTS, JOURNAL):
            records = self.world.regions[region].tables[name].records
            fresh += records[self._read.get((region, name), 0) :]
            self._read[region, name] = len(records)
        return fresh

    def handle(self, region: str, records: list[Record] | None = None) -> list[str]:
        """Run the Lambda on ``records``, or on what is new in the streams; returns the ids of failed records."""
        batch = self.records(region) if records is None else records
        if not batch:
            return []
        with patch.object(handler, "ledger", lambda: self.ledgers[region]):
            answer = handler.handler(lambda_event(batch), None)
        numbers = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        failed = [record.event_id for record in batch if record.wire_sequence in numbers]
        self.failures += failed
        return failed

    def trim(self) -> None:
        """Lose what is in all streams: nobody will ever read it."""
        for region in self.names:
            self.records(region)

    def sweep(self, region: str) -> Sweep:
        """Run ``reconcile`` in ``region``."""
        return reconcile(self.ledgers[region])

    def settle(self, *, events: bool = True, sweeps: bool = True) -> None:
        """Deliver, handle and sweep until nothing moves. Without ``events`` the streams are lost."""
        for _ in range(ROUNDS):
            before = self._versions()
            self.deliver()
            for region in self.names:
                if events:
                    self.handle(region)
                if sweeps:
                    self.sweep(region)
            if not events:
                self.trim()
            if self._versions() == before and not self.world.in_flight():
                return
        raise AssertionError(f"still moving after {ROUNDS} rounds")

    def _versions(self) -> list[int]:
        return [len(table.records) for region in self.world.regions.values() for table in region.tables.values()]

    # ---- Hands and eyes -----------------------------------------------------------------------------------------

    def key(self, account_id: str, region: str) -> str:
        """Key of the share of ``region``."""
        return self.topology.share_key(account_id, region)

    def hand(self, region: str, key: str, /, *remove: str, **changes: Any) -> None:
        """``update-item`` by a hand at the endpoint of ``region``."""
        self.world.update(region, ACCOUNTS, {"account_id": key}, changes, remove)

    def hand_put(self, region: str, key: str, /, **attributes: Any) -> None:
        """``put-item`` by a hand."""
        self.world.put(region, ACCOUNTS, {"account_id": key, **attributes})

    def hand_delete(self, region: str, key: str, /) -> None:
        """``delete-item`` by a hand."""
        self.world.delete(region, ACCOUNTS, {"account_id": key})

    def row(self, key: str, region: str = "") -> Mapping[str, Any] | None:
        """A row as it stands in ``region`` (default: in the region that writes it)."""
        return self.world.item(region or self.topology.owner(key) or self.home, ACCOUNTS, {"account_id": key})

    def share(self, account_id: str, region: str, seen_in: str = "") -> Share:
        """The share of ``region``, which must be sound."""
        share = believe(self.row(self.key(account_id, region), seen_in or region), self.topology)
        assert share is not None, f"{account_id} has no sound share in {region}"
        return share

    def balance(self, account_id: str, region: str) -> Decimal:
        """Balance of one share."""
        return self.share(account_id, region).balance

    def balances(self, account_id: str) -> list[Decimal]:
        """Balance of every share, in order of the regions; zero where there is none."""
        keys = self.topology.share_keys(account_id)
        return [self.balance(account_id, name) if self.row(keys[name], name) else Decimal(0) for name in self.names]

    def entries(self, kind: str, region: str = "") -> list[Mapping[str, Any]]:
        """Journal entries of one kind, as ``region`` knows them."""
        items = self.world.items(region or self.home, JOURNAL)
        return [item for item in items if item.get("kind") == kind]

    def incidents(self, region: str = "") -> list[str]:
        """Reasons of all incidents that ``region`` knows of."""
        return sorted(item["reason"] for item in self.entries("incident", region))

    def money(self) -> dict[str, Decimal]:
        """What all sound shares hold, by currency, with what is on the way, each read where it is written."""
        shares = [
            share
            for region in self.names
            for row in self.world.items(region, ACCOUNTS)
            if (share := believe(row, self.topology)) is not None and share.region == region
        ]
        accepted = {(share.account_id, share.region): share.accepted for share in shares}
        sums: dict[str, Decimal] = {}
        for share in shares:
            on_the_way = sum(
                granted - accepted.get((share.account_id, taker), {}).get(share.region, Decimal(0))
                for taker, granted in share.granted.items()
                if taker in self.names
            )
            sums[share.currency] = sums.get(share.currency, Decimal(0)) + share.balance + on_the_way
        return {currency: total for currency, total in sums.items() if total}

    def openings(self) -> dict[str, Decimal]:
        """What the journal says was ever paid in, by currency."""
        sums: dict[str, Decimal] = {}
        for entry in self.entries("opening"):
            if entry["entry_id"] != f"opening~{entry.get('account_id')}":
                continue  # put by a hand
            sums[entry["currency"]] = sums.get(entry["currency"], Decimal(0)) + entry["amount"]
        return {currency: total for currency, total in sums.items() if total}

    def audit(self) -> None:
        """What must hold when nothing moves any more."""
        assert not self.world.invalid, self.world.invalid
        assert not self.world.differing()
        assert self.money() == self.openings()
        entries = [entry for region in self.names for entry in self.entries("share", region)]
        opened = {entry["share"] for entry in entries if entry["entry_id"] == f"share~{entry.get('share')}"}
        for key in opened:
            assert believe(self.row(key), self.topology) is not None, f"{key}: {self.row(key)}"
        for account_id in {self.topology.account_of(key) for key in opened}:
            for giver in self.names:
                for taker in set(self.names) - {giver}:
                    if self.row(self.key(account_id, giver), giver) and self.row(self.key(account_id, taker), taker):
                        granted = self.share(account_id, giver).granted_to(taker)
                        accepted = self.share(account_id, taker).accepted_from(giver)
                        assert granted == accepted, f"{account_id}: {giver} gave {granted}, {taker} took {accepted}"
