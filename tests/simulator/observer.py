"""What must hold at every moment, checked at every write that a program of the ledger makes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ledger.requests import Write
from ledger.shares import FROZEN
from ledger.topology import Topology
from tests.simulator import coverage
from tests.simulator.books import SIDES
from tests.simulator.streams import Record
from tests.simulator.world import World

ACCOUNTS = "account-table"
JOURNAL = "journal-table"
ZERO = Decimal(0)

INVARIANTS = (
    "acknowledged means created",
    "acknowledged means executed once",
    "an answer to another request",
    "balance as the records say",
    "a frozen account does not move",
    "deficits are covered",
    "each version names the one before",
    "entries are written once",
    "executed once",
    "executed, then refused",
    "liveness",
    "no account below zero without an incident",
    "no false alarm",
    "no invalid request",
    "no share below zero",
    "no share missing",
    "no unknown exception",
    "nothing left damaged",
    "nothing on the way",
    "one status in all regions",
    "one writer",
    "only opened shares move",
    "opened with the status known",
    "quiet after healing",
    "refused means not executed",
    "replicas equal",
    "sum of balances",
    "what is shown adds up",
)
"""All that must hold, by name."""

IGNORED: set[str] = set()
"""Invariants that are not looked at: for negative controls that know none of the ledger's rules."""

_MENDS = {"foreign-write", "deleted-by-hand", "rebuilt"}


@contextmanager
def looking_only_at(invariant: str) -> Iterator[None]:
    """While the block runs, nothing else can be violated."""
    before = set(IGNORED)
    IGNORED.update({*INVARIANTS} - {invariant})
    try:
        yield
    finally:
        IGNORED.clear()
        IGNORED.update(before)


class Violation(Exception):
    """Something that must hold does not. ``invariant`` names it."""

    def __init__(self, invariant: str, words: str) -> None:
        super().__init__(f"{invariant}: {words}")
        if invariant not in INVARIANTS:
            raise ValueError(f"there is no such invariant: {invariant}")
        self.invariant = invariant
        self.words = words


def fail(invariant: str, words: str) -> None:
    """Raise ``Violation``, unless nobody looks at this invariant."""
    if invariant not in IGNORED:
        raise Violation(invariant, words)


def totals(counters: Any) -> Decimal:
    """Sum of a map of counters."""
    return sum(counters.values(), ZERO) if isinstance(counters, Mapping) else ZERO


def _status(row: Mapping[str, Any]) -> tuple[Any, Any]:
    return row.get("status"), row.get("status_version")


