"""What a hand does to the journal is undone."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ledger import entries, rebuilding, voiding
from ledger.entries import JOURNAL
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud


def _paid(cloud: Cloud, region: str = AP) -> dict[str, str]:
    """Two accounts and a payment, all of it known everywhere; the key of the payment's entry."""
    cloud.create("cloud", 1000)
    cloud.create("it", 0)
    cloud.settle()
    paid = cloud.pay(region, "cloud", "it", 10)
    cloud.settle()
    return {"entry_id": paid.transfer.transfer_id, "region": region}


def _forgotten(cloud: Cloud) -> tuple[dict[str, str], dict[str, Any]]:
    """Two payments of 10 and 20, and a hand deletes the entry of the second, of key ``k``: its key, and as it was."""
    _paid(cloud)
    paid = cloud.pay(AP, "cloud", "it", 20, key="k")
    cloud.settle()
    key = dict(entries.transfer_key(paid.transfer.transfer_id, AP))
    was = cloud.world.item(AP, JOURNAL, key)
    assert was is not None
    cloud.world.delete(AP, JOURNAL, key)
    return key, dict(was)


def _hide(cloud: Cloud, region: str, entry: Mapping[str, Any]) -> None:
    cloud.world.delete(region, JOURNAL, entries.key_of(entry))


def _incidents(cloud: Cloud) -> list[Any]:
    return [entry for entry in cloud.world.items(AP, JOURNAL) if entry.get("reason") == "journal-changed"]


@pytest.mark.parametrize("where", [AP, EU])
def test_a_deleted_entry_is_put_back(cloud: Cloud, where: str) -> None:
    key = _paid(cloud)
    was = cloud.world.item(AP, JOURNAL, key)
    cloud.world.delete(where, JOURNAL, key)
    cloud.settle()
    assert cloud.world.item(AP, JOURNAL, key) == cloud.world.item(EU, JOURNAL, key) == was
    assert len(_incidents(cloud)) == 1


@pytest.mark.parametrize("where", [AP, EU])
def test_a_changed_entry_is_put_back(cloud: Cloud, where: str) -> None:
    key = _paid(cloud, EU)
    was = cloud.world.item(AP, JOURNAL, key)
    cloud.world.update(where, JOURNAL, key, {"amount": Decimal(9999)})
    cloud.world.update(where, JOURNAL, key, {"kind": "nonsense"})
    cloud.settle()
    assert cloud.world.item(AP, JOURNAL, key) == cloud.world.item(EU, JOURNAL, key) == was
    assert _incidents(cloud)
    cloud.audit()


def test_a_transfer_put_by_hand_is_none(cloud: Cloud) -> None:
    key = _paid(cloud)
    forged = dict(cloud.world.item(AP, JOURNAL, key) or {}) | {
        "region": EU,
        "executed_at": "2000-01-01T00:00:00.000000Z",
    }
    cloud.world.put(EU, JOURNAL, forged)
    cloud.settle()
    assert not cloud.entries("void")


def test_a_void_that_was_done_again_while_its_entry_was_missing_is_undone_once(cloud: Cloud) -> None:
    _paid(cloud, EU)
    cloud.pay(AP, "cloud", "it", 20, key="k")
    cloud.pay(EU, "cloud", "it", 20, key="k")
    cloud.settle()
    (void,) = cloud.entries("void")
    _hide(cloud, EU, void)
    cloud.sweep(EU)  # voids again: nothing says that it was done
    assert sum(cloud.balances("it")) == 10
    cloud.settle()
    assert sum(cloud.balances("it")) == 30
    assert cloud.entries("void") == [void]
    cloud.audit()


def test_a_transfer_that_was_executed_again_while_its_entry_was_missing_is_undone_once(cloud: Cloud) -> None:
    key, was = _forgotten(cloud)
    assert not cloud.pay(AP, "cloud", "it", 20, key="k").replayed
    assert cloud.balance("it", AP) == 50
    batch = cloud.records(AP)
    for _ in range(2):  # delivered twice, undone once
        cloud.handle(AP, batch)
        assert cloud.balance("it", AP) == 30
    cloud.settle()
    assert cloud.world.item(AP, JOURNAL, key) == was
    cloud.audit()


def test_a_second_execution_that_a_hand_changes_just_then_is_undone_once(cloud: Cloud) -> None:
    key, was = _forgotten(cloud)
    cloud.pay(AP, "cloud", "it", 20, key="k")

    def change_it(call: Call, done: bool) -> None:
        if call.method == "write" and not done:
            cloud.fault = None
            cloud.world.update(AP, JOURNAL, key, {"kind": "nonsense"})

    batch = cloud.records(AP)
    cloud.fault = change_it
    cloud.handle(AP, batch)  # undoes the second, and puts the first in its place
    cloud.settle()  # the event of the hand's change has the second as what was there before
    assert cloud.world.item(AP, JOURNAL, key) == was
    assert sum(cloud.balances("it")) == 30
    cloud.audit()


