import itertools
from decimal import Decimal

import pytest

from ledger import transfers
from ledger.errors import (
    AccountFrozen,
    Busy,
    CurrencyMismatch,
    InsufficientFunds,
    InvalidField,
    KeyReused,
    RegionUnreachable,
    UnknownAccount,
    UnknownTransfer,
)
from ledger.requests import Unreachable
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, US, Cloud


def rich(cloud: Cloud) -> Cloud:
    """``cloud`` with 100 in every region, ``it`` with nothing, both known and open everywhere."""
    cloud.create("cloud", 100 * len(cloud.names))
    cloud.create("it")
    cloud.settle()
    for region in cloud.names[1:]:
        cloud.pay(region, "cloud", "it", 1)
        cloud.settle()
        cloud.pay(region, "it", "cloud", 1)
        cloud.settle()
    return cloud


def paid(cloud: Cloud) -> Decimal:
    """What ``it`` has in all."""
    return sum(cloud.balances("it"), Decimal(0))


def test_local_money_is_paid_with_one_request_of_three_actions(any_cloud: Cloud) -> None:
    rich(any_cloud)
    for region in any_cloud.names:
        any_cloud.pay(region, "cloud", "it", 1)
        with any_cloud.counted() as calls:
            any_cloud.pay(region, "cloud", "it", 1)
        assert [(call.method, call.target) for call in calls] == [("write", region)]
        assert [write.action for write in calls[0].arguments[0]] == ["Update", "Update", "Put"]


def test_a_clients_key_adds_one_check_per_other_region_to_the_one_request(any_cloud: Cloud) -> None:
    rich(any_cloud)
    with any_cloud.counted() as calls:
        any_cloud.pay(AP, "cloud", "it", 1, key="k")
    assert [call.method for call in calls] == ["write"]
    actions = [write.action for write in calls[0].arguments[0]]
    assert actions == ["Update", "Update", "Put"] + ["ConditionCheck"] * (len(any_cloud.names) - 1)


def test_a_repetition_makes_at_most_two_requests_anywhere(any_cloud: Cloud) -> None:
    rich(any_cloud)
    first = any_cloud.pay(AP, "cloud", "it", 1, key="k")
    any_cloud.settle()
    for region in any_cloud.names:
        with any_cloud.counted() as calls:
            again = any_cloud.pay(region, "cloud", "it", "1.00", key="k")
        assert again.replayed
        assert again.transfer == first.transfer
        assert len(calls) <= 2
    assert paid(any_cloud) == 1


def test_the_first_sight_of_two_currencies_costs_one_read(cloud: Cloud) -> None:
    rich(cloud)
    cloud.ledgers[AP] = cloud.program(AP)
    with cloud.counted() as calls:
        cloud.pay(AP, "cloud", "it", 1)
        cloud.pay(AP, "cloud", "it", 1)
    assert [call.method for call in calls] == ["get", "write", "write"]


def test_a_payment_is_in_the_books_with_all_that_it_did(cloud: Cloud) -> None:
    rich(cloud)
    done = cloud.pay(EU, "cloud", "it", 150, key="k", reference="rent")
    (entry,) = [item for item in cloud.entries("transfer", EU) if item["entry_id"] == done.transfer.transfer_id]
    assert (entry["region"], entry["amount"], entry["reference"], entry["currency"]) == (EU, 150, "rent", "USD")
    assert entry["accepted"] == done.transfer.accepted
    cloud.settle()
    cloud.audit()


@pytest.mark.parametrize("region", [AP, EU])
@pytest.mark.parametrize(
    ("from_account", "to_account", "value", "reference"),
    [("cloud", "it", 2, None), ("it", "cloud", 1, None), ("cloud", "third", 1, None), ("cloud", "it", 1, "x")],
)
def test_a_key_is_not_used_for_another_payment(
    cloud: Cloud, region: str, from_account: str, to_account: str, value: int, reference: str | None
) -> None:
    rich(cloud)
    cloud.create("third")
    cloud.pay(AP, "cloud", "it", 1, key="k")
    cloud.settle()
    with pytest.raises(KeyReused):
        cloud.pay(region, from_account, to_account, value, key="k", reference=reference)
    cloud.settle()
    assert paid(cloud) == 1


