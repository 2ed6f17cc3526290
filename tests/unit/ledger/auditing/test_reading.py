"""Tables read in parallel, files that sort more than fits into memory, and the facts of rows of any kind."""

import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.auditing.facts import EntryFacts, ShareFacts, copy_of, entry_facts, share_facts
from ledger.auditing.gathering import by_account, by_key
from ledger.auditing.pacing import Pace, PacedStore, size
from ledger.auditing.reading import Unreadable, read_all, silent
from ledger.auditing.spool import Spool
from ledger.requests import Unreachable
from ledger.topology import Topology
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, Cloud, SetClock
from tests.unit.ledger.auditing.books import history

TOPOLOGY = Topology((AP, EU))
SCALARS = (
    st.none()
    | st.booleans()
    | st.text(max_size=20)
    | st.binary(max_size=5)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sets(st.text(max_size=3), max_size=3)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
NAMES = st.sampled_from(
    ["balance", "ledger_balance", "granted", "accepted", "currency", "status", "last", "last_updated", "condemned"]
)
ENTRY_NAMES = st.sampled_from(
    ["kind", "amount", "currency", "from_account", "to_account", "account_id", "share", "reason", "account", "found_at"]
)
KINDS = st.sampled_from(["transfer", "void", "opening", "share", "incident", "creation", "rebuilt", "?"])


@given(row=st.dictionaries(NAMES, VALUES))
def test_whatever_a_hand_has_put_into_a_row_is_read(row: dict[str, Any]) -> None:
    row = {"account_id": "cloud", **row}
    facts = share_facts(row, TOPOLOGY)
    assert ShareFacts.from_json(facts.to_json()) == facts
    assert copy_of(row) == copy_of(dict(reversed(row.items())))


@given(
    entry=st.dictionaries(ENTRY_NAMES, VALUES),
    kind=KINDS,
    region=st.sampled_from([AP, f"{AP}~void", "x", f"{AP}~incident"]),
)
def test_whatever_a_hand_has_put_into_the_journal_is_read(entry: dict[str, Any], kind: str, region: str) -> None:
    facts = entry_facts({"kind": kind, **entry, "entry_id": "id", "region": region}, TOPOLOGY)
    assert EntryFacts.from_json(facts.to_json()) == facts


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Decimal("9.0"), Decimal(9), True),
        (Decimal("1E+2"), Decimal(100), True),
        (Decimal(9), "9", False),
        ({"a", "b"}, {"b", "a"}, True),
        ({"a"}, ["a"], False),
        (b"a", "a", False),
        (True, Decimal(1), False),
        ({"a": Decimal("1.0"), "b": None}, {"b": None, "a": Decimal(1)}, True),
    ],
)
def test_copies_are_the_same_if_their_values_are(one: Any, other: Any, same: bool) -> None:
    row = {"account_id": "cloud"}
    assert (copy_of(row | {"x": one}) == copy_of(row | {"x": other})) is same


@given(lines=st.lists(st.tuples(st.text(), st.text()), max_size=60))
def test_a_spool_gives_back_every_line_under_its_key_in_order(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str]]
) -> None:
    directory = tmp_path_factory.mktemp("spool")
    with Spool(directory, parts=4) as spool:
        for key, value in lines:
            spool.add(key, value, None)
        assert list(directory.iterdir()) == []
        parts = [by_key(part) for part in spool.parts()]
    found = {key: values for part in parts for key, values in part.items()}
    assert sum(len(part) for part in parts) == len(found) == len({key for key, _ in lines})
    assert found == {key: [[value, None] for other, value in lines if other == key] for key in found}


