from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import ZERO, quantum
from ledger.shares import Counter, Share, acceptable, believe, grant_size, holdings, over_accepted, plan_debit, total
from ledger.topology import Topology
from ledger.writes import new_share
from tests.support.cloud import AP, EU, US

TOPOLOGY = Topology((AP, EU, US))
MONEY = st.integers(min_value=0, max_value=10**15).map(lambda units: Decimal(units) / 100)
SIGNED = st.integers(min_value=-(10**15), max_value=10**15).map(lambda units: Decimal(units) / 100)
CURRENCIES = st.sampled_from(["USD", "KRW", "BHD"])


def share(region: str, balance: Any = 0, granted: Any = None, accepted: Any = None, currency: str = "USD") -> Share:
    """A share with amounts of any kind of number."""
    gave, took = ({name: Decimal(n) for name, n in (given or {}).items()} for given in (granted, accepted))
    return Share("cloud", region, currency, Decimal(balance), gave, took, "active", 1, "", "op")


def row(**changes: Any) -> dict[str, Any]:
    """A sound row of the home share, with ``changes``; ``...`` removes an attribute."""
    sound = new_share("cloud", AP, "USD", op="op-1", now="2026-01-01T00:00:00.000000Z", balance=Decimal(10))
    return {name: value for name, value in (sound | changes).items() if value is not ...}


@st.composite
def accounts(draw: st.DrawFn) -> list[Share]:
    """Shares as a region may see them: of some regions, torn in any way."""
    regions = draw(st.lists(st.sampled_from([AP, EU, US]), min_size=1, max_size=3, unique=True))
    counters = st.dictionaries(st.sampled_from([AP, EU, US]), MONEY)
    return [share(region, draw(SIGNED), draw(counters), draw(counters)) for region in regions]


@given(accounts(), st.sampled_from([AP, EU, US]))
def test_holdings_always_add_up(shares: list[Share], here: str) -> None:
    held = holdings(shares, here)
    assert held.balance == held.here + held.elsewhere + held.in_transit
    assert held.balance == sum(held.by_region.values()) + held.in_transit
    assert held.in_transit >= 0


@given(accounts(), st.sampled_from([AP, EU, US]))
def test_holdings_are_what_the_shares_and_their_counters_say(shares: list[Share], here: str) -> None:
    known = {each.region: each for each in shares}
    expected = sum((each.balance for each in shares), ZERO)
    for giver in shares:
        for taker in {AP, EU, US} - {giver.region}:
            expected += giver.granted_to(taker)
            expected -= known[taker].accepted_from(giver.region) if taker in known else 0
    missing = {(a.region, b) for a in shares for b in a.accepted if b not in known}
    if not missing:
        assert holdings(shares, here).balance == expected


def test_holdings_of_a_torn_image_do_not_count_the_money_twice() -> None:
    before_the_grant, after_the_acceptance = share(AP, 100), share(EU, 30, accepted={AP: 30})
    held = holdings([before_the_grant, after_the_acceptance], EU)
    assert [held.balance, held.here, held.elsewhere, held.in_transit] == [100, 30, 70, 0]


def test_a_grant_to_a_region_without_a_share_is_on_its_way() -> None:
    held = holdings([share(AP, 70, granted={EU: 30})], AP)
    assert [held.balance, held.here, held.in_transit] == [100, 70, 30]


@given(accounts())
def test_acceptances_are_positive_and_never_from_oneself(shares: list[Share]) -> None:
    own = shares[0]
    moves = acceptable(own, shares)
    assert own.region not in moves
    assert all(move.amount > 0 and move.seen == own.accepted_from(region) for region, move in moves.items())
    settled = share(own.region, own.balance, accepted={**own.accepted, **{r: m.new for r, m in moves.items()}})
    assert not acceptable(settled, shares), "accepting twice"


@given(accounts(), MONEY)
def test_a_plan_covers_the_payment_and_exists_if_the_money_does(shares: list[Share], amount: Decimal) -> None:
    own = shares[0]
    plan = plan_debit(own, shares, amount)
    everything = own.balance + total(acceptable(own, shares))
    if plan is None:
        assert everything < amount
        assert own.balance < amount
    else:
        assert own.balance + total(plan) >= amount
        assert not plan or own.balance < amount, "local money is used alone where it suffices"