def _executed_three_times(cloud: Cloud) -> tuple[dict[str, str], list[Mapping[str, Any]]]:
    """Both regions execute a payment of 20; a hand hides that of AP, the first, which is executed there once more.

    That last one is undone, before anybody hears of the hand: EU was earlier. The key of AP's entry, and the void.
    """
    _paid(cloud, EU)
    key = {"entry_id": cloud.pay(AP, "cloud", "it", 20, key="k").transfer.transfer_id, "region": AP}
    assert not cloud.pay(EU, "cloud", "it", 20, key="k").replayed
    cloud.handle(AP)
    cloud.world.delete(AP, JOURNAL, key)
    assert not cloud.pay(AP, "cloud", "it", 20, key="k").replayed
    cloud.deliver()
    assert voiding.void_own(cloud.ledgers[AP], key["entry_id"])
    return key, cloud.entries("void")


def test_the_first_execution_stands_though_one_after_it_was_undone(cloud: Cloud) -> None:
    key, _ = _executed_three_times(cloud)
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("it")) == 30
    assert cloud.world.item(AP, JOURNAL, {**key, "region": EU}) is not None
    assert [entries.writer(void["region"]) for void in cloud.entries("void")].count(EU) == 1


def test_a_void_that_a_hand_hides_as_well_is_counted_once(cloud: Cloud) -> None:
    _, (void,) = _executed_three_times(cloud)
    _hide(cloud, AP, void)
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("it")) == 30


@pytest.mark.parametrize("order", [1, -1])
def test_the_first_of_two_executions_stands_whichever_event_comes_first(cloud: Cloud, order: int) -> None:
    key, was = _forgotten(cloud)
    cloud.pay(AP, "cloud", "it", 20, key="k")
    batches = [cloud.records(AP)]
    cloud.world.delete(AP, JOURNAL, key)
    batches.append(cloud.records(AP))
    for batch in batches[::order]:
        cloud.handle(AP, batch)
    cloud.settle()
    assert cloud.world.item(AP, JOURNAL, key) == was
    assert sum(cloud.balances("it")) == 30
    cloud.audit()


def test_an_execution_is_not_undone_that_has_just_taken_the_place_of_another(cloud: Cloud) -> None:
    key, was = _forgotten(cloud)
    executed = cloud.pay(AP, "cloud", "it", 20, key="k").transfer
    first = cloud.records(AP)
    elsewhere = replace(executed, region=EU, executed_at=was["executed_at"] + "~")
    cloud.world.put(EU, JOURNAL, elsewhere.entry())
    cloud.deliver()

    def comes_back(call: Call, done: bool) -> None:
        if call.method == "write" and not done:
            cloud.fault = None
            cloud.handle(AP, first)

    cloud.fault = comes_back
    assert not voiding.void_own(cloud.ledgers[AP], key["entry_id"])
    assert cloud.world.item(AP, JOURNAL, key) == was
    assert cloud.balance("it", AP) == 30


def test_a_void_that_was_done_again_is_undone_once_though_a_hand_hides_that_it_was(cloud: Cloud) -> None:
    _paid(cloud, EU)
    for region in (AP, EU):
        cloud.pay(region, "cloud", "it", 20, key="k")
    cloud.settle()
    (void,) = cloud.entries("void")
    _hide(cloud, EU, void)
    cloud.sweep(EU)
    cloud.handle(EU)
    (undone,) = cloud.entries("undone", EU)
    _hide(cloud, EU, undone)
    cloud.settle()
    assert sum(cloud.balances("it")) == 30
    cloud.audit()


def test_a_deleted_share_does_not_come_back_as_a_hand_had_left_it_though_its_entry_is_hidden(cloud: Cloud) -> None:
    _paid(cloud, EU)
    key = f"it@{EU}"
    cloud.hand(EU, key, balance=Decimal(187), ledger_balance=Decimal(187))
    cloud.world.delete(EU, JOURNAL, dict(entries.share_entry_key(key, EU)))
    cloud.hand_delete(EU, key)
    cloud.settle()
    assert sum(cloud.balances("it")) == 10
    cloud.audit()


