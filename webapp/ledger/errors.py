"""Everything that can go wrong with a call to the ledger, for its caller.

``code`` is stable and part of the HTTP contract. Two more exceptions cross the ledger from the storage seam
(``requests.py``): ``Contended`` and ``Unreachable``. A caller treats both as ``Busy``: repeat with the same key.
"""

from dataclasses import dataclass
from decimal import Decimal


class LedgerError(Exception):
    """Base of all refusals. ``detail`` is a sentence for the caller."""

    code = "error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidField(LedgerError):
    """A value that cannot be used, whatever the state of the books. ``field`` names it."""

    code = "invalid"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class UnknownAccount(LedgerError):
    """No such account in any region."""

    code = "unknown-account"

    def __init__(self, account_id: str) -> None:
        super().__init__(f"There is no account {account_id!r}.")
        self.account_id = account_id


class UnknownTransfer(LedgerError):
    """No region has executed a transfer of this id."""

    code = "unknown-transfer"

    def __init__(self, transfer_id: str) -> None:
        super().__init__(f"There is no transfer {transfer_id!r}.")


class AccountExists(LedgerError):
    """The account id is taken."""

    code = "account-exists"

    def __init__(self, account_id: str) -> None:
        super().__init__(f"Account {account_id!r} exists already.")


class CurrencyMismatch(LedgerError):
    """Sender and recipient keep different currencies."""

    code = "currency-mismatch"

    def __init__(self, from_currency: str, to_currency: str) -> None:
        super().__init__(f"The sender's account is in {from_currency}, the recipient's in {to_currency}.")


class AccountFrozen(LedgerError):
    """A frozen account neither pays nor is paid."""

    code = "account-frozen"

    def __init__(self, account_id: str) -> None:
        super().__init__(f"Account {account_id!r} is frozen.")
        self.account_id = account_id


@dataclass(frozen=True, slots=True)
class Visible:
    """The sender's money as this region sees it, in major units of ``currency``."""

    currency: str
    here: Decimal
    elsewhere: Decimal
    in_transit: Decimal


class InsufficientFunds(LedgerError):
    """The whole account, over all regions, holds less than the amount. Final: every region was asked."""

    code = "insufficient-funds"

    def __init__(self, account_id: str, visible: Visible) -> None:
        super().__init__(f"Account {account_id!r} holds less than the amount.")
        self.visible = visible


class KeyReused(LedgerError):
    """The idempotency key was used before, for another request."""

    code = "idempotency-key-reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for a different request. Use a new key for a new request.")


class RegionUnreachable(LedgerError):
    """The answer depends on a region that cannot be asked now. The same request with the same key is safe."""

    code = "region-unreachable"

    def __init__(self, regions: tuple[str, ...], visible: Visible | None = None) -> None:
        super().__init__(
            f"Out of reach: {', '.join(regions)}. Send the same request again later; what has an Idempotency-Key is"
            " executed once."
        )
        self.regions = regions
        self.visible = visible


class Busy(LedgerError):
    """Too much going on at this account, or its row is being mended. The same request with the same key is safe."""

    code = "busy"

    def __init__(self, detail: str = "The ledger is busy. Retry with the same Idempotency-Key.") -> None:
        super().__init__(detail)