@given(SIGNED, MONEY, CURRENCIES)
def test_a_grant_never_overdraws_and_covers_the_need(balance: Decimal, needed: Decimal, currency: str) -> None:
    unit = quantum(currency)
    giver = share(AP, balance // unit * unit, currency=currency)
    needed = needed // unit * unit
    size = grant_size(giver, needed)
    assert size <= giver.balance
    assert size % unit == 0
    if giver.balance >= needed:
        assert size >= needed
        assert size in (needed, giver.balance / 2 // unit * unit)


@pytest.mark.parametrize(
    ("balance", "needed", "size"),
    [
        ("100", "1", "50"),
        ("100", "80", "80"),
        ("100", "200", "100"),
        ("0.03", "0.01", "0.01"),
        ("0.01", "0.01", "0.01"),
    ],
)
def test_half_is_granted_or_what_is_needed_if_that_is_more(balance: str, needed: str, size: str) -> None:
    assert grant_size(share(AP, balance), Decimal(needed)) == Decimal(size)


def test_what_was_accepted_beyond_all_grants_is_over_accepted() -> None:
    own = share(EU, 50, accepted={AP: 50})
    assert over_accepted(own, share(AP, 0, granted={EU: 30})) == 20
    assert over_accepted(own, share(AP, 0, granted={EU: 60})) == 0


def test_a_counter_moves_by_the_difference() -> None:
    assert Counter(Decimal(3), Decimal(5)).amount == 2


def test_a_row_of_the_ledger_is_believed() -> None:
    believed = believe(row(granted={EU: Decimal(3)}), TOPOLOGY)
    assert believed is not None
    assert [believed.account_id, believed.region, believed.balance] == ["cloud", AP, 10]
    assert [believed.granted_to(EU), believed.granted_to(US), believed.accepted_from(EU)] == [3, 0, 0]


def test_the_share_of_another_region_is_believed_under_its_own_key() -> None:
    believed = believe(row(account_id=f"cloud@{EU}", region=EU, share=f"cloud@{EU}"), TOPOLOGY)
    assert believed is not None
    assert (believed.account_id, believed.region) == ("cloud", EU)


@pytest.mark.parametrize(
    "changes",
    [
        {"balance": Decimal(11)},
        {"balance": ...},
        {"balance": "10", "ledger_balance": "10"},
        {"ledger_balance": ...},
        {"balance": Decimal(1), "ledger_balance": True},
        {"balance": None, "ledger_balance": None},
        {"region": EU},
        {"region": ...},
        {"account_id": "cloud@mars", "region": ...},
        {"account_id": "cloud@mars", "region": None},
        {"account_id": "cloud@mars", "region": "mars"},
        {"account_id": f"@{EU}", "region": EU},
        {"balance": Decimal("1E+22"), "ledger_balance": Decimal("1E+22")},
        {"balance": Decimal("0.001"), "ledger_balance": Decimal("0.001")},
        {"granted": {EU: Decimal("0.001")}},
        {"accepted": {EU: Decimal("9E+125")}},
        {"status_version": Decimal("1E+30")},
        {"currency": "XAU"},
        {"currency": ...},
        {"currency": {"USD"}},
        {"status": "closed"},
        {"status": ["active"]},
        {"status_version": "1"},
        {"status_version": Decimal("1.5")},
        {"last": Decimal(5)},
        {"last": ...},
        {"share": ...},
        {"share": "it"},
        {"share": f"cloud@{EU}"},
        {"granted": ...},
        {"granted": [Decimal(1)]},
        {"granted": {EU: "1"}},
        {"granted": {EU: Decimal(-1)}},
        {"accepted": {EU: {}}},
        {"accepted": b"x"},
    ],
    ids=str,
)
def test_a_row_that_the_ledger_cannot_have_written_is_not_believed(changes: dict[str, Any]) -> None:
    assert believe(row(**changes), TOPOLOGY) is None


def test_no_row_is_no_share() -> None:
    assert believe(None, TOPOLOGY) is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.binary(max_size=5) | st.decimals(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(row())), ANYTHING, max_size=3))
def test_whatever_a_row_holds_believing_raises_nothing(changes: dict[str, Any]) -> None:
    believe({**row(), **changes}, TOPOLOGY)
