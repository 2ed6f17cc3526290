"""Rows that nobody made through the ledger."""

from decimal import Decimal
from typing import Any

import pytest

from ledger import adopting
from tests.support.cloud import AP, EU, US, Cloud

D = Decimal
BY = pytest.mark.parametrize("by", ["events", "sweep"])


def settle(cloud: Cloud, by: str) -> None:
    """With events only, or with sweeps and all events lost."""
    cloud.settle(events=by == "events", sweeps=by == "sweep")


@BY
@pytest.mark.parametrize("region", [AP, EU])
def test_a_row_becomes_an_account_with_its_balance_as_opening_deposit(cloud: Cloud, region: str, by: str) -> None:
    cloud.hand(region, "new", balance=D(70), currency="EUR")
    settle(cloud, by)
    assert cloud.balances("new") == [70, 0]
    (opening,) = cloud.entries("opening", EU)
    assert (opening["account_id"], opening["amount"], opening["currency"]) == ("new", D(70), "EUR")
    assert opening["source"] == "adopted"
    assert cloud.incidents() == []
    cloud.audit()
    cloud.create("it", currency="EUR")
    cloud.settle()
    for name in cloud.names:
        cloud.pay(name, "new", "it", 10)
    cloud.settle()
    cloud.audit()


@BY
def test_both_regions_agree_on_a_row_that_has_another_value_in_each(three: Cloud, by: str) -> None:
    for region, balance in ((AP, 10), (EU, 20), (US, 30)):
        three.hand(region, "new", balance=D(balance), currency="USD")
    settle(three, by)
    three.audit()
    assert three.balances("new") == [30, 0, 0], "the last writer's"


def test_a_value_that_arrives_after_the_adoption_is_taken_back(cloud: Cloud) -> None:
    cloud.hand(AP, "new", balance=D(10))
    cloud.hand(EU, "new", balance=D(20))
    cloud.world.regions[EU].skew = 60
    cloud.hand(EU, "new", balance=D(30))
    cloud.handle(AP)
    assert cloud.balance("new", AP) == 10
    cloud.settle()
    cloud.audit()
    assert cloud.balances("new") == [10, 0]


def test_a_missing_currency_is_us_dollars(cloud: Cloud) -> None:
    cloud.hand_put(AP, "new", balance=D("5.50"))
    cloud.settle()
    assert cloud.share("new", AP).currency == "USD"


@BY
@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"balance": D(-1)},
        {"balance": "100"},
        {"balance": None},
        {"balance": {"N": D(5)}},
        {"balance": D("0.001")},
        {"balance": D("1E+15")},
        {"balance": D("9" * 38)},
        {"balance": D(5), "currency": "XAU"},
        {"balance": D(5), "currency": D(840)},
        {"balance": D("0.5"), "currency": "KRW"},
        {"balance": b"5", "currency": {"USD", "EUR"}},
    ],
    ids=str,
)
def test_what_cannot_be_money_is_left_alone_with_one_incident(
    cloud: Cloud, attributes: dict[str, Any], by: str
) -> None:
    cloud.hand_put(AP, "new", **attributes)
    settle(cloud, by)
    cloud.settle()
    cloud.trim()
    cloud.ledgers = {region: cloud.program(region) for region in cloud.names}
    cloud.settle()
    assert cloud.row("new") == {"account_id": "new", **attributes}
    assert len(cloud.incidents(EU)) == 1
    assert not cloud.failures
    cloud.audit()
    cloud.hand(AP, "new", balance=D(8), currency="USD")
    cloud.settle()
    assert cloud.balance("new", AP) == 8
    cloud.audit()


@BY
@pytest.mark.parametrize("key", ["~new", "a b", "ä", "system~fees", "k" * 129, "k" * 1024, "-x"])
def test_a_key_that_is_no_account_id_is_left_alone_with_one_incident(cloud: Cloud, key: str, by: str) -> None:
    cloud.hand_put(EU, key, balance=D(5), currency="USD")
    settle(cloud, by)
    cloud.settle()
    assert cloud.incidents() == ["not-an-account-id"]
    assert cloud.row(key, AP) == {"account_id": key, "balance": 5, "currency": "USD"}
    assert not cloud.failures
    (found,) = cloud.entries("incident")
    assert len(found["position"]) < 1024, "the key of an index"


