"""The sweep: what events would have led to, with no events at all."""

import random
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from ledger.entries import JOURNAL
from ledger.errors import LedgerError
from ledger.requests import Contended, Unreachable
from ledger.shares import believe
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, US, Cloud

D = Decimal


def ready(cloud: Cloud) -> Cloud:
    """Two accounts used in both regions; nobody will ever read the streams."""
    cloud.create("cloud", 1000)
    cloud.create("it", 500, region=EU)
    cloud.settle()
    for region, payer, payee in ((EU, "cloud", "it"), (AP, "it", "cloud"), (AP, "cloud", "it")):
        cloud.pay(region, payer, payee, 100)
        cloud.settle()
    cloud.trim()
    return cloud


def test_a_quiet_world_is_left_alone(any_cloud: Cloud) -> None:
    any_cloud.create("cloud", 100, region=any_cloud.names[-1])
    any_cloud.settle()
    for region in any_cloud.names:
        with any_cloud.counted() as calls:
            found = any_cloud.sweep(region)
        assert (found.mended, found.left) == ([], [])
        assert not [call for call in calls if call.method == "write"]


def test_everything_at_once_is_mended_without_any_event(three: Cloud) -> None:
    ready(three)
    for region in three.names:
        three.pay(region, "cloud", "it", 5, key="twice")
    three.hand(AP, "cloud", balance=D(7))
    three.hand_delete(EU, f"it@{EU}")
    three.hand_put(US, "new", balance=D(40))
    three.hand_put(AP, f"new@{US}", balance=D(40))
    three.hand(EU, f"cloud@{EU}", granted=[])
    three.freeze("it")
    three.settle(events=False)
    three.audit()
    assert sum(three.balances("cloud")) == 1000 - 105
    assert sum(three.balances("it")) == 500 + 105
    assert three.share("it", EU).status == "frozen"
    assert sum(three.balances("new")) == 40


def test_what_must_wait_is_left_and_named(cloud: Cloud) -> None:
    ready(cloud)
    cloud.hand_put(EU, f"it@{EU}", balance=D(1))
    cloud.world.cut(AP, EU)
    found = cloud.sweep(EU)
    assert found.mended == []
    cloud.world.heal()
    cloud.settle(events=False)
    cloud.audit()


def test_one_subject_that_cannot_be_mended_does_not_stop_the_others(cloud: Cloud) -> None:
    ready(cloud)
    for name in ("a", "b", "c"):
        cloud.hand_put(AP, name, balance=D(5))

    errors = [Contended("busy"), Unreachable("away"), ValueError("of no known kind")]

    def refuses(call: Call, done: bool) -> None:
        if call.method == "write" and not done and call.arguments[0][0].key.get("account_id") == "b":
            raise errors[0]

    cloud.fault = refuses
    while errors:
        (left,) = cloud.sweep(AP).left
        assert left.startswith(f"b: {type(errors[0]).__name__}")
        errors.pop(0)
    assert [cloud.balance("a", AP), cloud.balance("c", AP)] == [5, 5]
    cloud.fault = None
    cloud.settle(events=False)
    cloud.audit()


def test_a_table_that_cannot_be_read_is_said(cloud: Cloud) -> None:
    def silent(call: Call, done: bool) -> None:
        raise Unreachable

    cloud.fault = silent
    with pytest.raises(Unreachable):
        cloud.sweep(AP)


def test_many_accounts_over_many_pages(cloud: Cloud) -> None:
    for number in range(120):
        cloud.create(f"account-{number}", 10, region=EU)
    cloud.deliver()
    for number in range(0, 120, 7):
        cloud.hand(EU, f"account-{number}@{EU}", balance=D(1))
        cloud.hand_delete(AP, f"account-{number}")
    cloud.settle(events=False)
    cloud.audit()
    assert cloud.money() == {"USD": 1200}


def test_an_entry_of_a_share_that_a_hand_has_deleted_is_put_again(cloud: Cloud) -> None:
    ready(cloud)
    before = cloud.balances("cloud")
    for region in cloud.names:
        key = cloud.key("cloud", region)
        cloud.world.delete(region, "journal-table", {"entry_id": f"share~{key}", "region": region})
    cloud.settle(events=False)
    assert cloud.balances("cloud") == before
    cloud.audit()
    assert len([entry for entry in cloud.entries("share") if entry["share"].startswith("cloud")]) == 2
    cloud.pay(EU, "cloud", "it", 1)


