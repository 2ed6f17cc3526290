"""What a process remembers of keys: how old a copy may be, and what attackers can make of it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from access import keys, known
from access.errors import TooManyRequests
from access.known import FRESH, LONGEST, UNKNOWN, KnownKeys
from ledger.requests import Contended, Unreachable
from tests.support.cloud import SetClock

KEY = keys.issue("teller", ["read"], [], None, region="ap-northeast-2", now="2026-01-01T00:00:00.000000Z")[1]
REVOKED = replace(KEY, revoked_at="2026-01-01T00:00:01.000000Z")


class Table:
    """The control table: what it has, how often it was asked, and what happens then."""

    def __init__(self) -> None:
        self.keys = {KEY.key_id: KEY}
        self.asked = 0
        self.failure: Exception | None = None
        self.meanwhile: Callable[[], None] = lambda: None

    def find(self, key_id: str) -> keys.Key | None:
        self.asked += 1
        found, meanwhile = self.keys.get(key_id), self.meanwhile
        self.meanwhile = lambda: None
        meanwhile()
        if self.failure is not None:
            raise self.failure
        return found


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def known_keys(table: Table, clock: SetClock) -> KnownKeys:
    return KnownKeys(table.find, clock)


def test_a_known_key_costs_one_read_in_a_while(known_keys: KnownKeys, table: Table, clock: SetClock) -> None:
    for _ in range(1000):
        assert known_keys.get(KEY.key_id) == KEY
        clock.sleep(FRESH / 100)
    assert table.asked == pytest.approx(10, abs=1)


def test_a_revocation_is_obeyed_when_the_copy_is_old(known_keys: KnownKeys, table: Table, clock: SetClock) -> None:
    known_keys.get(KEY.key_id)
    table.keys[KEY.key_id] = REVOKED
    clock.sleep(FRESH - 0.01)
    assert known_keys.get(KEY.key_id) == KEY
    clock.sleep(0.01)
    assert known_keys.get(KEY.key_id) == REVOKED


def test_while_one_request_reads_the_others_go_on(known_keys: KnownKeys, table: Table, clock: SetClock) -> None:
    known_keys.get(KEY.key_id)
    clock.sleep(FRESH)
    beside: list[keys.Key | None] = []
    table.meanwhile = lambda: beside.append(known_keys.get(KEY.key_id))
    known_keys.get(KEY.key_id)
    assert (beside, table.asked) == ([KEY], 2)


def test_no_request_goes_on_with_a_copy_from_long_ago(known_keys: KnownKeys, table: Table, clock: SetClock) -> None:
    """A key that was idle: what it was minutes ago says nothing of now."""
    known_keys.get(KEY.key_id)
    table.keys[KEY.key_id] = REVOKED
    clock.sleep(2 * FRESH)
    beside: list[keys.Key | None] = []
    table.meanwhile = lambda: beside.append(known_keys.get(KEY.key_id))
    assert known_keys.get(KEY.key_id) == REVOKED
    assert beside == [REVOKED]


def test_a_slow_read_does_not_undo_a_newer_one(known_keys: KnownKeys, table: Table, clock: SetClock) -> None:
    known_keys.get(KEY.key_id)
    clock.sleep(FRESH)

    def revoked_meanwhile() -> None:
        table.keys[KEY.key_id] = REVOKED
        clock.sleep(FRESH)
        assert known_keys.get(KEY.key_id) == REVOKED

    table.meanwhile = revoked_meanwhile
    assert known_keys.get(KEY.key_id) == KEY  # it began before, so it may still see the key as it was
    asked = table.asked
    assert known_keys.get(KEY.key_id) == REVOKED
    assert table.asked == asked


def test_a_revoked_key_is_never_read_again(known_keys: KnownKeys, table: Table, clock: SetClock) -> None:
    table.keys[KEY.key_id] = REVOKED
    for _ in range(50):
        assert known_keys.get(KEY.key_id) == REVOKED
        clock.sleep(FRESH)
    assert table.asked == 1


@pytest.mark.parametrize("failure", [Unreachable("away"), Contended("throttled")])
def test_a_known_key_goes_on_for_a_bounded_time_without_the_table(
    known_keys: KnownKeys, table: Table, clock: SetClock, failure: Exception
) -> None:
    known_keys.get(KEY.key_id)
    table.failure = failure
    started = clock.seconds
    while clock.seconds < started + LONGEST:
        assert known_keys.get(KEY.key_id) == KEY
        clock.sleep(0.1)
    with pytest.raises(type(failure)):
        known_keys.get(KEY.key_id)
    assert table.asked <= LONGEST / FRESH + 3  # most requests do not wait for it
    table.failure = None
    assert known_keys.get(KEY.key_id) == KEY


def test_a_key_that_was_never_seen_needs_the_table(known_keys: KnownKeys, table: Table) -> None:
    table.failure = Unreachable("away")
    with pytest.raises(Unreachable):
        known_keys.get(KEY.key_id)


def test_an_unknown_id_is_remembered_for_a_moment(known_keys: KnownKeys, table: Table, clock: SetClock) -> None:
    table.keys.clear()
    for _ in range(100):
        assert known_keys.get(KEY.key_id) is None
    assert table.asked == 1
    table.keys[KEY.key_id] = KEY  # it arrives from the region where it was made
    clock.sleep(UNKNOWN + 0.01)
    assert known_keys.get(KEY.key_id) == KEY


def test_a_key_that_was_deleted_by_a_hand_ends(known_keys: KnownKeys, table: Table, clock: SetClock) -> None:
    known_keys.get(KEY.key_id)
    table.keys.clear()
    clock.sleep(FRESH)
    assert known_keys.get(KEY.key_id) is None


def test_ids_made_up_do_not_hammer_the_table_nor_drive_good_keys_out(
    known_keys: KnownKeys, table: Table, clock: SetClock
) -> None:
    known_keys.get(KEY.key_id)
    refused = 0
    for number in range(20_000):  # in one second
        clock.sleep(1 / 20_000)
        try:
            assert known_keys.get(f"{number:016x}") is None
        except TooManyRequests:
            refused += 1
    assert table.asked <= 1 + known.LOOKUPS_AT_ONCE + known.LOOKUPS + 1
    assert refused > 19_000
    asked = table.asked
    assert known_keys.get(KEY.key_id) == KEY
    assert table.asked == asked
    clock.sleep(FRESH)
    assert known_keys.get(KEY.key_id) == KEY  # reading it anew does not count against that limit


def test_memory_is_bounded(known_keys: KnownKeys, table: Table, clock: SetClock) -> None:
    for number in range(known.MOST_KEYS + 100):
        table.keys[f"{number:016x}"] = KEY
        known_keys.get(f"{number:016x}")
        clock.sleep(1 / known.LOOKUPS)
    assert len(known_keys._copies) == known.MOST_KEYS
