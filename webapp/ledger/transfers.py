"""One transfer, from order to answer.

The hot path is one request: debit a share of this region, credit a share of this region, put the journal entry.
Nothing is read before it. Why it was refused stands in the refusal; what then happens is in ``funds.py``
(money of other regions) and ``opening.py`` (accounts not used here before).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from ledger import entries, funds, opening, refusals
from ledger.context import Ledger
from ledger.entries import JOURNAL, Transfer
from ledger.errors import (
    AccountFrozen,
    Busy,
    CurrencyMismatch,
    InvalidField,
    KeyReused,
    RegionUnreachable,
    UnknownTransfer,
)
from ledger.money import check_digits
from ledger.names import check_account_id
from ledger.requests import Cancelled, Malformed, Unreachable, Write
from ledger.shares import Counters, total
from ledger.writes import change_share, no_entry, put_entry

ATTEMPTS = 8  # writes tried for one order; each new one is planned on newer rows than the one before


@dataclass(frozen=True, slots=True)
class Order:
    """A request to pay. ``amount`` in major units.

    ``key`` is the idempotency key. If the client chose it (``key_is_clients``), the same order may be on its way
    to another region too; a key that the server made is known to nobody else.
    """

    from_account: str
    to_account: str
    amount: Decimal
    reference: str | None
    principal: str
    key: str
    key_is_clients: bool
    request_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """An executed transfer; ``replayed`` if an earlier request had executed it."""

    transfer: Transfer
    replayed: bool


def transfer(ledger: Ledger, order: Order) -> Outcome:
    """Execute ``order`` once, whatever is repeated.

    Raises ``InvalidField``, ``UnknownAccount``, ``KeyReused``, ``CurrencyMismatch``, ``AccountFrozen``,
    ``InsufficientFunds``, ``RegionUnreachable`` and ``Busy``.
    """
    _check(order)
    currency, to_currency = opening.currencies(ledger, order.from_account, order.to_account)
    if currency != to_currency:  # one may have been learnt while a hand had hidden an opening
        currency, to_currency = opening.currencies(ledger, order.from_account, order.to_account, anew=True)
    check_digits(order.amount, currency, "amount")
    wanted = Transfer(
        transfer_id=entries.transfer_id(order.principal, order.key),
        region=ledger.here,
        from_account=order.from_account,
        to_account=order.to_account,
        amount=order.amount,
        currency=currency,
        reference=order.reference,
        executed_at=ledger.now(),
        principal=order.principal,
        request_id=order.request_id,
    )
    checked = ledger.others if order.key_is_clients else ()
    if currency != to_currency:
        before = _find(ledger, wanted.transfer_id, (ledger.here, *checked)) if checked else []
        if before:
            return replay(wanted, before)
        raise CurrencyMismatch(currency, to_currency)
    accepts: Counters = {}
    for _ in range(ATTEMPTS):
        refusal = _post(ledger, wanted, accepts, checked)
        match refusal:
            case Posted(executed):
                return Outcome(executed, replayed=False)
            case refusals.Executed(executions):
                return replay(wanted, executions)
            case refusals.Unopened(account_ids):
                for account_id in account_ids:
                    opening.open_share(ledger, account_id)
            case refusals.Short(own):
                plan = funds.find(ledger, wanted, own, checked)
                if isinstance(plan, refusals.Executed):
                    return replay(wanted, plan.executions)
                accepts = plan
            case refusals.Frozen(account_id):
                executed_elsewhere = _find(ledger, wanted.transfer_id, checked)
                if executed_elsewhere:
                    return replay(wanted, executed_elsewhere)
                raise AccountFrozen(account_id)
            case refusals.Mismatched(account_id):  # an account's currency never changes: this is a hand's work
                opening.currencies(ledger, order.from_account, order.to_account, anew=True)
                raise _mending(account_id)
            case refusals.Damaged(account_id):
                raise _mending(account_id)
            case None:
                continue
    raise Busy


def _mending(account_id: str) -> Busy:
    return Busy(f"The row of account {account_id!r} is being mended. Retry with the same Idempotency-Key.")


def _check(order: Order) -> None:
    if order.amount <= 0:
        raise InvalidField("amount", "Must be greater than zero.")
    check_account_id(order.from_account, "from_account")
    check_account_id(order.to_account, "to_account")
    if order.from_account == order.to_account:
        raise InvalidField("to_account", "Must be another account than from_account.")


@dataclass(frozen=True, slots=True)
class Posted:
    """The transfer was executed now."""

    transfer: Transfer


def _post(
    ledger: Ledger, wanted: Transfer, accepts: Counters, checked: Sequence[str]
) -> Posted | refusals.Refusal | None:
    """Send the one write. ``checked``: regions that must not have executed the id, as far as is known here."""
    accepted = {region: counter.amount for region, counter in accepts.items()}
    posted = replace(wanted, accepted=accepted)
    op = ledger.new_id()
    try:
        ledger.local.write(writes(ledger, posted, accepts, checked, op), op)
    except Cancelled as cancelled:
        return refusals.explain(posted, accepts, cancelled.reasons, ledger.topology)
    except Malformed as error:
        raise Busy("The row of one of the accounts is being mended. Retry with the same Idempotency-Key.") from error
    return Posted(posted)


def writes(ledger: Ledger, posted: Transfer, accepts: Counters, checked: Sequence[str], op: str) -> list[Write]:
    """The transfer as one write: debit, credit, journal entry, and the checks on other regions' entries."""
    amount, arriving = posted.amount, total(accepts)
    change = partial(
        change_share, region=ledger.here, op=op, now=posted.executed_at, currency=posted.currency, active=True
    )
    return [
        change(ledger.key(posted.from_account), delta=arriving - amount, floor=amount - arriving, accepts=accepts),
        change(ledger.key(posted.to_account), delta=amount),
        put_entry(posted.entry()),
        *(no_entry(posted.transfer_id, region) for region in checked),
    ]