def test_a_whole_share_put_by_hand_is_no_money(cloud: Cloud) -> None:
    ready(cloud)
    cloud.create("new", 5)
    row = cloud.row(f"cloud@{EU}")
    assert row is not None
    for key in (f"new@{EU}", f"ghost@{EU}"):
        cloud.hand_put(EU, key, **{name: value for name, value in row.items() if name != "account_id"})
    cloud.settle(events=False)
    cloud.audit()
    assert cloud.balances("new") == [5, 0]
    cloud.pay(EU, "new", "it", 5)


WEIRD: list[Any] = [None, True, "", "x", D(0), D(-1), D("0.001"), D("1E-130"), D("9" * 38), D("9.9E125"), b"bin"]
WEIRD += [{"a"}, {D(1)}, {b"z"}, [], [D(1)], {}, {EU: D(5)}, {EU: "x"}, {EU: D(-5)}, {AP: D("0.001")}, {"mars": D(5)}]
WEIRD += [{f"region-{n}": D(n) for n in range(300)}]
ATTRIBUTES = ["balance", "ledger_balance", "currency", "region", "created_at", "last_updated", "granted", "accepted"]
ATTRIBUTES += ["last", "prev", "status", "status_version", "rebuilt", "v", "condemned", "note"]
KEYS = ["cloud", "it", f"cloud@{EU}", f"it@{EU}"]
OTHER_KEYS = ["new", f"new@{EU}", "new@mars", "@", f"@{EU}", "a@@b", "~x", "k" * 1024]


def vandalise(cloud: Cloud, chance: random.Random, events: bool) -> None:
    """One write of a hand: garbage in a row."""
    region, key = chance.choice(cloud.names), chance.choice(KEYS * 2 + OTHER_KEYS)
    name, value = chance.choice(ATTRIBUTES), chance.choice(WEIRD)
    row = dict(cloud.row(chance.choice(KEYS)) or {}) if chance.random() < 0.5 else {}
    row.pop("account_id", None)
    act = chance.choice(["update", "remove", "put", "delete"])
    after = {**(row if act == "put" else cloud.row(key, region) or {}), name: value}
    if act == "remove":
        del after[name]
    sound = believe({**after, "account_id": key}, cloud.topology) is not None
    if not events and sound and act != "delete" and key in KEYS:
        return  # sound and without an event: nothing tells it from the ledger's own work
    if act == "update":
        cloud.hand(region, key, **{name: value})
    elif act == "remove":
        cloud.hand(region, key, name)
    elif act == "put":
        cloud.hand_put(region, key, **after)
    else:
        cloud.hand_delete(region, key)


@pytest.mark.parametrize("events", [True, False], ids=["with events", "without events"])
@pytest.mark.parametrize("seed", range(50))
def test_whatever_hands_write_nothing_fails_and_no_money_is_lost_or_invented(seed: int, events: bool) -> None:
    chance = random.Random(seed)
    cloud = ready(Cloud((AP, EU)))
    for _ in range(chance.randint(1, 3)):
        vandalise(cloud, chance, events)
        if chance.random() < 0.5:
            with suppress(LedgerError):
                payer, payee = chance.sample(["cloud", "it"], 2)
                cloud.pay(chance.choice(cloud.names), payer, payee, chance.randint(1, 300))
        if chance.random() < 0.5:
            cloud.deliver()
    cloud.settle(events=events)
    assert not cloud.failures
    cloud.audit()
    for region in cloud.names:
        assert cloud.sweep(region).left == []
        for payer, payee in (("cloud", "it"), ("it", "cloud")):
            cloud.pay(region, payer, payee, 1)
    cloud.settle(events=events)
    cloud.audit()


def test_a_share_is_not_rebuilt_while_the_entry_that_it_was_opened_cannot_be_put(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.hand_put(AP, "cloud", balance=D(7))
    cloud.world.delete(AP, JOURNAL, {"entry_id": "share~cloud", "region": AP})
    cloud.trim()

    def lose(call: Call, done: bool) -> None:
        if call.method == "write" and not done:
            cloud.fault = None
            raise Unreachable("lost")

    cloud.fault = lose
    cloud.sweep(AP)
    row = cloud.row("cloud") or {}
    assert "ledger_balance" not in row
    cloud.settle()
    assert cloud.balance("cloud", AP) == 100
    cloud.audit()
