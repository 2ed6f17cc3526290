"""The simulated global table replicates as the documentation says, and fails as it is told to."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from ledger.requests import Contended, Unreachable, Write
from tests.simulator.clock import Time
from tests.simulator.endpoint import Call
from tests.simulator.streams import lambda_event
from tests.simulator.world import World

HOME, OTHER = "ap-northeast-2", "eu-central-1"
ACCOUNTS = "account-table"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def world(time: Time) -> World:
    return World([HOME, OTHER], time, Random(1))


def put(account: str, **attributes: Any) -> Write:
    item = {"account_id": account, **attributes}
    return Write("Put", ACCOUNTS, item, "attribute_not_exists(#id)", names={"#id": "account_id"})


def balances(world: World, region: str) -> dict[str, Any]:
    return {item["account_id"]: item.get("balance") for item in world.items(region, ACCOUNTS)}


def set_balance(world: World, region: str, account: str, balance: int) -> None:
    world.update(region, ACCOUNTS, {"account_id": account}, {"balance": Decimal(balance)})


def test_a_transaction_is_torn_apart_on_its_way(world: World) -> None:
    world.store(HOME, HOME).write([put("a"), put("b")], "token")
    assert [change.key for change in world.pending(HOME, OTHER)] == ["a", "b"]
    world.deliver(HOME, OTHER, 1)
    assert balances(world, OTHER) == {"b": None}
    assert world.differing() == [(ACCOUNTS, "a")]
    assert world.deliver_all() == 1
    assert world.differing() == []


def test_the_changes_of_one_item_arrive_in_their_order(world: World) -> None:
    for balance in (1, 2, 3):
        set_balance(world, HOME, "a", balance)
    arrived = []
    while world.in_flight():
        world.deliver(HOME, OTHER, (ACCOUNTS, "a"))
        arrived.append(balances(world, OTHER)["a"])
    assert arrived == [1, 2, 3]


def test_only_the_newest_change_of_an_item_need_arrive(world: World) -> None:
    for balance in (1, 2, 3):
        set_balance(world, HOME, "a", balance)
    world.deliver(HOME, OTHER, newest=True)
    assert (balances(world, OTHER), world.in_flight()) == ({"a": 3}, 0)
    assert len(world.regions[OTHER].tables[ACCOUNTS].records) == 1


def test_what_arrives_is_not_sent_on(world: World) -> None:
    set_balance(world, HOME, "a", 1)
    world.deliver_all()
    assert world.in_flight() == 0


def test_the_last_writer_wins_in_every_region(world: World, time: Time) -> None:
    set_balance(world, HOME, "a", 1)
    time.advance(1)
    set_balance(world, OTHER, "a", 2)
    world.deliver_all()
    assert balances(world, HOME) == balances(world, OTHER) == {"a": 2}


def test_a_clock_that_is_ahead_wins_with_an_older_write(world: World, time: Time) -> None:
    world.regions[HOME].skew = 5
    set_balance(world, HOME, "a", 1)
    time.advance(1)
    set_balance(world, OTHER, "a", 2)
    world.deliver_all()
    assert balances(world, HOME) == balances(world, OTHER) == {"a": 1}


@pytest.mark.parametrize("winner", [HOME, OTHER])
def test_who_runs_the_world_decides_between_equal_times(world: World, winner: str) -> None:
    world.tie = lambda region: float(region == winner)
    set_balance(world, HOME, "a", 1)
    set_balance(world, OTHER, "a", 2)
    world.deliver_all()
    assert balances(world, HOME) == balances(world, OTHER) == {"a": 1 if winner == HOME else 2}


def test_a_deletion_wins_over_older_writes_and_loses_to_newer_ones(world: World, time: Time) -> None:
    for account in ("a", "b"):
        set_balance(world, HOME, account, 1)
    world.deliver_all()
    set_balance(world, OTHER, "a", 2)
    world.delete(OTHER, ACCOUNTS, {"account_id": "b"})
    time.advance(1)
    world.delete(HOME, ACCOUNTS, {"account_id": "a"})
    set_balance(world, HOME, "b", 3)
    world.deliver_all()
    assert balances(world, HOME) == balances(world, OTHER) == {"b": 3}


@pytest.mark.parametrize("causal", [True, False])
def test_a_write_over_a_version_from_the_future_lasts_only_if_clocks_do_not_matter_to_it(
    time: Time, causal: bool
) -> None:
    world = World([HOME, OTHER], time, Random(1), causal=causal)
    world.regions[OTHER].skew = 60
    set_balance(world, OTHER, "a", 1)
    world.deliver_all()
    set_balance(world, HOME, "a", 2)
    assert balances(world, HOME) == {"a": 2}
    world.deliver_all()
    assert balances(world, HOME) == balances(world, OTHER) == {"a": 2 if causal else 1}


def test_a_write_that_changes_nothing_is_neither_recorded_nor_sent(world: World) -> None:
    for _ in range(2):
        set_balance(world, HOME, "a", 1)
    world.delete(HOME, ACCOUNTS, {"account_id": "nobody"})
    assert len(world.regions[HOME].tables[ACCOUNTS].records) == 1
    assert world.in_flight() == 1


def test_the_stream_has_both_images_and_the_shape_that_lambda_gets(world: World) -> None:
    world.put(HOME, ACCOUNTS, {"account_id": "a", "balance": Decimal("1.50"), "granted": {"eu": Decimal(1)}})
    set_balance(world, HOME, "a", 2)
    world.delete(HOME, ACCOUNTS, {"account_id": "a"})
    records = world.regions[HOME].tables[ACCOUNTS].records
    assert [(record.name, record.sequence) for record in records] == [("INSERT", 1), ("MODIFY", 2), ("REMOVE", 3)]
    event = lambda_event(records[1:2])["Records"][0]
    assert event["eventName"] == "MODIFY"
    assert event["awsRegion"] == HOME
    assert event["eventID"] == records[1].event_id != records[2].event_id
    assert event["dynamodb"]["Keys"] == {"account_id": {"S": "a"}}
    assert event["dynamodb"]["OldImage"]["balance"] == {"N": "1.5"}
    assert event["dynamodb"]["NewImage"]["granted"] == {"M": {"eu": {"N": "1"}}}
    assert "NewImage" not in records[2].to_event()["dynamodb"]


def test_what_arrives_is_in_the_stream_of_the_region_it_arrives_in(world: World) -> None:
    set_balance(world, HOME, "a", 1)
    world.deliver_all()
    (record,) = world.regions[OTHER].tables[ACCOUNTS].records
    assert (record.region, record.name, record.new) == (OTHER, "INSERT", {"account_id": "a", "balance": 1})


def test_a_call_over_a_cut_link_does_nothing(world: World) -> None:
    world.cut(OTHER, HOME)
    with pytest.raises(Unreachable):
        world.store(OTHER, HOME).write([put("a")], "token")
    assert balances(world, HOME) == {}
    world.store(HOME, HOME).ping()


def test_a_call_whose_answer_is_cut_off_has_happened(world: World) -> None:
    world.cut(HOME, OTHER)
    for _ in range(2):  # the second time it would be refused, but nobody learns that
        with pytest.raises(Unreachable):
            world.store(OTHER, HOME).write([put("a")], "token")
    assert balances(world, HOME) == {"a": None}


def test_nothing_is_delivered_over_a_cut_link_until_it_heals(world: World) -> None:
    set_balance(world, HOME, "a", 1)
    world.cut(HOME, OTHER)
    assert world.deliver_all() == 0
    with pytest.raises(ValueError, match="nothing gets through"):
        world.deliver(HOME, OTHER)
    world.heal()
    assert world.deliver_all() == 1


class Killed(BaseException):
    """The program ends here."""


@pytest.mark.parametrize(
    ("fault", "after", "written"),
    [
        (Contended, False, False),
        (Unreachable, False, False),
        (Unreachable, True, True),
        (Killed, False, False),
        (Killed, True, True),
    ],
)
def test_faults_strike_before_or_after_a_request(
    world: World, fault: type[BaseException], after: bool, written: bool
) -> None:
    calls: list[tuple[str, bool]] = []

    def hook(call: Call, *, done: bool) -> None:
        calls.append((call.method, done))
        if done == after:
            raise fault

    world.hook = hook
    with pytest.raises(fault):
        world.store(HOME, HOME).write([put("a")], "token")
    assert calls == [("write", False), ("write", True)][: 2 if after else 1]
    assert (balances(world, HOME) == {"a": None}) is written


def test_the_items_of_one_read_need_not_be_of_one_moment(world: World) -> None:
    world.between = lambda call: world.put(call.target, ACCOUNTS, {"account_id": "b"})
    keys = [(ACCOUNTS, {"account_id": "b"}), (ACCOUNTS, {"account_id": "a"}), (ACCOUNTS, {"account_id": "b"})]
    assert world.store(HOME, HOME).get(keys) == [None, None, {"account_id": "b"}]