def test_a_share_that_was_opened_twice_is_rebuilt(cloud: Cloud) -> None:
    _paid(cloud, EU)
    key = f"it@{EU}"
    cloud.hand_delete(EU, key)
    cloud.trim()
    cloud.world.delete(EU, JOURNAL, dict(entries.share_entry_key(key, EU)))
    cloud.pay(EU, "cloud", "it", 5)
    assert cloud.balance("it", EU) == 5, "without the 10 of before"
    cloud.settle()
    assert sum(cloud.balances("it")) == 15
    cloud.audit()


def test_entries_that_were_put_again_do_not_take_turns(cloud: Cloud) -> None:
    _paid(cloud)
    cloud.world.delete(AP, JOURNAL, dict(entries.share_entry_key("cloud", AP)))
    cloud.sweep(AP)
    cloud.settle()
    (entry,) = [entry for entry in cloud.entries("share") if entry["share"] == "cloud"]
    assert entry["currency"] == "USD", "it is the one that was there first"
    assert len(_incidents(cloud)) == 1
    cloud.audit()


def test_a_second_execution_for_other_accounts_is_taken_out_of_those(cloud: Cloud) -> None:
    for name, balance in (("from", 500), ("to", 0)):
        cloud.create(name, balance)
    _forgotten(cloud)
    cloud.pay(AP, "from", "to", 30, key="k")
    cloud.settle()
    balances = {name: sum(cloud.balances(name)) for name in ("cloud", "it", "from", "to")}
    assert balances == {"cloud": 970, "it": 30, "from": 500, "to": 0}
    cloud.audit()


def test_a_hand_that_puts_the_entry_back_by_itself_leaves_one_payment(cloud: Cloud) -> None:
    _, was = _forgotten(cloud)
    cloud.pay(AP, "cloud", "it", 20, key="k")
    cloud.world.put(AP, JOURNAL, was)
    cloud.settle()
    assert sum(cloud.balances("it")) == 30
    cloud.audit()


@pytest.mark.parametrize("side", ["cloud", "it"])
@pytest.mark.parametrize("damage", ["set", "deleted"])
def test_a_share_that_was_rebuilt_without_the_entry_is_rebuilt_with_it(cloud: Cloud, side: str, damage: str) -> None:
    key = _paid(cloud)
    if damage == "set":
        cloud.hand(AP, side, balance=Decimal(7))
    else:
        cloud.hand_delete(AP, side)
    cloud.trim()  # nobody hears of that
    cloud.world.delete(AP, JOURNAL, key)
    cloud.sweep(AP)
    assert sum(cloud.balances(side)) == {"cloud": 1000, "it": 0}[side]
    cloud.settle()
    assert sum(cloud.balances(side)) == {"cloud": 990, "it": 10}[side]
    cloud.audit()


def test_a_share_that_is_rebuilt_meanwhile_has_the_entry(cloud: Cloud) -> None:
    key = _paid(cloud)
    cloud.hand(AP, "cloud", balance=Decimal(7))
    cloud.trim()
    cloud.world.delete(AP, JOURNAL, key)
    books = rebuilding.read_books(cloud.ledgers[AP], ["cloud"])  # without the entry
    cloud.handle(AP)
    assert not rebuilding.rebuild(cloud.ledgers[AP], "cloud", books["cloud"])
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 990
    cloud.audit()


def test_a_share_that_is_missing_while_it_is_rebuilt_has_the_entry(cloud: Cloud) -> None:
    key = _paid(cloud)
    cloud.hand_delete(AP, "cloud")
    cloud.trim()
    cloud.world.delete(AP, JOURNAL, key)
    books = rebuilding.read_books(cloud.ledgers[AP], ["cloud"])  # without the entry
    cloud.handle(AP)
    assert not rebuilding.rebuild(cloud.ledgers[AP], "cloud", books["cloud"])
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 990
    cloud.audit()


def test_an_opening_is_put_back_though_its_share_is_missing_too(cloud: Cloud) -> None:
    cloud.create("cloud", 1000)
    cloud.settle()
    cloud.hand_delete(AP, "cloud")
    cloud.world.delete(AP, JOURNAL, dict(entries.opening_key("cloud", AP)))
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 1000
    cloud.audit()


def test_the_seal_holds_whatever_zeros_the_table_keeps() -> None:
    entry = entries.opening("cloud", AP, Decimal("10.00"), "USD", "now", source="created", granted_to=AP)
    assert entries.is_sealed({**entry, "amount": Decimal(10), "v": Decimal("1.0")})
    assert not entries.is_sealed({**entry, "amount": Decimal("10.01")})
    assert not entries.is_sealed({name: value for name, value in entry.items() if name != "seal"})
    assert not entries.is_sealed(None)