def test_a_replay_is_answered_although_the_account_is_frozen_or_empty_now(cloud: Cloud) -> None:
    rich(cloud)
    first = cloud.pay(AP, "cloud", "it", 200, key="k")
    assert cloud.pay(AP, "cloud", "it", 200, key="k").transfer == first.transfer
    cloud.freeze("cloud")
    assert cloud.pay(AP, "cloud", "it", 200, key="k").replayed
    assert cloud.pay(EU, "cloud", "it", 200, key="k").replayed, "found at the other region's endpoint"


def test_a_payment_executed_elsewhere_is_found_there_before_it_is_said_to_fail(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.create("it")
    cloud.deliver()
    cloud.pay(AP, "cloud", "it", 100, key="k")
    again = cloud.pay(EU, "cloud", "it", 100, key="k")
    assert again.replayed
    assert again.transfer.region == AP


def test_frozen_accounts_neither_pay_nor_are_paid(cloud: Cloud) -> None:
    rich(cloud)
    cloud.freeze("it")
    cloud.settle()
    for region, (payer, payee) in itertools.product(cloud.names, [("cloud", "it"), ("it", "cloud")]):
        with pytest.raises(AccountFrozen) as refused:
            cloud.pay(region, payer, payee, 1)
        assert refused.value.account_id == "it"
    cloud.freeze("it", "active")
    cloud.settle()
    assert not cloud.pay(EU, "cloud", "it", 1).replayed


def test_a_refusal_for_a_frozen_account_waits_for_regions_that_may_have_executed_it(cloud: Cloud) -> None:
    rich(cloud)
    cloud.freeze("cloud")
    cloud.world.cut(AP, EU)
    with pytest.raises(RegionUnreachable):
        cloud.pay(AP, "cloud", "it", 1, key="k")
    with pytest.raises(AccountFrozen):
        cloud.pay(AP, "cloud", "it", 1)


def test_accounts_of_different_currencies_do_not_pay_each_other(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.create("won", 100, currency="KRW")
    cloud.settle()
    for region in cloud.names:
        with pytest.raises(CurrencyMismatch):
            cloud.pay(region, "cloud", "won", 1)
    cloud.audit()


def test_a_currency_learnt_from_a_hand_is_forgotten(cloud: Cloud) -> None:
    rich(cloud)
    cloud.ledgers[AP] = cloud.program(AP)
    cloud.hand(AP, "cloud", currency="EUR")
    with pytest.raises(Busy):
        cloud.pay(AP, "cloud", "it", 1)
    cloud.settle()
    assert cloud.pay(AP, "cloud", "it", 1).transfer.currency == "USD"


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("accounts", [("cloud",), ("cloud", "it")])
def test_nothing_is_refused_for_good_because_of_a_currency_that_a_hand_has_set(
    cloud: Cloud, accounts: tuple[str, ...], restarted: bool
) -> None:
    rich(cloud)
    cloud.pay(EU, "cloud", "it", "10.50", key="once")
    if restarted:
        cloud.ledgers[AP] = cloud.program(AP)
    for account in accounts:
        cloud.hand(AP, account, currency="KRW")
    with pytest.raises(Busy):
        cloud.pay(AP, "cloud", "it", "10.50", key="once")
    with pytest.raises(Busy):
        cloud.pay(AP, "cloud", "it", "0.25")
    cloud.settle()
    assert cloud.pay(AP, "cloud", "it", "10.50", key="once").replayed
    cloud.audit()


@pytest.mark.parametrize(
    ("from_account", "to_account", "value", "field"),
    [
        ("cloud", "it", "0", "amount"),
        ("cloud", "it", "-5", "amount"),
        ("cloud", "it", "0.001", "amount"),
        ("cloud", "cloud", "1", "to_account"),
        ("", "it", "1", "from_account"),
        (f"cloud@{EU}", "it", "1", "from_account"),
        ("cloud", "@", "1", "to_account"),
    ],
)
def test_what_cannot_be_a_payment_names_the_field(
    cloud: Cloud, from_account: str, to_account: str, value: str, field: str
) -> None:
    rich(cloud)
    with pytest.raises(InvalidField) as refused:
        cloud.pay(AP, from_account, to_account, value)
    assert refused.value.field == field


@pytest.mark.parametrize("region", [AP, EU])
def test_an_unknown_account_is_named(cloud: Cloud, region: str) -> None:
    rich(cloud)
    for payer, payee in (("cloud", "nobody"), ("nobody", "cloud")):
        with pytest.raises(UnknownAccount) as refused:
            cloud.pay(region, payer, payee, 1)
        assert refused.value.account_id == "nobody"


def test_an_account_that_has_not_arrived_is_paid_at_once(cloud: Cloud) -> None:
    cloud.create("cloud", 100, region=EU)
    cloud.create("it")
    assert not cloud.pay(EU, "cloud", "it", 60).replayed
    cloud.settle()
    cloud.audit()
    assert cloud.balances("it") == [0, 60]


def test_more_than_everything_is_insufficient(any_cloud: Cloud) -> None:
    rich(any_cloud)
    everything = 100 * len(any_cloud.names)
    with pytest.raises(InsufficientFunds) as refused:
        any_cloud.pay(any_cloud.names[-1], "cloud", "it", f"{everything}.01", key="k")
    seen = refused.value.visible
    assert seen.here + seen.elsewhere + seen.in_transit == everything
    assert not any_cloud.pay(any_cloud.names[-1], "cloud", "it", everything, key="k").replayed
    any_cloud.settle()
    any_cloud.audit()
    assert paid(any_cloud) == everything


def test_a_row_being_mended_is_busy_and_nothing_moves(cloud: Cloud) -> None:
    rich(cloud)
    cloud.hand(AP, "it", balance=Decimal(77))
    with pytest.raises(Busy):
        cloud.pay(AP, "cloud", "it", 1)
    cloud.hand(AP, "cloud", "last", status="active")
    with pytest.raises(Busy):
        cloud.pay(AP, "cloud", "it", 1)
    cloud.settle()
    cloud.audit()
    assert not cloud.pay(AP, "cloud", "it", 1).replayed


def test_an_answer_that_is_lost_is_found_by_the_same_key(cloud: Cloud) -> None:
    rich(cloud)

    def lost(call: Call, done: bool) -> None:
        if done and call.method == "write":
            raise Unreachable

    cloud.fault = lost
    with pytest.raises(Unreachable):
        cloud.pay(AP, "cloud", "it", 1, key="k")
    cloud.fault = None
    assert cloud.pay(AP, "cloud", "it", 1, key="k").replayed
    assert paid(cloud) == 1


def test_a_transfer_is_read_where_it_was_not_made(three: Cloud) -> None:
    rich(three)
    made = three.pay(US, "cloud", "it", 1).transfer
    assert transfers.read(three.ledgers[EU], made.transfer_id).transfer == made
    three.world.cut(EU, US)
    with pytest.raises(RegionUnreachable):
        transfers.read(three.ledgers[EU], made.transfer_id)
    three.world.heal()
    with pytest.raises(UnknownTransfer):
        transfers.read(three.ledgers[EU], "no-such-id")


def test_a_transfer_executed_twice_is_read_as_the_one_that_stands(cloud: Cloud) -> None:
    rich(cloud)
    first = cloud.pay(AP, "cloud", "it", 1, key="k").transfer
    cloud.pay(EU, "cloud", "it", 1, key="k")
    cloud.deliver()
    record = transfers.read(cloud.ledgers[EU], first.transfer_id)
    assert record.transfer == first
    assert record.undone_in == (EU,)


def test_an_entry_put_by_hand_under_an_id_executes_nothing_twice(cloud: Cloud) -> None:
    rich(cloud)
    made = cloud.pay(AP, "cloud", "it", 1, key="k").transfer
    cloud.world.put(EU, "journal-table", {"entry_id": made.transfer_id, "region": EU, "kind": "transfer"})
    cloud.settle()
    assert cloud.pay(AP, "cloud", "it", 1, key="k").replayed
    assert paid(cloud) == 1
