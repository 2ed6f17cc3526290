"""What an account truly has, while money is between its shares and regions are read one after the other."""

from decimal import Decimal

from ledger.shares import Share
from sandbox.picture.balances import on_the_way, true_balance

HOME, AWAY = "ap-northeast-2", "eu-central-1"


def share(region: str, balance: int, *, granted: int = 0, accepted: int = 0) -> Share:
    """A share that has handed ``granted`` to the other region and taken ``accepted`` from it."""
    other = AWAY if region == HOME else HOME
    counters = {other: Decimal(granted)}, {other: Decimal(accepted)}
    return Share("cloud", region, "USD", Decimal(balance), *counters, "active", 0, "", "")


def test_money_between_the_shares_counts() -> None:
    home, away = share(HOME, 600, granted=400), share(AWAY, 100, accepted=100)
    seen = {HOME: {"cloud": [home]}, AWAY: {"cloud": [home, away]}}
    assert true_balance("cloud", seen) == 1000


def test_a_grant_that_is_taken_while_the_regions_are_read_is_counted_once() -> None:
    home_before, away_after = share(HOME, 1000), share(AWAY, 400, accepted=400)
    assert true_balance("cloud", {HOME: {"cloud": [home_before]}, AWAY: {"cloud": [away_after]}}) == 1000


def test_a_copy_that_is_late_does_not_count() -> None:
    old, new = share(HOME, 1000), share(HOME, 700)
    assert true_balance("cloud", {HOME: {"cloud": [new]}, AWAY: {"cloud": [old]}}) == 700


def test_there_is_no_balance_while_a_row_is_mended_or_without_an_account() -> None:
    assert true_balance("cloud", {HOME: {"cloud": [None]}, AWAY: {"cloud": []}}) is None
    assert true_balance("cloud", {HOME: {"cloud": []}, AWAY: {"cloud": []}}) is None


def test_on_the_way_is_what_was_handed_over_and_not_heard_back_of() -> None:
    seen = {"cloud": [share(HOME, 600, granted=400), share(AWAY, 100, accepted=100)]}
    assert on_the_way(seen, HOME, AWAY) == {"USD": 300}
    assert on_the_way(seen, AWAY, HOME) == {}
    assert on_the_way({"cloud": [share(HOME, 600, granted=400)]}, HOME, AWAY) == {"USD": 400}
    assert on_the_way({"cloud": [share(HOME, 600), share(AWAY, 1, accepted=400)]}, HOME, AWAY) == {}