def test_memory_does_not_grow_with_the_payments_of_one_account(tmp_path: Path) -> None:
    payments = 20_000
    with Spool(tmp_path, parts=1) as spool:
        spool.add("merchant", "opening", "5", "USD")
        for number in range(payments):
            spool.add("merchant", "posted", AP, "USD", number % 10 == 0, "0.01")
            spool.add("merchant", "created")
        part = next(spool.parts())
        tracemalloc.start()
        found = by_account(part)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert sorted(found["merchant"], key=str) == [
        ["created"],
        ["opening", "5", "USD"],
        ["posted", AP, "USD", False, Decimal(180)],
        ["posted", AP, "USD", True, Decimal(20)],
    ]
    assert peak < 200_000  # bytes: ten a payment


@pytest.mark.parametrize("workers", [1, 2, 9])
@pytest.mark.parametrize("segments", [1, 4])
def test_every_item_of_every_region_is_read_once(cloud: Cloud, workers: int, segments: int) -> None:
    history(cloud)
    pages = list(read_all(cloud.program(AP), segments, workers, silent))
    for region in cloud.names:
        for table in ("account-table", "journal-table"):
            found = [item for page in pages if (page.region, page.table) == (region, table) for item in page.items]
            expected = cloud.world.items(region, table)
            assert sorted(map(repr, found)) == sorted(map(repr, expected))


@pytest.mark.parametrize("workers", [1, 4])
def test_who_stops_reading_leaves_no_thread(cloud: Cloud, workers: int) -> None:
    history(cloud)
    pages = read_all(cloud.program(AP), 4, workers, silent)
    next(pages)
    pages.close()


def test_an_error_in_one_of_many_threads_ends_the_reading(cloud: Cloud) -> None:
    history(cloud)

    def fault(call: Call, done: bool) -> None:
        if call.target == EU and call.arguments == ("account-table",):
            raise Unreachable("away")

    ledger = cloud.program(AP)
    cloud.fault = fault
    with pytest.raises(Unreadable, match=f"{EU}: Unreachable away"):
        list(read_all(ledger, 4, 4, silent))


def test_the_pace_is_kept_also_for_large_pages() -> None:
    clock = SetClock()
    pace = Pace(clock, per_second=100)
    began = clock.monotonic()
    for _ in range(11):
        pace.take(50)
    assert clock.monotonic() - began == pytest.approx(5.0, abs=0.1)


def test_a_pace_lets_single_reads_go_ahead_and_is_kept_all_the_same() -> None:
    clock = SetClock()
    pace = Pace(clock, per_second=100)
    began = clock.monotonic()
    pace.take(50, slack=1)
    pace.take(50, slack=1)
    assert clock.monotonic() == began
    pace.wait()
    assert clock.monotonic() - began == pytest.approx(1.0)


@pytest.mark.parametrize(("item", "units"), [({"account_id": "x"}, 1), ({"account_id": "x", "note": "e" * 9000}, 3)])
def test_read_units_are_counted_by_size(cloud: Cloud, item: dict[str, Any], units: int) -> None:
    cloud.world.put(AP, "account-table", item)
    store, clock = cloud.program(AP).stores[AP], SetClock()
    paced = PacedStore(store, pace := Pace(clock, per_second=1))
    began = clock.monotonic()
    assert paced.get([("account-table", {"account_id": "x"})]) == [item]
    pace.wait()
    assert clock.monotonic() - began == units
    list(paced.scan("account-table"))
    pace.wait()
    assert clock.monotonic() - began == 2 * units
    assert paced.get([("account-table", {"account_id": "y"})]) == [None]
    pace.wait()
    assert clock.monotonic() - began == 2 * units + 1
    with pytest.raises(TypeError, match="writes nothing"):
        paced.write([], "token")


@pytest.mark.parametrize(
    ("value", "bytes_"),
    [("ab", 2), ("ä", 2), (Decimal("1234"), 4), (b"abc", 3), (True, 1), (None, 1), ({"ab": "c"}, 7), (["a", "b"], 7)],
)
def test_sizes_are_about_those_of_the_table(value: object, bytes_: int) -> None:
    assert size(value) == bytes_
