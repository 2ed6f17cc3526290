"""Clients of the ledger, and what they were told."""

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from ledger import entries
from ledger.errors import (
    AccountExists,
    AccountFrozen,
    Busy,
    CurrencyMismatch,
    InsufficientFunds,
    InvalidField,
    KeyReused,
    LedgerError,
    RegionUnreachable,
    UnknownAccount,
    UnknownTransfer,
)
from ledger.requests import Contended, Unreachable
from ledger.transfers import Order

FINAL = (
    AccountExists,
    AccountFrozen,
    CurrencyMismatch,
    InsufficientFunds,
    InvalidField,
    KeyReused,
    UnknownAccount,
    UnknownTransfer,
)
AGAIN = (Busy, RegionUnreachable, Contended, Unreachable)


@dataclass
class Payment:
    """One id of a transfer: all requests under it, and all answers."""

    order: Order
    digests: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    """Digests of the bodies that were answered 200."""
    refused: int = 0
    """Answers that say for ever no."""
    unknown: int = 0
    """Requests without such an answer: 503, nobody left to answer, not over yet."""

    @cached_property
    def transfer_id(self) -> str:
        """Its id."""
        return entries.transfer_id(self.order.principal, self.order.key)

    @property
    def open(self) -> bool:
        """Whether its client does not know what came of it."""
        return self.unknown > 0 and not self.acknowledged


@dataclass
class Creation:
    """One account id with all requests to create it."""

    account_id: str
    balance: Decimal
    currency: str
    key: str | None
    acknowledged: bool = False


def digest(order: Order) -> str:
    """What makes two orders the same."""
    amount = f"{order.amount.normalize():f}"
    return entries.digest(order.from_account, order.to_account, amount, order.reference)


def kind_of(error: Exception | None) -> str:
    """``done``, ``final``, ``again`` or ``leaked``: what an answer means to the client."""
    if error is None:
        return "done"
    if isinstance(error, FINAL):
        return "final"
    return "again" if isinstance(error, AGAIN) else "leaked"


def words_of(error: Exception | None) -> str:
    """An answer in words."""
    if error is None:
        return "answered"
    return f"answered {error.code if isinstance(error, LedgerError) else type(error).__name__}"
