"""How long money has been on the way, as successive sweeps see it."""

from decimal import Decimal

from ages import Ages

OLD, NEW = "a", "b"


def look(ages: Ages, now: float, **amounts: int) -> dict[str, float]:
    """What a sweep at ``now`` says of dollars: the amounts that are not zero by age, and the oldest age."""
    found = ages.look({account: ("USD", Decimal(amount)) for account, amount in amounts.items()}, now)
    said = {": ".join((it.figure.name, *it.dimensions[1:])): it.values[0] for line in found for it in line}
    return {name.removeprefix("MoneyOnTheWay: "): value for name, value in said.items() if value}


def test_money_grows_older_from_sweep_to_sweep() -> None:
    ages = Ages()
    assert look(ages, 1000, a=7) == {"under 2 minutes": 7}
    assert look(ages, 1300, a=7, b=5) == {"under 2 minutes": 5, "2 minutes to 1 hour": 7, "OldestOnTheWay": 300}
    assert look(ages, 4600, a=7, b=5) == {"over 1 hour": 7, "2 minutes to 1 hour": 5, "OldestOnTheWay": 3600}
    assert look(ages, 4900, b=5) == {"over 1 hour": 5, "OldestOnTheWay": 3600}


def test_money_that_has_arrived_is_forgotten() -> None:
    ages = Ages()
    look(ages, 0, a=7)
    assert list(ages.look({}, 300)) != []
    assert list(ages.look({}, 600)) == []
    assert look(ages, 900, a=7) == {"under 2 minutes": 7}


def test_a_clock_that_goes_back_makes_no_age_below_zero() -> None:
    ages = Ages()
    look(ages, 1000, a=7)
    assert look(ages, 500, a=7) == {"under 2 minutes": 7}
    assert look(ages, 560, a=7) == {"under 2 minutes": 7, "OldestOnTheWay": 60}


def test_each_line_says_each_dimension_once() -> None:
    lines = list(Ages().look({"a": ("USD", Decimal(1)), "b": ("KRW", Decimal(2))}, 0))
    assert [len(line) for line in lines] == [1] * 7
