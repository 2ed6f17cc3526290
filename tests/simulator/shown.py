"""What is shown when all has healed: everything that the app can read, held against rows and records."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from ledger import accounts, statements, transfers
from ledger.accounts import Account
from ledger.context import Ledger
from ledger.errors import LedgerError
from ledger.shares import Holdings
from tests.simulator.books import SIDES, Books, Entry
from tests.simulator.observer import Violation, fail

if TYPE_CHECKING:
    from tests.simulator.simulation import Simulation

PAGE = 4
ADDS_UP = "what is shown adds up"


def check(simulation: "Simulation", rows: Sequence[Entry], books: Books) -> None:
    """Read everything: accounts in every region, statements and transfers in one, for all replicas are equal by now."""
    regions = simulation.world.names
    ledgers = [simulation.apps[region].ledger for region in regions]
    executions: dict[str, list[Entry]] = defaultdict(list)
    lines: dict[str, list[Entry]] = defaultdict(list)
    for entry in books.transfers:
        executions[entry["entry_id"]].append(entry)
        for side in SIDES:
            lines[entry[side]].append(entry)
    try:
        for ledger in ledgers:
            _check_accounts(ledger, _expected(ledger, rows, books))
        for number, opening in enumerate(books.openings):
            name = opening["account_id"]
            _check_statement(ledgers[number % len(ledgers)], name, lines[name], books)
        for number, (transfer_id, found) in enumerate(executions.items()):
            _check_transfer(ledgers[number % len(ledgers)], transfer_id, found, books)
    except LedgerError as error:
        fail(ADDS_UP, f"it cannot be read: {error}")
    except Violation:
        raise
    except Exception as error:  # noqa: BLE001 - told as a violation, whatever it is
        fail("no unknown exception", f"reading after healing: {error!r}")


def _expected(ledger: Ledger, rows: Sequence[Entry], books: Books) -> Mapping[str, Account]:
    """Every account that was opened: in all the records' money, of which each share's row has a part.

    Without those that have no home share, or one without a balance: others look for that.
    """
    posted: dict[str, Decimal] = defaultdict(Decimal)
    for (name, _), amount in books.posted().items():
        posted[name] += amount
    by_key = {row["account_id"]: row for row in rows if "balance" in row}
    return {
        opening["account_id"]: _account(ledger, opening, posted[opening["account_id"]], by_key)
        for opening in books.openings
        if opening["account_id"] in by_key
    }


def _account(ledger: Ledger, opening: Entry, balance: Decimal, by_key: Mapping[str, Entry]) -> Account:
    name = opening["account_id"]
    keys = ledger.topology.share_keys(name)
    held = {region: Decimal(by_key[key]["balance"]) for region, key in keys.items() if key in by_key}
    here, registered = held.get(ledger.here, Decimal(0)), by_key[name]
    return Account(
        account_id=name,
        currency=opening["currency"],
        status=registered["status"],
        created_at=registered["created_at"],
        here=ledger.here,
        holdings=Holdings(balance, here, balance - here, Decimal(0), held),
    )


def _check_accounts(ledger: Ledger, expected: Mapping[str, Account]) -> None:
    for name, account in expected.items():
        if (found := accounts.read(ledger, name)) != account:
            fail(ADDS_UP, f"{ledger.here} shows {found}, and it is {account}")
    listed: list[Account] = []
    after: str | None = ""
    while after is not None:
        page, following = accounts.page(ledger, PAGE, after or None)
        listed += page
        if following is not None and following <= after:
            fail(ADDS_UP, f"{ledger.here}: after {after!r} the list goes on after {following!r}")
            return
        after = following
    if listed != [expected[name] for name in sorted(expected)]:
        fail(ADDS_UP, f"{ledger.here} lists {listed}, and there are {sorted(expected)}")


def _check_statement(ledger: Ledger, name: str, executions: Sequence[Entry], books: Books) -> None:
    lines, before = statements.page(ledger, name, PAGE)
    while before is not None:
        page, before = statements.page(ledger, name, PAGE, before)
        lines += page
    if not all(newer.position > older.position for newer, older in pairwise(lines)):
        fail(ADDS_UP, f"the statement of {name} is not in order: {lines}")
    found = {(line.transfer.transfer_id, line.transfer.region, line.voided) for line in lines}
    if found != {(entry["entry_id"], entry["region"], books.is_undone(entry)) for entry in executions}:
        fail(ADDS_UP, f"the statement of {name} is {lines}, and there are {executions}")


def _check_transfer(ledger: Ledger, transfer_id: str, executions: Sequence[Entry], books: Books) -> None:
    found = transfers.read(ledger, transfer_id)
    shown = {found.transfer.region: False} | dict.fromkeys(found.undone_in, True)
    if shown != {entry["region"]: books.is_undone(entry) for entry in executions}:
        fail(ADDS_UP, f"{transfer_id} is shown as {found}, and there are {executions}")
