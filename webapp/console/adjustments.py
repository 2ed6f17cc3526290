"""Adjustments: a balance is corrected by a transfer to or from the adjustments account of its currency.

So the books balance by themselves, the audit needs no exception, and the reason stands in the journal. The operator's
form carries the idempotency key: sent twice, or in both regions, it is posted once.
"""

from dataclasses import dataclass
from decimal import Decimal

from access.keys import OPERATOR
from access.system_accounts import adjustments_account
from api import current
from console import oplog
from ledger import accounts, entries, money, transfers
from ledger.accounts import Account, Application
from ledger.context import Ledger
from ledger.entries import Transfer
from ledger.transfers import Order, Outcome

CREDIT, DEBIT = "credit", "debit"  # of the customer's account


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What an operator asks for. ``amount`` in major units of ``currency``, more than zero; ``direction`` says whether
    the account gets it or loses it; ``key`` is the form's idempotency key."""

    account_id: str
    currency: str
    direction: str
    amount: Decimal
    reason: str
    key: str

    @property
    def against(self) -> str:
        """The system account."""
        return adjustments_account(self.currency)

    @property
    def from_account(self) -> str:
        """Who loses the amount."""
        return self.account_id if self.direction == DEBIT else self.against

    @property
    def to_account(self) -> str:
        """Who gets it."""
        return self.against if self.direction == DEBIT else self.account_id

    def transfer_id(self, operator: str) -> str:
        """The id of the transfer, known before it is posted."""
        return entries.transfer_id(principal(operator), self.key)


def principal(operator: str) -> str:
    """The caller that an adjustment names in the journal. No API key can have it (``access.keys.is_principal``)."""
    return f"{OPERATOR}{operator}"


def operator_of(transfer: Transfer) -> str | None:
    """The operator who posted ``transfer`` as an adjustment; ``None`` for a caller's payment."""
    return transfer.principal.removeprefix(OPERATOR) if transfer.principal.startswith(OPERATOR) else None


def post(ledger: Ledger, operator: str, adjustment: Adjustment) -> Outcome:
    """Post it, once for each key, with a line in the operator log before and after.

    Raises what ``transfers.transfer`` raises, and ``Contended`` and ``Unreachable``.
    """
    amount = f"{money.text(adjustment.amount, adjustment.currency)} {adjustment.currency}"
    what = f"{adjustment.direction} {amount} against {adjustment.against}, transfer {adjustment.transfer_id(operator)}"
    order = Order(
        from_account=adjustment.from_account,
        to_account=adjustment.to_account,
        amount=adjustment.amount,
        reference=adjustment.reason,
        principal=principal(operator),
        key=adjustment.key,
        key_is_clients=True,
        request_id=current.get().request_id or "",
    )
    current.get().transfer_id = adjustment.transfer_id(operator)
    with oplog.acting(ledger, operator, "adjust", adjustment.account_id, f"{what}: {adjustment.reason}"):
        return transfers.transfer(ledger, order)


def open_account(
    ledger: Ledger, operator: str, currency: str, balance: Decimal, reason: str, key: str | None
) -> tuple[Account, bool]:
    """Open the adjustments account of a currency; see ``accounts.create``. Also a line in the log before and after."""
    account_id = adjustments_account(currency)
    application = Application(account_id, balance, currency, principal(operator), key)
    with oplog.acting(ledger, operator, "open account", account_id, f"with {balance:f} {currency}: {reason}"):
        return accounts.create(ledger, application)
