"""Replication between regional tables: what arrives, when, and who wins."""

import random
from collections.abc import Hashable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.network import Network
from sandbox.replication import Image, Replicator

A, B, C = "ap-northeast-2", "eu-central-1", "us-east-1"
LONG = 1000.0


class Regions:
    """Tables of several regions that a replicator keeps alike, on a clock that stands still until told to move."""

    def __init__(self, *regions: str, lag: float = 1.0, seed: int = 1) -> None:
        self.now = 100.0
        directions = [(source, target) for source in regions for target in regions if source != target]
        self.network = Network(directions, lag=lag, latency=0.0)
        self.replicator = Replicator(self.network, clock=lambda: self.now, chance=random.Random(seed))
        self.tables: dict[str, dict[Hashable, Image]] = {region: {} for region in regions}
        self.applied: list[tuple[str, Hashable, Image | None]] = []

    def write(self, region: str, key: str, value: int | None) -> None:
        """A program writes ``value``, or deletes (``None``)."""
        image = None if value is None else {"value": value}
        self._set(region, key, image)
        self.replicator.capture(region, "table", key, image)

    def wait(self, seconds: float) -> None:
        """Let time pass in small steps and apply what arrives."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, max(self.now + 0.001, self.replicator.next_due() or end))
            for region, change in self.replicator.arrivals():
                if self.replicator.accept(region, change):
                    self.applied.append((region, change.key, change.image))
                    self._set(region, change.key, change.image)

    def link(self, source: str, target: str, *, cut: bool | None = None, lag: float | None = None) -> None:
        """Turn a switch as the sandbox does."""
        link = self.network.links[source, target]
        link.cut = link.cut if cut is None else cut
        link.lag = link.lag if lag is None else lag
        self.replicator.reschedule(link)

    def on_the_way(self) -> int:
        """Changes on all links."""
        return sum(self.replicator.on_the_way(*pair) for pair in self.network.links)

    def _set(self, region: str, key: Hashable, image: Any) -> None:
        if image is None:
            self.tables[region].pop(key, None)
        else:
            self.tables[region][key] = image


def test_a_write_arrives_after_the_lag_and_not_before() -> None:
    regions = Regions(A, B, lag=1.0)
    regions.write(A, "k", 1)
    regions.wait(0.7)
    assert regions.tables[B] == {}
    assert regions.replicator.on_the_way(A, B) == 1
    regions.wait(0.7)
    assert regions.tables[B] == {"k": {"value": 1}}
    assert regions.on_the_way() == 0


def test_a_write_reaches_every_region_and_comes_back_from_none() -> None:
    regions = Regions(A, B, C)
    regions.write(B, "k", 1)
    regions.wait(LONG)
    assert sorted(region for region, _, _ in regions.applied) == [A, C]


def test_the_later_write_wins_everywhere() -> None:
    regions = Regions(A, B)
    regions.write(B, "k", 1)
    regions.now += 0.1
    regions.write(A, "k", 2)
    regions.wait(LONG)
    assert regions.tables == {A: {"k": {"value": 2}}, B: {"k": {"value": 2}}}
    assert len(regions.applied) == 1  # the loser leaves no trace where it lost


@pytest.mark.parametrize("first, second", [(A, B), (B, A)])
def test_of_two_writes_at_the_same_time_one_wins_in_both_regions(first: str, second: str) -> None:
    regions = Regions(A, B)
    regions.write(first, "k", 1)
    regions.write(second, "k", 2)
    regions.wait(LONG)
    assert regions.tables[A] == regions.tables[B] == {"k": {"value": 1 if first == B else 2}}


def test_an_own_write_wins_over_the_one_it_replaces_though_the_clock_stands_still() -> None:
    regions = Regions(A, B, lag=0.0)
    regions.write(B, "k", 1)
    for region, change in _arrive(regions):
        assert regions.replicator.accept(region, change)
    regions.now = 100.0  # as if it had arrived in the same microsecond; A sorts before B
    regions.write(A, "k", 2)
    regions.wait(LONG)
    assert regions.tables[B] == {"k": {"value": 2}}


def _arrive(regions: Regions) -> list[tuple[str, Any]]:
    regions.now += 1
    return list(regions.replicator.arrivals())


def test_a_deletion_is_a_write_too() -> None:
    regions = Regions(A, B)
    regions.write(A, "k", 1)
    regions.wait(LONG)
    regions.write(B, "k", None)
    regions.wait(LONG)
    assert regions.tables == {A: {}, B: {}}


def test_an_older_write_does_not_bring_a_deleted_item_back() -> None:
    regions = Regions(A, B)
    regions.link(A, B, lag=50.0)
    regions.write(A, "k", 1)
    regions.now += 0.1
    regions.write(B, "k", 2)
    regions.now += 0.1
    regions.write(B, "k", None)
    regions.wait(LONG)
    assert regions.tables == {A: {}, B: {}}


@given(seed=st.integers(0, 10_000), count=st.integers(2, 12))
def test_writes_of_one_item_arrive_in_their_order(seed: int, count: int) -> None:
    regions = Regions(A, B, lag=5.0, seed=seed)
    for value in range(count):
        regions.write(A, "k", value)
        regions.now += 0.01
    regions.wait(LONG)
    assert [image for _, _, image in regions.applied] == [{"value": value} for value in range(count)]


def test_the_order_of_one_item_survives_a_lag_that_is_turned_down() -> None:
    regions = Regions(A, B, lag=60.0)
    regions.write(A, "k", 1)
    regions.link(A, B, lag=0.0)
    regions.write(A, "k", 2)
    regions.wait(1.0)
    assert [image for _, _, image in regions.applied] == [{"value": 1}, {"value": 2}]


def test_items_of_one_transaction_arrive_apart_and_in_any_order() -> None:
    orders = set()
    for seed in range(20):
        regions = Regions(A, B, lag=1.0, seed=seed)
        regions.write(A, "debit", 1)
        regions.write(A, "credit", 1)
        torn = False
        while regions.on_the_way():
            regions.wait(0.001)
            torn = torn or len(regions.tables[B]) == 1
        assert torn
        orders.add(tuple(key for _, key, _ in regions.applied))
    assert orders == {("debit", "credit"), ("credit", "debit")}


def test_without_lag_transactions_are_torn_all_the_same() -> None:
    regions = Regions(A, B, lag=0.0)
    regions.write(A, "debit", 1)
    regions.write(A, "credit", 1)
    regions.now = regions.replicator.next_due() or 0.0
    assert len(list(regions.replicator.arrivals())) == 1


def test_nothing_arrives_over_a_cut_link_and_everything_after_it_heals() -> None:
    regions = Regions(A, B)
    regions.write(A, "before", 1)
    regions.link(A, B, cut=True)
    regions.write(A, "during", 1)
    regions.wait(LONG)
    assert regions.tables[B] == {}
    assert regions.replicator.on_the_way(A, B) == 2
    regions.link(A, B, cut=False)
    assert list(regions.replicator.arrivals()) == []  # it has to travel still
    regions.wait(2.0)
    assert set(regions.tables[B]) == {"before", "during"}


def test_a_cut_is_one_way() -> None:
    regions = Regions(A, B)
    regions.link(A, B, cut=True)
    regions.write(B, "k", 1)
    regions.wait(LONG)
    assert regions.tables[A] == {"k": {"value": 1}}


def test_a_lag_that_is_turned_down_holds_for_what_is_on_the_way() -> None:
    regions = Regions(A, B, lag=1000.0)
    regions.write(A, "k", 1)
    regions.link(A, B, lag=0.1)
    regions.wait(1.0)
    assert regions.tables[B] == {"k": {"value": 1}}


writes = st.lists(
    st.tuples(
        st.sampled_from([A, B, C]),
        st.sampled_from(["x", "y"]),
        st.one_of(st.none(), st.integers(0, 99)),
        st.sampled_from([0.0, 0.0, 0.01, 1.5]),
        st.sampled_from(["", "cut", "heal", "slow", "fast"]),
    ),
    max_size=25,
)


@given(writes, st.integers(0, 1000))
def test_all_regions_agree_once_everything_has_arrived(
    history: list[tuple[str, str, int | None, float, str]], seed: int
) -> None:
    regions = Regions(A, B, C, seed=seed)
    last: dict[str, tuple[float, int | None]] = {}
    for region, key, value, pause, switch in history:
        regions.write(region, key, value)
        last[key] = (regions.now, value)
        if switch in {"cut", "heal"}:
            regions.link(region, A if region != A else B, cut=switch == "cut")
        elif switch:
            regions.link(region, A if region != A else B, lag=9.0 if switch == "slow" else 0.0)
        regions.wait(pause)
    for pair in regions.network.links:
        regions.link(*pair, cut=False)
    regions.wait(LONG)
    assert regions.tables[A] == regions.tables[B] == regions.tables[C]
    assert regions.on_the_way() == 0


def test_the_oldest_change_on_the_way_says_how_far_a_region_is_behind() -> None:
    regions = Regions(A, B, lag=1.0)
    assert regions.replicator.oldest_ago(A, B) == 0
    regions.link(A, B, cut=True)
    regions.write(A, "first", 1)
    regions.wait(3.0)
    regions.write(A, "second", 1)
    assert regions.replicator.oldest_ago(A, B) == pytest.approx(3.0)
    assert regions.replicator.oldest_ago(B, A) == 0
    regions.link(A, B, cut=False)  # they set out again, but are no younger for that
    assert regions.replicator.oldest_ago(A, B) == pytest.approx(3.0)
    regions.wait(2.0)
    assert regions.replicator.oldest_ago(A, B) == 0


def test_a_sketch_shows_the_oldest_changes_and_how_far_each_has_come() -> None:
    regions = Regions(A, B, lag=1.0)
    for number in range(50):
        regions.write(A, f"item-{number}", 1)
    regions.wait(0.5)
    sketch = regions.replicator.sketch(A, B)
    assert [change["number"] for change in sketch] == list(range(40))
    assert {change["table"] for change in sketch} == {"table"}
    assert all(change["ago"] == pytest.approx(0.5) and 0.7 < change["takes"] < 1.3 for change in sketch)
    assert regions.replicator.sketch(B, A) == []
