from decimal import Decimal
from typing import Any

import pytest

from ledger.entries import Transfer
from ledger.refusals import Damaged, Executed, Frozen, Mismatched, Refusal, Short, Unopened, explain
from ledger.requests import Reason
from ledger.shares import Counter, Counters
from ledger.topology import Topology
from ledger.writes import new_share
from tests.support.cloud import AP, EU

TOPOLOGY = Topology((AP, EU))
NOW = "2026-01-01T00:00:00.000000Z"
FINE = Reason("None")
WANTED = Transfer("t-1", AP, "cloud", "it", Decimal(10), "USD", None, NOW, "tester", "request")


def row(account_id: str, **changes: Any) -> dict[str, Any]:
    """A share of ``account_id`` with plenty of money, and ``changes``."""
    return new_share(account_id, AP, "USD", op="op", now=NOW, balance=Decimal(1000)) | changes


def refused(item: dict[str, Any] | None) -> Reason:
    """A condition that did not hold."""
    return Reason("ConditionalCheckFailed", item)


def because(*reasons: Reason, accepts: Counters | None = None) -> Refusal | None:
    """What ``explain`` says to the reasons of debit, credit, entry, checks."""
    return explain(WANTED, accepts or {}, reasons, TOPOLOGY)


POOR = row("cloud", balance=Decimal(5), ledger_balance=Decimal(5))
ICED = {"status": "frozen"}
OWN_ENTRY = refused(WANTED.entry())
OTHER = Transfer("t-1", EU, "cloud", "it", Decimal(10), "USD", None, "2025", "tester", "request")
OTHERS_ENTRY = refused(OTHER.entry())


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ([refused(POOR), FINE, OWN_ENTRY, FINE], Executed),
        ([refused(POOR), FINE, FINE, OTHERS_ENTRY], Executed),
        ([refused(None), refused(None), FINE, OTHERS_ENTRY], Executed),
        ([refused(None), refused(row("it", **ICED)), FINE], Unopened),
        ([refused(POOR | {"balance": Decimal(6)}), refused(row("it", currency="EUR")), FINE], Damaged),
        ([refused(POOR | ICED), refused(row("it", currency="EUR")), FINE], Mismatched),
        ([refused(POOR), refused(row("it", **ICED)), FINE], Frozen),
        ([refused(POOR | ICED), FINE, FINE], Frozen),
        ([refused(POOR), FINE, FINE], Short),
    ],
    ids=[
        "own entry",
        "other's entry",
        "entry before shares",
        "unopened",
        "damaged",
        "currency",
        "status",
        "both",
        "funds",
    ],
)
def test_a_refusal_names_entry_then_share_then_currency_then_status_then_funds(
    reasons: list[Reason], expected: type
) -> None:
    assert isinstance(because(*reasons), expected)


def test_executions_of_all_regions_are_named() -> None:
    found = because(FINE, FINE, OWN_ENTRY, OTHERS_ENTRY)
    assert isinstance(found, Executed)
    assert found.executions == (WANTED, OTHER)


def test_a_refusal_that_the_returned_rows_do_not_explain_may_be_sent_again() -> None:
    assert because(refused(row("cloud")), FINE, FINE) is None


def test_an_acceptance_planned_on_an_old_counter_is_planned_again() -> None:
    accepts = {EU: Counter(Decimal(0), Decimal(5))}
    accepted_meanwhile = row("cloud", accepted={EU: Decimal(5)})
    assert isinstance(because(refused(accepted_meanwhile), FINE, FINE, accepts=accepts), Short)


def test_behind_an_entry_that_a_hand_has_changed_nobody_knows_what_was_executed() -> None:
    changed = refused({"entry_id": "t-1", "region": AP, "kind": "transfer"})
    assert because(FINE, FINE, changed) == Damaged("cloud")
    assert because(refused(row("cloud", balance=1)), FINE, changed) == Damaged("cloud")
