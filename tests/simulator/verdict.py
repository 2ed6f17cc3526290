"""The end of a history: everything heals, and then the books of all regions must agree."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from ledger.breaker import PAUSE
from ledger.shares import ACTIVE, Share, believe
from ledger.transfers import Order
from tests.simulator import programs, shown
from tests.simulator.books import Books, Entry
from tests.simulator.clients import Payment
from tests.simulator.observer import ACCOUNTS, JOURNAL, fail, totals

if TYPE_CHECKING:
    from tests.simulator.simulation import Simulation

ROUNDS = 40
OF_HANDS = {"foreign-write", "deleted-by-hand", "rebuilt", "given-back", "unknown-share", "not-money"}
OF_HANDS |= {"not-an-account-id", "too-large", "not-a-currency", "status-taken-back"}


def close(simulation: "Simulation") -> None:
    """Heal everything, let clients ask again, and check the books. Raises ``Violation``.

    Of a history without steps only the accounts are checked: what it breaks, no payment has broken.
    """
    heal(simulation)
    if not simulation.plan.steps:
        check(simulation)
        return
    _ask_again(simulation)
    heal(simulation)
    check(simulation)
    _pay_normally(simulation)
    heal(simulation)
    books = check(simulation)
    shown.check(simulation, simulation.world.items(simulation.world.names[0], ACCOUNTS), books)


def stop_at_violation(simulation: "Simulation") -> None:
    """Raise what was violated, if anything. An invalid request first: the exception that it leads to tells less."""
    if simulation.world.invalid:
        fail("no invalid request", repr(simulation.world.invalid[0]))
    if simulation.observer.broken is not None:
        raise simulation.observer.broken


def heal(simulation: "Simulation") -> None:
    """Let everything arrive and everyone work without faults until nothing is left to do."""
    world = simulation.world
    world.heal()
    for region in world.regions.values():
        for table in region.tables.values():
            table.index_lag = 0
    simulation.say("everything heals")
    while simulation.late:
        simulation.arrive_late(0)
    for task in list(simulation.tasks):
        simulation.finish(task)
    simulation.time.advance(PAUSE)  # from now on a region that did not answer is asked again
    for number in range(1, ROUNDS):
        if not _round(simulation, number):
            stop_at_violation(simulation)
            return
        stop_at_violation(simulation)
        simulation.time.advance(5)
    fail("quiet after healing", f"still at work after {ROUNDS} rounds of deliveries, events and sweeps")


def _round(simulation: "Simulation", number: int) -> bool:
    """Deliver all, handle all, sweep when that has nothing left to do, and now and then.

    Returns whether there was anything to do.
    """
    world = simulation.world
    moved = world.deliver_all()
    for region in world.names:
        simulation.observer.skip(region)
    for shard in simulation.shards:
        for _ in range(3):
            task = shard.begin(25)
            if task is None:
                break
            moved += 1
            simulation.begin(task, partial(simulation.resolved, shard))
            simulation.finish(task)
        if shard.behind > 1000:
            fail("quiet after healing", f"{shard.region} {shard.table}: events beget events")
    if moved and number % 4:
        return True
    for region in world.names:
        found: list[Any] = []
        task = simulation.start(simulation.resolvers[region], "last sweep", programs.sweep, found.append)
        simulation.finish(task)
        if task.failure is not None:
            fail("no unknown exception", f"the sweep of {region}: {task.failure!r}")
        moved += task.value["mended"] + len(task.value["left"])
    return bool(moved) or world.in_flight() > 0 or any(shard.behind for shard in simulation.shards)


def _ask_again(simulation: "Simulation") -> None:
    """Every second client that does not know what came of its payment asks again, and is told now."""
    for number, payment in enumerate(list(simulation.payments.values())):
        if payment.open and number % 2:
            region = simulation.plan.regions[number % len(simulation.plan.regions)]
            before = payment.refused
            _decide(simulation, region, payment)
            if not payment.acknowledged and payment.refused == before:
                fail("liveness", f"after healing {payment.order} was not decided")


def _decide(simulation: "Simulation", region: str, payment: Payment) -> None:
    """Let a client ask for a payment: once, or twice. Who asks again sends the key, whoever had made it.

    An app may have learnt an account's currency from a row that a hand had put. By the first answer, 503, it learns
    better.
    """
    before = payment.refused
    sides = {payment.order.from_account, payment.order.to_account}
    for _ in range(2 if sides & simulation.observer.touched else 1):
        simulation.pay(region, payment, replace(payment.order, key_is_clients=True))
        for task in list(simulation.tasks):
            simulation.finish(task)
        stop_at_violation(simulation)
        if payment.acknowledged or payment.refused > before:
            return


def _pay_normally(simulation: "Simulation") -> None:
    """After healing, a payment between any two accounts works in any region."""
    world, topology = simulation.world, simulation.topology
    home = world.items(topology.home, ACCOUNTS)
    held: dict[str, Decimal] = defaultdict(Decimal)
    status: dict[str, tuple[str, str]] = {}
    for row in home:
        share = believe(row, topology)
        if share is not None:
            held[share.account_id] += share.balance
            if share.region == topology.home:
                status[share.account_id] = (share.currency, share.status)
    payers = [name for name in sorted(status) if held[name] >= 2 and status[name][1] == ACTIVE]
    for region in world.names:
        for payer in payers[:2]:
            payee = next((name for name in sorted(status) if name != payer and status[name] == status[payer]), None)
            if payee is None or held[payer] < 1:
                continue
            held[payer] -= 1
            held[payee] += 1
            order = Order(payer, payee, Decimal(1), None, "client", f"last-{simulation.new_id()}", True, "request")
            payment = simulation.payments[Payment(order).transfer_id] = Payment(order)
            _decide(simulation, region, payment)
            if not payment.acknowledged:
                fail("liveness", f"after healing {region} does not execute {order}")


def check(simulation: "Simulation") -> Books:
    """The books, when nothing is on the way. Raises ``Violation``."""
    world = simulation.world
    if differing := world.differing():
        fail("replicas equal", f"{differing[0]} differs between regions")
    rows = world.items(world.names[0], ACCOUNTS)
    journal = world.items(world.names[0], JOURNAL)
    books = Books(journal)
    _check_shares(simulation, rows, books)
    _check_transfers(simulation, books)
    _check_incidents(simulation, books)
    return books


def _check_shares(simulation: "Simulation", rows: Sequence[Entry], books: Books) -> None:
    topology, posted = simulation.topology, books.posted()
    opened: dict[str, Decimal] = defaultdict(Decimal)
    held: dict[str, Decimal] = defaultdict(Decimal)
    whole: dict[str, Decimal] = defaultdict(Decimal)
    counters: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    reported = {entry.get(name) for entry in books.incidents for name in ("share", "account")}
    shares = []
    for row in rows:
        share = believe(row, topology)
        if share is None:
            if row["account_id"] not in reported:
                fail("nothing left damaged", f"{dict(row)} is nobody's and no incident says so")
            continue
        shares.append(share)
        expected = posted[share.account_id, share.region] + totals(share.accepted) - totals(share.granted)
        if share.balance != expected:
            fail("balance as the records say", f"{dict(row)}: the records say {expected}")
        held[share.currency] += share.balance
        whole[share.account_id] += share.balance
        for other, amount in share.granted.items():
            counters[share.account_id, share.region, other] += amount
        for other, amount in share.accepted.items():
            counters[share.account_id, other, share.region] -= amount
    registered = {share.account_id: share.status for share in shares if share.region == topology.home}
    for share in shares:
        if share.status != registered.get(share.account_id):
            fail("one status in all regions", f"{share}, at home {registered.get(share.account_id)}")
    for way, amount in counters.items():
        if amount:
            fail("nothing on the way", f"{way}: {amount}")
    for entry in books.openings:
        opened[entry["currency"]] += entry["amount"]
    keys = {row["account_id"] for row in rows}
    for entry in books.shares:
        if entry["share"] not in keys:
            fail("no share missing", f"{entry['share']} was opened and is not there")
    for currency in held.keys() | opened.keys():
        if held[currency] != opened[currency]:
            fail("sum of balances", f"{currency}: {held[currency]} held, {opened[currency]} opened")
    _check_deficits(simulation, shares, whole, books)


def _check_deficits(
    simulation: "Simulation", shares: Sequence[Share], whole: Mapping[str, Decimal], books: Books
) -> None:
    """Only what was undone, or a hand, brings an account below zero, and an incident says so."""
    overdrawn = {entry["account"] for entry in books.incidents if entry["reason"] == "overdrawn"}
    explained = books.undone_to()
    for name, balance in whole.items():
        if balance >= 0:
            continue
        if name not in overdrawn or (name not in simulation.observer.touched and -balance > explained[name]):
            fail("no account below zero without an incident", f"{name}: {balance}, undone: {explained[name]}")
    for share in shares:
        if share.balance >= 0:
            continue
        if whole[share.account_id] >= 0 and share.status == ACTIVE:
            fail("deficits are covered", f"{share}, the account has {whole[share.account_id]}")


def _check_transfers(simulation: "Simulation", books: Books) -> None:
    executions: dict[str, dict[str, Any]] = defaultdict(dict)
    for entry in books.transfers:
        executions[entry["entry_id"]][entry["region"]] = entry
    undone = {entry["transfer_id"] for entry in books.incidents if entry["reason"] == "different-transfers"}
    for transfer_id, payment in simulation.payments.items():
        standing = [entry for entry in executions.get(transfer_id, {}).values() if not books.is_undone(entry)]
        if payment.acknowledged and len(standing) != 1:
            fail("acknowledged means executed once", f"{payment.order} stands {len(standing)} times")
        if executions.get(transfer_id) and len(standing) != 1:
            fail("executed once", f"{payment.order} stands {len(standing)} times")
        if transfer_id in simulation.observer.touched_entries:
            continue  # while a hand had its entry, nobody could know what it was
        if standing and not payment.acknowledged and not payment.unknown:
            fail("refused means not executed", f"{payment.order} was refused and stands")
        if standing and payment.acknowledged - {standing[0]["digest"]} and transfer_id not in undone:
            fail("acknowledged means executed once", f"{payment.order}: another body stands")
    for (name, _), creation in simulation.creations.items():
        if name in simulation.observer.touched:
            continue
        found = [entry for entry in books.openings if entry["account_id"] == name]
        if len(found) != 1 or (found[0]["amount"], found[0]["currency"]) != (creation.balance, creation.currency):
            fail("acknowledged means created", f"{creation}: {found}")


def _check_incidents(simulation: "Simulation", books: Books) -> None:
    touched, undone = simulation.observer.touched, books.undone_to()
    for entry in books.incidents:
        account = simulation.topology.account_of(str(entry.get("account", entry.get("share", ""))))
        reason = entry["reason"]
        if reason in OF_HANDS:
            explained = account in touched
        elif reason == "journal-changed":
            explained = entry["entry"].split()[0] in simulation.observer.touched_entries
        elif reason == "overdrawn":
            explained = account in touched or -entry["balance"] <= undone[account]
        else:
            payment = simulation.payments.get(entry.get("transfer_id", ""))
            explained = payment is not None and len(payment.digests) > 1
        if not explained:
            fail("no false alarm", f"{dict(entry)}")
