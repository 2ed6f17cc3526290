from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from ledger.context import timestamp
from tests.support.cloud import AP, EU, Cloud

MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis wants it so


@given(MOMENTS, MOMENTS)
def test_times_as_texts_sort_as_times_do(one: datetime, other: datetime) -> None:
    assert (timestamp(one) < timestamp(other)) == (one < other)
    assert len(timestamp(one)) == 27


def test_times_are_written_in_utc() -> None:
    there = datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=9)))
    assert timestamp(there) == "2026-01-01T00:00:00.000000Z"


def test_a_ledger_knows_its_own_endpoint_homes_and_the_others() -> None:
    ledger = Cloud((AP, EU)).ledgers[EU]
    assert ledger.others == (AP,)
    assert ledger.key("cloud") == f"cloud@{EU}"
    assert ledger.local is ledger.stores[EU]
    assert ledger.home is ledger.stores[AP]