class Observer:
    """Follows every region's own rows and journal, and remembers the first violation."""

    def __init__(self, world: World, topology: Topology, counts: Counter[str]) -> None:
        self._world = world
        self._topology = topology
        self._counts = counts
        self._seen = {(region, table): 0 for region in world.names for table in (ACCOUNTS, JOURNAL)}
        self.posted: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        """What the journal says each region did to each account."""
        self.touched: set[str] = set()
        """Accounts of which a row or an entry was written by a hand or by a foreign program."""
        self.touched_entries: set[str] = set()
        """Ids of journal entries that a hand has written or deleted."""
        self.broken: Violation | None = None

    def violated(self, invariant: str, words: str) -> None:
        """Remember a violation, if it is the first."""
        if self.broken is None and invariant not in IGNORED:
            self.broken = Violation(invariant, words)

    def skip(self, region: str) -> None:
        """What has changed in ``region`` was not written by the ledger there."""
        for table in (ACCOUNTS, JOURNAL):
            self._seen[region, table] = len(self._world.regions[region].tables[table].records)

    def _new(self, region: str, table: str) -> list[Record]:
        records = self._world.regions[region].tables[table].records
        start = self._seen[region, table]
        self._seen[region, table] = len(records)
        return records[start:]

    def written(self, region: str, writes: Sequence[Write], *, foreign: bool) -> bool:
        """A program has sent ``writes`` to the endpoint of ``region``. Returns whether anything has come of it."""
        journal = self._new(region, JOURNAL)
        entries = [record.new for record in journal if record.new is not None]
        rows = self._new(region, ACCOUNTS)
        if foreign:
            for record in rows:
                self.touched.add(self._topology.account_of(record.keys["account_id"]))
        reasons = {entry["reason"] for entry in entries if entry.get("kind") == "incident"}
        for entry in entries:
            if entry["region"].partition("~")[0] != region and not foreign:
                self.violated("one writer", f"{region} has written the entry {dict(entry)}")
            self._post(entry)
        for record in rows:
            self._row(region, record, entries, reasons, foreign)
        if not foreign:
            self._born(region, rows, entries)
        if not foreign and "journal-changed" not in reasons:  # else an entry is put back that a hand had
            self._paid(region, rows, entries)
            self._written_once(journal)
        if rows or entries:
            coverage.count_entries(self._counts, entries, writes)
            if not reasons:
                coverage.count_moves(self._counts, rows, paying=bool(entries))
        return bool(rows or entries)

    def _post(self, entry: Mapping[str, Any]) -> None:
        kind, region = entry.get("kind"), entry["region"].partition("~")[0]
        if kind == "opening":
            self.posted[entry["account_id"], region] += entry["amount"]
        elif kind in ("transfer", "void"):
            sign = 1 if kind == "transfer" else -1
            self.posted[entry["from_account"], region] -= sign * entry["amount"]
            self.posted[entry["to_account"], region] += sign * entry["amount"]

    def _row(
        self, region: str, record: Record, entries: Iterable[Mapping[str, Any]], reasons: set[str], foreign: bool
    ) -> None:
        key, new, old = record.keys["account_id"], record.new, record.old
        account = self._topology.account_of(key)
        if foreign:
            return
        if self._topology.owner(key) != region:
            self.violated("one writer", f"{region} has written the row {key}")
        if new is None:
            self.violated("one writer", f"{region} has deleted the row {key}")
            return
        before = old.get("balance", ZERO) if old is not None else ZERO
        balance = new.get("balance")  # none, if the ledger has taken a row out of use that a hand has put without it
        if isinstance(balance, Decimal) and isinstance(before, Decimal) and balance < min(before, ZERO):
            kinds = {entry.get("kind") for entry in entries}
            voided = sum((entry["amount"] for entry in entries if entry.get("kind") == "void"), ZERO)
            if "incident" not in kinds and min(before, ZERO) - balance > voided:
                self.violated("no share below zero", f"{key} goes from {before} to {balance} with {kinds}")
        if new.get("last") == new.get("prev") or (old is not None and "last" in old and new.get("prev") != old["last"]):
            self.violated("each version names the one before", f"{dict(old or {})} became {dict(new)}")
        if account in self.touched:
            return
        if reasons & _MENDS:
            self.violated("no false alarm", f"{key} was mended ({reasons}) and nobody had touched it")
        expected = self.posted[account, region] + totals(new["accepted"]) - totals(new["granted"])
        if balance != expected or new.get("ledger_balance") != expected:
            self.violated("balance as the records say", f"{key} has {balance}, records say {expected}")

    def _paid(self, region: str, rows: Iterable[Record], entries: Iterable[Mapping[str, Any]]) -> None:
        """A payment moves no money of a share that its own row says is frozen, or that was never opened.

        Whoever has frozen it, and whoever has put a row there.
        """
        paid = [entry for entry in entries if entry.get("kind") == "transfer"]
        if not paid:
            return
        keys = {self._topology.share_key(entry[side], region) for entry in paid for side in SIDES}
        journal = self._world.regions[region].tables[JOURNAL]
        for record in rows:
            key, old = record.keys["account_id"], record.old
            if old is None or key not in keys:
                continue
            if old.get("status") == FROZEN:
                self.violated("a frozen account does not move", f"{dict(old)}: {[dict(entry) for entry in paid]}")
            if journal.item((f"share~{key}", region)) is None and f"share~{key}" not in self.touched_entries:
                self.violated("only opened shares move", f"{dict(old)}: {[dict(entry) for entry in paid]}")

    def _written_once(self, journal: Iterable[Record]) -> None:
        """The journal only grows."""
        for record in journal:
            if record.old is not None:
                self.violated("entries are written once", f"{dict(record.old)} became {dict(record.new or {})}")

    def _born(self, region: str, rows: Iterable[Record], entries: Iterable[Mapping[str, Any]]) -> None:
        """A share that is opened has the status of the home share as it is known in its region by then."""
        opened = {entry["share"] for entry in entries if entry.get("kind") == "share"}
        for record in rows:
            key, new = record.keys["account_id"], record.new
            if record.old is not None or new is None or "condemned" in new or key not in opened:
                continue
            home = self._topology.share_key(self._topology.account_of(key), self._topology.home)
            known = self._world.regions[region].tables[ACCOUNTS].item(home)
            if known is not None and _status(known) != _status(new):
                self.violated("opened with the status known", f"{dict(new)}, and home is {dict(known)}")
