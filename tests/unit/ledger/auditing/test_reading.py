"""Tables read in parallel, files that sort more than fits into memory, and the facts of rows of any kind."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.auditing.facts import EntryFacts, ShareFacts, copy_of, entry_facts, share_facts
from ledger.auditing.reading import Pace, Unreadable, read_all, silent
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
        parts = list(spool.parts())
    found = {key: values for part in parts for key, values in part.items()}
    assert sum(len(part) for part in parts) == len(found) == len({key for key, _ in lines})
    assert found == {key: [[value, None] for other, value in lines if other == key] for key in found}


@pytest.mark.parametrize("workers", [1, 2, 9])
@pytest.mark.parametrize("segments", [1, 4])
def test_every_item_of_every_region_is_read_once(cloud: Cloud, workers: int, segments: int) -> None:
    history(cloud)
    pages = list(read_all(cloud.program(AP), segments, workers, 0, silent))
    for region in cloud.names:
        for table in ("account-table", "journal-table"):
            found = [item for page in pages if (page.region, page.table) == (region, table) for item in page.items]
            expected = cloud.world.items(region, table)
            assert sorted(map(repr, found)) == sorted(map(repr, expected))


@pytest.mark.parametrize("workers", [1, 4])
def test_who_stops_reading_leaves_no_thread(cloud: Cloud, workers: int) -> None:
    history(cloud)
    pages = read_all(cloud.program(AP), 4, workers, 0, silent)
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
        list(read_all(ledger, 4, 4, 0, silent))


def test_the_pace_is_kept_also_for_large_pages() -> None:
    clock = SetClock()
    pace = Pace(clock, per_second=100)
    began = clock.monotonic()
    for _ in range(11):
        pace.take(50)
    assert clock.monotonic() - began == pytest.approx(5.0, abs=0.1)
