"""Clients in all regions: what they ask of the ledger, and what its answers must be."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from ledger import accounts, freezing, transfers
from ledger.accounts import Application
from ledger.context import Ledger
from ledger.shares import ACTIVE, FROZEN, believe
from ledger.transfers import Order
from tests.simulator import plain, reading
from tests.simulator.clients import Creation, Payment, digest, kind_of, words_of
from tests.simulator.hands import Hands
from tests.simulator.observer import ACCOUNTS, JOURNAL
from tests.simulator.programs import Task
from tests.simulator.reading import Reading
from tests.simulator.schedule import Plan
from tests.simulator.stage import Done, Stage

BUSY = 12  # tasks at once; then the oldest goes on to its end
CURRENCIES = ("USD", "USD", "USD", "KRW", "BHD")


class Traffic(Stage):
    """The stage with clients. Each ``do_…`` is a step of a schedule."""

    def __init__(self, plan: Plan, tell: Callable[[str], None] | None = None) -> None:
        super().__init__(plan, tell)
        self.hands = Hands(self.world, self.observer, self.topology)
        self.payments: dict[str, Payment] = {}
        self.creations: dict[tuple[str, str | None], Creation] = {}
        self.frozen: set[str] = set()
        """Accounts that anyone ever tried to freeze."""
        self.names: list[str] = []
        self.operations = 0

    def make_room(self) -> None:
        """Let the oldest task come to its end, if there are many."""
        while len(self.tasks) >= BUSY:
            self.finish(next(iter(self.tasks)))

    def do_pay(self, random: Random) -> None:
        """A client pays."""
        payer, payee = self._pair(random)
        amount = Decimal(random.choice((1, 3, 10, 25, 60, 150, 400)))
        if random.random() < 0.1:
            amount += Decimal("0.5")
        order = Order(payer, payee, amount, None, "client", f"key-{self.new_id()}", random.random() < 0.7, "request")
        payment = Payment(order)
        self.payments[payment.transfer_id] = payment
        self.pay(random.choice(self.plan.regions), payment, order)

    def _pair(self, random: Random) -> tuple[str, str]:
        names = self.names + self.hands.names
        if len(names) < 2 or random.random() < 0.02:
            names = [*names, "nobody"]
        payer, payee = random.sample(names, 2) if len(names) > 2 else names[:2]
        return (payer, payee) if random.random() < 0.97 else (payer, payer)

    def pay(self, region: str, payment: Payment, order: Order) -> None:
        """Send a request to pay to the app of a region, and remember its answer."""
        self.make_room()
        self.operations += 1
        order = replace(order, request_id=f"request-{self.operations}")
        mark = digest(order)
        payment.digests.add(mark)
        payment.unknown += 1
        before = self._executed(payment.transfer_id, mark)
        words = f"pay {order.amount} from {order.from_account} to {order.to_account} as {payment.transfer_id[:8]}"

        def done(task: Task) -> None:
            answer = kind_of(task.failure) if task.finished else "again"
            self.coverage[f"payment: {words_of(task.failure) if task.finished else 'nobody answers'}"] += 1
            if answer == "leaked":
                self.observer.violated("no unknown exception", f"{words}: {task.failure!r}")
            if answer == "done":
                payment.acknowledged.add(mark)
                payment.unknown -= 1
                if task.value.replayed:
                    self.coverage["replay"] += 1
                if task.value.transfer.digest != mark:
                    self.observer.violated("an answer to another request", words)
            elif answer == "final":
                payment.unknown -= 1
                payment.refused += 1
                forgotten = self.observer.touched_entries & self._entries_of(order, payment.transfer_id)
                if before and len(payment.digests) == 1 and not forgotten:
                    self.observer.violated("executed, then refused", f"{words}: {task.failure!r}")

        self.start(self.apps[region], words, partial(_transfer, order), done)

    def _entries_of(self, order: Order, transfer_id: str) -> set[str]:
        """The ids of the entries without which a region does not know of a payment, or of its accounts."""
        accounts = (order.from_account, order.to_account)
        keys = {f"share~{key}" for name in accounts for key in self.topology.share_keys(name).values()}
        return {transfer_id, *(f"opening~{name}" for name in accounts), *keys}

    def _executed(self, transfer_id: str, mark: str) -> bool:
        """Whether a region has executed this id with this body, whoever knows of it."""
        journals = ((region, world.tables[JOURNAL].rows) for region, world in self.world.regions.items())
        rows = (rows.get((transfer_id, region)) for region, rows in journals)
        return any(row is not None and row.item is not None and row.item.get("digest") == mark for row in rows)

    def do_repeat(self, random: Random) -> None:
        """A client sends a request again, anywhere."""
        if self.payments:
            payment = self._recent(random)
            order = payment.order
            # Once it was answered, the client knows the key and sends it.
            self.pay(random.choice(self.plan.regions), payment, replace(order, key_is_clients=True))

    def do_repeat_twice(self, random: Random) -> None:
        """A client sends a new request to two regions at once."""
        if len(self.plan.regions) < 2:
            return
        payer, payee = self._pair(random)
        amount = Decimal(random.choice((1, 3, 10, 25)))
        order = Order(payer, payee, amount, None, "client", f"key-{self.new_id()}", True, "request")
        payment = self.payments[Payment(order).transfer_id] = Payment(order)
        for region in random.sample(self.plan.regions, 2):
            self.pay(region, payment, order)

    def do_repeat_other(self, random: Random) -> None:
        """A client uses a key again for another request."""
        if self.payments:
            payment = self._recent(random)
            other = replace(payment.order, key_is_clients=True)
            if random.random() < 0.5:
                other = replace(other, amount=other.amount + random.choice((1, 2)))
            else:
                payer, payee = self._pair(random)
                other = replace(other, from_account=payer, to_account=payee)
            self.pay(random.choice(self.plan.regions), payment, other)

    def _recent(self, random: Random) -> Payment:
        payments = list(self.payments.values())
        return random.choice(payments[-8:] if random.random() < 0.8 else payments)

    def do_create(self, random: Random) -> None:
        """A client creates an account: a new one, or one that exists."""
        name = f"a{random.randrange(8)}"
        balance = Decimal(random.choice((0, 50, 100)))
        self.create(random.choice(self.plan.regions), name, balance, random.choice(CURRENCIES), random)

    def do_create_twice(self, random: Random) -> None:
        """Clients create an account in all regions at once."""
        name, key = f"a{random.randrange(8)}", random.choice((None, "same"))
        for region in self.plan.regions:
            balance = Decimal(random.choice((70, 70, 71)) if key else random.randrange(100))
            self.create(region, name, balance, "USD", random, key)

    def create(
        self, region: str, name: str, balance: Decimal, currency: str, random: Random, key: str | None = ""
    ) -> None:
        """Send a request to create an account. ``key``: the client's; ``""``: any or none, ``"same"``: one per name."""
        self.make_room()
        self.operations += 1
        if key == "":
            key = random.choice((None, f"create-{self.new_id()}"))
        if key == "same":
            key = f"same-{name}"
        if name not in self.names:
            self.names.append(name)
        creation = Creation(name, balance, currency, key)
        words = f"create {name} with {balance} {currency}"

        def done(task: Task) -> None:
            self.coverage[f"creation: {words_of(task.failure) if task.finished else 'nobody answers'}"] += 1
            if task.finished and kind_of(task.failure) == "leaked":
                self.observer.violated("no unknown exception", f"{words}: {task.failure!r}")
            if task.finished and task.failure is None:
                creation.acknowledged = True
                self.creations[name, f"{balance}{currency}{key}"] = creation

        application = Application(name, balance, currency, "client", key)
        self.start(self.apps[region], words, partial(_create, application), done)

    def do_plain(self, random: Random) -> None:
        """A program that everybody would write first moves money between two rows: read both, compute, put both."""
        self.make_room()
        region = random.choice(self.plan.regions)
        keys = [row["account_id"] for row in self.world.items(region, ACCOUNTS)]
        if len(keys) < 2:
            return
        self.operations += 1
        self.coverage["hand: plain program"] += 1
        payer, payee = random.sample(keys, 2)
        amount = Decimal(random.randrange(1, 20))
        work = partial(plain.move, payer, payee, amount, knows=random.random() < 0.3 and not self.plan.lossy)
        endpoint = region
        if random.random() < 0.3:  # it was given the endpoint of another region
            endpoint = random.choice(self.plan.regions)
            self.coverage["hand: plain program at another endpoint"] += endpoint != region
        words = f"move {amount} from {payer} to {payee} at {endpoint}"
        self.start(self.foreign(region, endpoint), words, work, _ignore)

    def do_read(self, random: Random) -> None:
        """A client looks at something."""
        self.operations += 1
        name = random.choice(self.names or ["nobody"])
        transfer_id = random.choice(list(self.payments) or ["none"])
        reads: tuple[Callable[[Ledger], Reading], ...] = (
            partial(reading.account, name),
            reading.accounts_page,
            partial(reading.statement, name),
            partial(reading.transfer, transfer_id),
        )

        def done(task: Task) -> None:
            if task.finished and task.failure is None:
                found: Reading = task.value
                self.coverage[f"read: {found.what}"] += 1
                if found.wrong:
                    self.observer.violated("what is shown adds up", found.wrong)

        self._call(random.choice(self.plan.regions), "read", random.choice(reads), done)

    def do_freeze(self, random: Random) -> None:
        """An operator freezes an account or lets it go."""
        self.operations += 1
        name, status = random.choice(self.names or ["nobody"]), random.choice((ACTIVE, FROZEN))
        self.frozen.add(name)
        self._call(random.choice(self.plan.regions), f"set {name} {status}", partial(_set_status, name, status))

    def _call(self, region: str, words: str, work: Callable[[Ledger], Any], answered: Done | None = None) -> None:
        self.make_room()

        def done(task: Task) -> None:
            if task.finished and kind_of(task.failure) == "leaked":
                self.observer.violated("no unknown exception", f"{words}: {task.failure!r}")
            if answered is not None:
                answered(task)

        self.start(self.apps[region], words, work, done)

    def do_probe(self, random: Random) -> None:
        """A payment that local money covers is answered 200, whatever the links do."""
        self.make_room()  # before it is seen who has money
        region = random.choice(self.plan.regions)
        rows = (believe(row, self.topology) for row in self.world.items(region, ACCOUNTS))
        doubtful = self.observer.touched | self.frozen
        shares = [row for row in rows if row and row.region == region and row.account_id not in doubtful]
        payers = [share for share in shares if share.balance >= 1]
        if not payers:
            return
        payer = random.choice(payers)
        payees = [share for share in shares if share.currency == payer.currency and share is not payer]
        if not payees:
            return
        payee = random.choice(payees)
        self.operations += 1
        self.coverage["probe" + (", links cut" if self.world.cuts else "")] += 1
        key = f"probe-{self.new_id()}"
        order = Order(payer.account_id, payee.account_id, Decimal(1), None, "client", key, random.random() < 0.5, "r")
        payment = self.payments[Payment(order).transfer_id] = Payment(order)
        self.pay(region, payment, order)
        for task in list(self.tasks)[-1:]:
            self.finish(task)
        if not payment.acknowledged:
            self.observer.violated("liveness", f"{region} did not execute a payment that its own money covers")


def _ignore(task: Task) -> None:
    """Nobody waits for it."""


def _transfer(order: Order, ledger: Ledger) -> Any:
    return transfers.transfer(ledger, order)


def _create(application: Application, ledger: Ledger) -> Any:
    return accounts.create(ledger, application)


def _set_status(name: str, status: str, ledger: Ledger) -> Any:
    return freezing.set_status(ledger, name, status)
