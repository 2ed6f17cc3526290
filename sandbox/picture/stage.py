"""What the steps of the demonstration do with the sandbox."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from ledger.auditing.options import Options
from ledger.auditing.report import Verdict
from ledger.auditing.run import audit
from ledger.shares import Share
from sandbox.picture import balances
from sandbox.picture.cloud import ACCOUNTS, CURRENCY, OPENING, Cloud
from sandbox.picture.paying import Answer
from sandbox.settling import NotSettled, settle

BETWEEN_PAYMENTS = 0.15  # seconds
LONGEST_WAIT = 60.0  # seconds


class Failed(Exception):
    """A step cannot go on; the message says why, to whoever looks at the page."""


class Stopped(Exception):
    """Somebody has asked for the end."""


class Stage:
    """One comparison, from one reset to the next. ``executed``: payments that both programs were given, and
    ``plain_refused``: those of them that the plain program refused, as its own rows, wrong by then, did not cover them.

    ``paid_in``: what the accounts of the demonstration held when it began. ``verdict``: what has come of it.
    """

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.stopping = threading.Event()
        self.executed = 0
        self.plain_refused = 0
        self.paid_in: Decimal | None = None
        self.verdict: dict[str, Any] | None = None
        self._counting = threading.Lock()

    def pause(self, seconds: float) -> None:
        """Let people look. Raises ``Stopped``."""
        if self.stopping.wait(seconds):
            raise Stopped

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until it holds. Raises ``Failed`` if it takes too long, and ``Stopped``."""
        deadline = time.monotonic() + LONGEST_WAIT
        while not condition():
            if time.monotonic() > deadline:
                raise Failed(f"After {LONGEST_WAIT:.0f} seconds, {what}.")
            self.pause(0.1)

    def switch(self, **what: Any) -> None:
        """Turn a switch of the links, both directions."""
        self.cloud.control.post("links", **what)

    def open_accounts(self) -> None:
        """Create what is missing, and give the plain program the same to begin with."""
        for account_id in ACCOUNTS:
            body = {"account_id": account_id, "balance": OPENING, "currency": CURRENCY}
            answer = self.cloud.payments.post(self.cloud.home, "/create_account", body)
            if answer.status != HTTPStatus.CREATED and answer.code != "account-exists":
                raise Failed(f"The account {account_id} could not be opened: {answer.code}.")
        self.until(lambda: all(map(self._is_everywhere, ACCOUNTS)), "the accounts have not come to both regions")
        if self.paid_in is None:
            self._begin_plain()

    def _is_everywhere(self, account_id: str) -> bool:
        return all(self.shares(region)[account_id] for region in self.cloud.settings.regions)

    def _begin_plain(self) -> None:
        ours = self.balances()
        for account_id, balance in ours.items():
            self.cloud.plain[self.cloud.home].create(account_id, balance, CURRENCY)
        away = self.cloud.plain[self.cloud.away]
        self.until(lambda: away.balances(ACCOUNTS) == ours, "the plain program's rows have not come to both regions")
        self.paid_in = sum(ours.values(), Decimal(0))

    def shares(self, region: str) -> balances.Shares:
        """The shares of the demonstration's accounts, as ``region`` has them."""
        return balances.read(self.cloud.ledgers[region], ACCOUNTS)

    def own_shares(self, account_id: str) -> dict[str, Share]:
        """The account's shares, each as its own region has it."""
        return {
            region: share
            for region in self.cloud.settings.regions
            for share in self.shares(region)[account_id]
            if share is not None and share.region == region
        }

    def balances(self) -> dict[str, Decimal]:
        """All money of the demonstration's accounts. Raises ``Failed``."""
        seen = {region: self.shares(region) for region in self.cloud.settings.regions}
        found = {account_id: balances.true_balance(account_id, seen) for account_id in ACCOUNTS}
        known = {account_id: balance for account_id, balance in found.items() if balance is not None}
        if len(known) < len(found):
            raise Failed("There are no accounts yet: begin with the first step.")
        return known

    def pay_in_both(self, seconds: float) -> None:
        """Pay at random among the accounts, in both regions at once. Raises ``Stopped`` and ``NoAnswer``."""
        ends = time.monotonic() + seconds
        regions = self.cloud.settings.regions
        with ThreadPoolExecutor(max_workers=len(regions)) as clients:
            for client in [clients.submit(self._pay_until, region, ends) for region in regions]:
                client.result()

    def _pay_until(self, region: str, ends: float) -> None:
        dice = random.Random()  # nosec B311 # chooses payments, no secret
        while time.monotonic() < ends:
            payer, payee = dice.sample(ACCOUNTS, 2)
            self.pay(region, payer, payee, Decimal(dice.randint(100, 6000)) / 100)
            self.pause(BETWEEN_PAYMENTS)

    def pay(self, region: str, payer: str, payee: str, amount: Decimal) -> Answer:
        """One payment by the application; if it was executed, the same one by the plain program."""
        answer = self.cloud.payments.pay(region, payer, payee, amount)
        if answer.status == HTTPStatus.OK:
            paid = self.cloud.plain[region].transfer(payer, payee, amount)
            with self._counting:
                self.executed += 1
                self.plain_refused += not paid
        return answer

    def settle(self) -> None:
        """Wait until nothing is on the way. Raises ``Failed`` and ``Stopped``."""
        deadline = time.monotonic() + LONGEST_WAIT
        while True:
            try:
                settle(self.cloud.control, timeout=1.0)
            except NotSettled as error:
                if time.monotonic() > deadline:
                    raise Failed(f"It has not settled: {error}.") from error
                self.pause(0.1)
            else:
                return

    def judge(self) -> str:
        """Settle, audit all books of the sandbox, and say what each program has made of the money."""
        self.verdict = None
        self.settle()
        report = audit(self.cloud.books, Options(segments=1, rate=0, wait=6.0, looks=3))
        if report.verdict is not Verdict.RIGHT:
            raise Failed(f"The audit says: {report.line}")
        totals = report.currencies[CURRENCY]
        whole = f"Σ balances {totals.balances:,.2f} = Σ openings {totals.openings:,.2f} {CURRENCY}"
        if totals.accounts > len(ACCOUNTS):
            whole += f" in all {totals.accounts} accounts"
        off = self.plain_difference()
        plain = f"The plain program has {_in_words(off)}." if self.executed else ""
        self.verdict = {"ours": f"Settled: {whole}.", "plain": plain, "right": True, "plain_right": not off}
        return f"Settled and audited: {whole}. {plain}".rstrip()

    def plain_difference(self) -> Decimal:
        """What the plain program has more than was paid in."""
        if self.paid_in is None:
            return Decimal(0)
        held = sum(self.cloud.plain[self.cloud.home].balances(ACCOUNTS).values(), Decimal(0))
        return held - self.paid_in


def _in_words(off: Decimal) -> str:
    if not off:
        return "lost nothing this time"
    return f"{'lost' if off < 0 else 'made'} {abs(off):,.2f} {CURRENCY}{'' if off < 0 else ' out of nothing'}"
