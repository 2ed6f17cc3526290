"""How much memory and time an audit takes.

Run it: ``PYTHONPATH=webapp:lambda_src python -m tests.support.audit_size [ACCOUNTS] [TRANSFERS] [PARTS] [MERCHANTS]``.

The tables are made up while they are read, so what is measured is the audit itself, and no table. Every account has a
share in both regions; the transfers are spread over all accounts, or with MERCHANTS 1 all go to one. The books are
right, but for one account.

Memory depends on the size of a part, so a tenth of the accounts in a tenth of the parts need as much as all.
"""

import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from ledger import entries
from ledger.auditing.findings import Severity
from ledger.auditing.options import Options
from ledger.auditing.run import audit
from ledger.auditing.spool import PARTS
from ledger.context import Ledger
from ledger.requests import Item, Key, Query, Write
from ledger.start import Remembered, SystemClock
from ledger.topology import Topology
from ledger.writes import ACCOUNTS, listed, new_share
from tests.support.cloud import AP, EU

TIME = "2026-01-01T00:00:00.000000Z"
OPENING, AMOUNT = Decimal(1000), Decimal("0.01")
PAGE = 500
MERCHANT = 1
TOPOLOGY = Topology((AP, EU))


class MadeUp:
    """``Store`` of a ledger with so many accounts and transfers, the same in every region."""

    def __init__(self, accounts: int, transfers: int, merchants: int) -> None:
        self._accounts = accounts
        self._transfers = transfers
        self._merchants = merchants

    def scan(self, table: str, segment: int = 0, segments: int = 1) -> Iterator[Sequence[Item]]:
        """See ``Store``."""
        page: list[Item] = []
        for item in self._rows(segment, segments) if table == ACCOUNTS else self._entries(segment, segments):
            page.append(item)
            if len(page) == PAGE:
                yield page
                page = []
        yield page

    def _rows(self, segment: int, segments: int) -> Iterator[Item]:
        for number in range(segment, self._accounts, segments):
            yield self._share(number, AP)
            yield self._share(number, EU)

    def _share(self, number: int, region: str) -> Item:
        name = f"account-{number}"
        given = OPENING / 2
        here, there = ({EU: given}, {}) if region == AP else ({}, {AP: given})
        balance = given + self._posted(number) if region == AP else given
        wrong = Decimal(1) if number == 0 and region == EU else Decimal(0)
        key = TOPOLOGY.share_key(name, region)
        row = new_share(key, region, "USD", op="op", now=TIME, balance=balance + wrong, granted=here, accepted=there)
        return listed(row) if region == AP else row

    def _parties(self, number: int) -> tuple[int, int]:
        """Payer and payee of a transfer: from account n to the merchant, or to account n + 1, round and round."""
        payer = number % self._accounts
        to_merchant = self._merchants and payer != MERCHANT
        return payer, MERCHANT if to_merchant else (payer + 1) % self._accounts

    def _posted(self, number: int) -> Decimal:
        """What the transfers have come to."""
        if not self._merchants:
            received = self._paid((number - 1) % self._accounts)
        elif number == MERCHANT:
            received = self._transfers - self._paid(MERCHANT)
        else:
            received = self._paid(MERCHANT) if number == MERCHANT + 1 else 0
        return AMOUNT * (received - self._paid(number))

    def _paid(self, number: int) -> int:
        """How many transfers an account has sent."""
        return len(range(number, self._transfers, self._accounts))

    def _entries(self, segment: int, segments: int) -> Iterator[Item]:
        for number in range(segment, self._accounts, segments):
            name = f"account-{number}"
            yield entries.opening(name, AP, OPENING, "USD", TIME, source="created", granted_to=AP)
            for region in (AP, EU):
                yield entries.share_opened(TOPOLOGY.share_key(name, region), region, TIME, "USD")
        for number in range(segment, self._transfers, segments):
            payer, payee = self._parties(number)
            yield entries.Transfer(
                f"transfer-{number}", AP, f"account-{payer}", f"account-{payee}", AMOUNT, "USD", None, TIME, "p", "r"
            ).entry()

    def get(self, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """See ``Store``: only the first account is ever asked for."""
        share, opening = self._share(0, AP), next(iter(self._entries(0, 1)))
        known: dict[str, Item] = {
            "account-0": share,
            f"account-0@{EU}": self._share(0, EU),
            "opening~account-0": opening,
            **{f"share~{key}": share for key in TOPOLOGY.share_keys("account-0").values()},
        }
        asked = [(key.get("account_id") or key["entry_id"], key.get("region", "")) for _, key in keys]
        return [None if "~" in region else known.get(name) for name, region in asked]

    def query(self, query: Query) -> list[Item]:
        """See ``Store``: nothing is recent."""
        return []

    def write(self, writes: Sequence[Write], token: str) -> None:
        """See ``Store``."""
        raise AssertionError("an audit writes nothing")

    def ping(self) -> None:
        """See ``Store``."""


def measure(accounts: int, transfers: int, parts: int, merchants: int) -> str:
    """Run an audit over so many; what it took, in a line."""
    store = MadeUp(accounts, transfers, merchants)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ledger = Ledger(AP, TOPOLOGY, {AP: store, EU: store}, SystemClock(), Remembered(), str)
    began = time.monotonic()
    report = audit(ledger, replace(Options(), wait=0.1, workers=2, parts=parts, rate=10**9))
    seconds = time.monotonic() - began
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = [finding.subject for finding in report.of(Severity.WRONG)]
    return (
        f"{report.accounts:,} accounts, {transfers:,} transfers to {merchants or accounts:,} of them, {parts} parts: "
        f"{report.rows:,} rows in {seconds:,.0f} s ({report.rows / seconds:,.0f} rows/s), "
        f"{megabytes:,.0f} MB at most, {before:,.0f} MB before it began; wrong: {found}"
    )


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    print(measure(*(numbers + [1_000_000, 1_000_000, PARTS, 0][len(numbers) :])))