def replay(wanted: Transfer, executions: Sequence[Transfer]) -> Outcome:
    """The answer to a repetition. Raises ``KeyReused`` if it is not the request that was executed."""
    executed = entries.standing(executions)
    if executed.digest != wanted.digest:
        raise KeyReused
    return Outcome(executed, replayed=True)


def _find(ledger: Ledger, transfer_id: str, regions: Sequence[str]) -> list[Transfer]:
    """The executions of an id, each asked for where it was made. Raises ``RegionUnreachable`` and ``Busy``."""
    found = []
    for region in regions:
        try:
            (item,) = ledger.stores[region].get([(JOURNAL, entries.transfer_key(transfer_id, region))])
        except Unreachable as error:
            if region == ledger.here:
                raise
            raise RegionUnreachable((region,)) from error
        if (executed := entries.read_transfer(item)) is not None:
            found.append(executed)
        elif item is not None:  # changed by a hand
            raise Busy(f"The entry of the transfer {transfer_id!r} is being mended. Retry shortly.")
    return found


@dataclass(frozen=True, slots=True)
class Record:
    """A transfer as it stands, and the regions whose execution of the same id is or will be undone."""

    transfer: Transfer
    undone_in: tuple[str, ...]


def read(ledger: Ledger, transfer_id: str) -> Record:
    """The transfer of this id. Raises ``UnknownTransfer``; ``RegionUnreachable``, ``Busy`` if that is unsure."""
    regions = ledger.topology.regions
    items = ledger.local.get([(JOURNAL, entries.transfer_key(transfer_id, region)) for region in regions])
    executions = [found for item in items if (found := entries.read_transfer(item)) is not None]
    if not executions:
        executions = _find(ledger, transfer_id, ledger.others if not any(items) else regions)
    if not executions:
        raise UnknownTransfer(transfer_id)
    stands = entries.standing(executions)
    return Record(stands, tuple(found.region for found in executions if found is not stands))
