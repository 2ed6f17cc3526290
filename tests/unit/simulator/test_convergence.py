"""Whatever happens in which order, the regions of a simulated global table end up equal."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.requests import Cancelled, Write
from tests.simulator.clock import Time
from tests.simulator.world import World

REGIONS = ("ap-northeast-2", "eu-central-1", "us-west-2")
ACCOUNTS = "account-table"


def test_two_worlds_of_one_seed_are_the_same() -> None:
    assert history(7, causal=True) == history(7, causal=True) != history(8, causal=True)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), causal=st.booleans())
def test_replicas_become_equal_and_streams_tell_their_whole_history(seed: int, causal: bool) -> None:
    world, deliveries = scramble(seed, causal=causal)
    assert deliveries
    assert world.differing() == []
    for region in world.regions.values():
        for name, table in region.tables.items():
            rows: dict[Any, Any] = {}
            for position, record in enumerate(table.records, 1):
                assert record.sequence == position
                key = tuple(record.keys.values())
                assert rows.get(key) == record.old != record.new
                rows[key] = record.new
            assert [rows[key] for key in sorted(rows) if rows[key] is not None] == world.items(region.name, name)


def history(seed: int, *, causal: bool) -> list[str]:
    world, _ = scramble(seed, causal=causal)
    return [repr(table.records) for region in world.regions.values() for table in region.tables.values()]


def scramble(seed: int, *, causal: bool) -> tuple[World, int]:
    """A world after many writes at equal and skewed times, with everything delivered in random order."""
    random = Random(seed)
    time = Time()
    world = World(REGIONS, time, random, causal=causal)
    for region in world.regions.values():
        region.skew = random.choice((-3.0, 0.0, 0.0, 3.0))
    for _ in range(60):
        writer, account = random.choice(REGIONS), random.choice("abc")
        time.advance(random.choice((0, 0, 0.5)))
        match random.randrange(4):
            case 0:
                world.delete(writer, ACCOUNTS, {"account_id": account})
            case 1:
                set_balance(world, writer, account, random.randrange(5))
            case 2:
                for other in random.sample("abc", 2):
                    set_balance(world, writer, other, random.randrange(5))
            case _:
                create_two(world, writer, account)
        if random.random() < 0.5:
            deliver_one(world, random)
    deliveries = 0
    while world.in_flight():
        deliver_one(world, random)
        deliveries += 1
    return world, deliveries


def set_balance(world: World, region: str, account: str, balance: int) -> None:
    world.update(region, ACCOUNTS, {"account_id": account}, {"balance": Decimal(balance)})


def create_two(world: World, region: str, account: str) -> None:
    """One transaction, which may be refused."""
    names = {"#id": "account_id"}
    items = ({"account_id": account, "balance": Decimal(9)}, {"account_id": account + "2"})
    try:
        world.store(region, region).write(
            [Write("Put", ACCOUNTS, item, "attribute_not_exists(#id)", names=names) for item in items],
            str(world.random.random()),
        )
    except Cancelled:
        return


def deliver_one(world: World, random: Random) -> None:
    links = list(busy(world))
    if links:
        source, target = random.choice(links)
        position = random.randrange(len(world.pending(source, target)))
        world.deliver(source, target, position, newest=random.random() < 0.2)


def busy(world: World) -> Iterator[tuple[str, str]]:
    for source in REGIONS:
        for target in REGIONS:
            if source != target and world.pending(source, target):
                yield source, target
