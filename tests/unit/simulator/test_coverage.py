"""A run must have had everything that it says it has tried."""

from tests.simulator.coverage import ENOUGH, FAULTS, MOVEMENTS, OF_SEVERAL_REGIONS, missing

ALL = dict.fromkeys((*FAULTS, *MOVEMENTS), 1)


def test_nothing_is_missing_where_all_has_occurred() -> None:
    assert missing(ALL, ENOUGH) == []


def test_one_thing_that_never_occurred_is_named() -> None:
    for name in ALL:
        assert missing({**ALL, name: 0}, ENOUGH, regions=3) == [name]


def test_what_one_region_cannot_have_is_not_asked_of_it() -> None:
    assert missing({}, ENOUGH, regions=1) == [name for name in ALL if name not in OF_SEVERAL_REGIONS]


def test_a_short_run_need_not_have_everything() -> None:
    assert missing({}, ENOUGH - 1) == []


def test_every_exception_is_a_thing_that_is_looked_for() -> None:
    assert set(ALL) >= OF_SEVERAL_REGIONS
