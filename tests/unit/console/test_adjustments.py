"""Adjustments on simulated tables: the books balance, whatever is repeated, and ``openadjustments``."""

import io
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from access.keys import is_principal
from access.system_accounts import adjustments_account, is_system_account
from console import adjustments, oplog
from console.adjustments import CREDIT, DEBIT, Adjustment
from ledger.errors import InsufficientFunds, KeyReused, RegionUnreachable
from ledger.money import is_currency
from ledger.names import is_account_id
from ledger.requests import Unreachable
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud

SYSTEM = adjustments_account("USD")


def order(direction: str = CREDIT, amount: int = 10, key: str = "k", reason: str = "paid twice") -> Adjustment:
    return Adjustment("cloud", "USD", direction, Decimal(amount), reason, key)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("openadjustments", *arguments, stdout=out)
    return out.getvalue()


def test_the_ledger_takes_the_ids_of_system_accounts_for_any() -> None:
    assert SYSTEM == "system:adjustments:USD"
    assert is_account_id(SYSTEM)
    assert is_system_account(SYSTEM)
    assert is_currency(SYSTEM.rpartition(":")[2])
    assert not is_system_account("systems")


def test_no_api_key_can_have_an_operators_principal() -> None:
    assert adjustments.principal("ann") == "operator:ann"
    assert not is_principal(adjustments.principal("ann"))


@pytest.mark.parametrize(("direction", "cloud_has", "system_has"), [(CREDIT, 110, 40), (DEBIT, 90, 60)])
def test_the_books_balance_after_it(cloud: Cloud, direction: str, cloud_has: int, system_has: int) -> None:
    cloud.create("cloud", 100)
    run("USD", "--balance", "50", "--why", "audit")
    outcome = adjustments.post(cloud.ledgers[AP], "ann", order(direction))
    assert outcome.transfer.transfer_id == order().transfer_id("ann")
    assert adjustments.operator_of(outcome.transfer) == "ann"
    assert outcome.transfer.reference == "paid twice"
    cloud.settle()
    cloud.audit()
    assert (sum(cloud.balances("cloud")), sum(cloud.balances(SYSTEM))) == (cloud_has, system_has)


def test_sent_in_both_regions_while_the_link_is_cut_it_stands_once(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.create("eu", 100, region=EU)
    run("USD", "--balance", "50", "--why", "audit")
    cloud.settle()
    cloud.pay(EU, "cloud", "eu", 10)  # brings money of cloud to Frankfurt
    cloud.settle()
    cloud.world.cut(AP, EU)
    for region in (AP, EU):
        adjustments.post(cloud.ledgers[region], "ann", order(DEBIT, 5))
    cloud.world.heal()
    cloud.settle()
    cloud.audit()
    assert (sum(cloud.balances("cloud")), sum(cloud.balances(SYSTEM))) == (85, 55)
    assert adjustments.post(cloud.ledgers[EU], "ann", order(DEBIT, 5)).replayed


def test_another_amount_or_reason_under_the_same_key_is_refused(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    run("USD", "--balance", "50", "--why", "audit")
    adjustments.post(cloud.ledgers[AP], "ann", order())
    for other in (order(amount=11), order(reason="another"), order(DEBIT)):
        with pytest.raises(KeyReused):
            adjustments.post(cloud.ledgers[AP], "ann", other)
    assert not adjustments.post(cloud.ledgers[AP], "bob", order()).replayed  # another operator's key is another


def test_it_never_takes_an_account_below_zero(cloud: Cloud) -> None:
    cloud.create("cloud", 5)
    run("USD", "--why", "audit")
    for direction in (CREDIT, DEBIT):
        with pytest.raises(InsufficientFunds):
            adjustments.post(cloud.ledgers[AP], "ann", order(direction, 6, key=direction))
    cloud.deliver()
    cloud.world.cut(AP, EU)
    with pytest.raises(RegionUnreachable):
        adjustments.post(cloud.ledgers[EU], "ann", order(DEBIT, 5))


def test_the_command_opens_it_once_and_says_so(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "kim")
    assert run("KRW", "--balance", "5000", "--why", "audit") == "system:adjustments:KRW: open, with 5000 KRW\n"
    with pytest.raises(CommandError, match="'system:adjustments:KRW' exists already"):
        run("KRW", "--why", "again")
    lines, _ = oplog.page(cloud.ledgers[AP], 9)
    assert [(line.operator, line.action, line.outcome) for line in reversed(lines)] == [
        ("manage.py (kim)", "open account", "begun"),
        ("manage.py (kim)", "open account", "done"),
        ("manage.py (kim)", "open account", "begun"),
        ("manage.py (kim)", "open account", "refused: Account 'system:adjustments:KRW' exists already."),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["usd", "--why", "x"], "currency: Must be an ISO 4217"),
        (["XAU", "--why", "x"], "currency: Must be an ISO 4217"),
        (["USD", "--why", "x", "--balance", "1e3"], "balance: Must be a decimal"),
        (["USD", "--why", "x", "--balance", "1.001"], "balance: USD has 2 digits"),
        (["USD"], "--why"),
    ],
)
def test_the_command_names_what_is_wrong(cloud: Cloud, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run(*arguments)


def test_the_command_says_that_a_table_does_not_answer(cloud: Cloud) -> None:
    def fault(call: Call, done: bool) -> None:
        raise Unreachable

    cloud.fault = fault
    with pytest.raises(CommandError, match="does not answer now"):
        run("USD", "--why", "x")
