"""What pages are made of: the bar, amounts, times, raw rows."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from console import amounts, bar, moments, raw
from ledger.shares import Holdings

D = Decimal


def held(*shares: Decimal | int, in_transit: Decimal | int = 0) -> Holdings:
    """An account's money by region."""
    by_region = {f"region-{n}": D(amount) for n, amount in enumerate(shares)}
    return Holdings(D(0), D(0), D(0), D(in_transit), by_region)


def test_the_bar_is_as_wide_as_the_money() -> None:
    found = bar.segments(held(100, 300, in_transit=600))
    assert [(one.name, one.x, one.width) for one in found] == [
        ("share-0", 0, 100),
        ("share-1", 100, 300),
        ("on-the-way", 400, 600),
    ]
    assert bar.segments(held(0, -5)) == []
    assert [one.label for one in bar.segments(held(-5, 5))] == ["region-1"]


@given(st.lists(st.decimals(0, 10**15, places=2), min_size=1, max_size=8), st.decimals(0, 10**15, places=2))
def test_the_segments_stand_side_by_side_inside_the_bar(shares: list[Decimal], in_transit: Decimal) -> None:
    found = bar.segments(held(*shares, in_transit=in_transit))
    assert len(found) == sum(amount > 0 for amount in (*shares, in_transit))
    assert all(one.width >= 1 and 0 <= one.x <= bar.WIDTH for one in found)
    assert all(later.x >= one.x for one, later in pairwise(found))
    if found:
        assert found[0].x == 0
        assert bar.WIDTH <= found[-1].x + found[-1].width <= bar.WIDTH + 1


def test_amounts_have_all_minor_digits_and_groups_of_three() -> None:
    assert amounts.grouped(D("1234567.5"), "USD") == "1,234,567.50"
    assert amounts.grouped(D("-1234"), "KRW") == "-1,234"
    assert {"KRW", "USD", "EUR"} < set(amounts.codes())
    assert "XAU" not in amounts.codes()  # gold is no money that can be paid


def test_times_are_short_and_exact_in_the_markup() -> None:
    written = "2026-11-24T23:13:31.245347Z"
    assert moments.shown(written) == f'<time datetime="{written}" title="{written}">2026-11-24 23:13:31</time>'
    assert moments.shown("<b>never</b>") == "<b>never</b>"
    assert not hasattr(moments.shown("<b>never</b>"), "__html__")  # the template escapes it


def test_raw_rows_show_whatever_a_row_can_hold() -> None:
    row = {"n": D("9E125"), "s": {"b", "a"}, "b": b"\x00\xff", "m": {"n": D("1.50")}, "null": None, "nan": D("NaN")}
    text = raw.pretty(row)
    assert '"1.50"' in text
    assert '"2 bytes 00ff"' in text
    assert '"a",\n    "b"' in text
    assert '"NaN"' in text