@pytest.mark.parametrize(
    "key", [f"new@{EU}", f"new@{AP}", "new@mars", "new@", "@", f"@{EU}", f"new@{EU}@{EU}", "@" * 1024, f"~@{EU}"]
)
@pytest.mark.parametrize("region", [AP, EU])
def test_a_row_in_the_form_of_a_share_is_never_adopted(cloud: Cloud, key: str, region: str) -> None:
    cloud.hand_put(region, key, balance=D(5), currency="USD")
    cloud.settle()
    assert cloud.incidents() == ["unknown-share"]
    assert not cloud.entries("opening")
    assert cloud.row(key) == {"account_id": key, "balance": 5, "currency": "USD"}
    assert not cloud.failures


def test_a_row_of_an_account_that_is_there_is_not_adopted(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.hand_put(AP, "cloud", balance=D(999), currency="USD")
    assert not adopting.adopt(cloud.ledgers[AP], "cloud")
    cloud.settle()
    cloud.audit()
    assert cloud.balance("cloud", AP) == 100


def test_only_home_adopts(cloud: Cloud) -> None:
    cloud.hand_put(EU, "new", balance=D(5))
    assert not adopting.adopt(cloud.ledgers[EU], "new")
    assert not adopting.adopt(cloud.ledgers[AP], "new"), "not arrived"


def test_a_row_that_changes_meanwhile_is_adopted_as_it_is_then(cloud: Cloud) -> None:
    cloud.hand_put(AP, "new", balance=D(5))

    def hand(call: Any, done: bool) -> None:
        if call.method == "write" and not done:
            cloud.fault = None
            cloud.hand(AP, "new", balance=D(6))

    cloud.fault = hand
    assert not adopting.adopt(cloud.ledgers[AP], "new")
    cloud.settle()
    cloud.audit()
    assert cloud.balance("new", AP) == 6


@pytest.mark.parametrize("by", ["events", "sweep", "both"])
def test_a_whole_row_of_the_ledgers_form_is_an_account_with_an_opening_too(cloud: Cloud, by: str) -> None:
    cloud.create("cloud", 100)
    cloud.settle()
    copied = {name: value for name, value in (cloud.row("cloud") or {}).items() if name != "account_id"}
    cloud.hand_put(AP, "new", **copied | {"share": "new"})
    cloud.settle(events=by != "sweep")
    cloud.audit()
    assert cloud.balances("new") == [100, 0]
    assert cloud.incidents() == ["unknown-share"]


@pytest.mark.parametrize("by", ["events", "sweep"])
def test_a_copy_of_another_accounts_row_is_an_account_with_an_opening_too(cloud: Cloud, by: str) -> None:
    cloud.create("cloud", 100)
    cloud.settle()
    copied = {name: value for name, value in (cloud.row("cloud") or {}).items() if name != "account_id"}
    cloud.hand_put(AP, "new", **copied)
    cloud.settle(events=by == "events")
    cloud.audit()
    assert cloud.balances("new") == [100, 0]
    assert cloud.incidents() == (["foreign-write"] if by == "events" else [])


def test_odd_attributes_of_a_row_do_not_make_the_adoption_look_foreign(cloud: Cloud) -> None:
    cloud.hand_put(AP, "new", balance=D(5), prev="x", last=D(3), rebuilt="y", condemned="z", note={"a": [None, b"b"]})
    cloud.settle()
    cloud.audit()
    row = cloud.row("new")
    assert row is not None
    assert row["balance"] == 5
    assert row["note"] == {"a": [None, b"b"]}, "what is not the ledger's stays"
    assert row["rebuilt"] == row["last"]
    assert cloud.incidents() == []
