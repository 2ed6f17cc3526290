from decimal import Decimal

import pytest

from ledger import accounts
from ledger.accounts import Account, Application
from ledger.errors import AccountExists, Busy, InvalidField, KeyReused, RegionUnreachable, UnknownAccount
from ledger.requests import Unreachable
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, CALLER, EU, US, Cloud


def read(cloud: Cloud, region: str, account_id: str = "cloud") -> Account:
    """The account as ``region`` sees it."""
    return accounts.read(cloud.ledgers[region], account_id)


def test_an_account_made_at_home_is_one_plain_row(any_cloud: Cloud) -> None:
    made = any_cloud.create("cloud", 1000)
    row = any_cloud.row("cloud")
    assert row is not None
    assert (row["account_id"], row["balance"], row["currency"]) == ("cloud", 1000, "USD")
    assert [made.here, made.holdings.balance, made.holdings.here] == [AP, 1000, 1000]
    any_cloud.settle()
    any_cloud.audit()


def test_creation_at_home_is_one_request(cloud: Cloud) -> None:
    with cloud.counted() as calls:
        cloud.create("cloud", 1000, key="k")
    assert [call.method for call in calls] == ["write"]
    assert len(calls[0].arguments[0]) == 4


def test_money_paid_in_elsewhere_can_be_spent_there_even_if_the_link_is_cut_now(three: Cloud) -> None:
    three.create("cloud", 1000, region=US)
    three.create("it", region=US)
    three.deliver()
    three.world.cut(US, AP)
    assert three.balances("cloud") == [0, 0, 1000]
    three.pay(US, "cloud", "it", 1000)
    three.world.heal()
    three.settle()
    three.audit()


def test_an_account_of_no_money_is_made_elsewhere_too(cloud: Cloud) -> None:
    made = cloud.create("it", 0, region=EU, currency="KRW")
    assert [made.currency, made.holdings.balance, made.here] == ["KRW", 0, EU]
    assert cloud.row("it", AP) is not None
    cloud.settle()
    cloud.audit()


def test_nothing_is_made_elsewhere_while_home_is_away(cloud: Cloud) -> None:
    cloud.world.cut(EU, AP)
    with pytest.raises(RegionUnreachable) as refused:
        cloud.create("cloud", 1000, region=EU)
    assert refused.value.regions == (AP,)
    assert not cloud.world.items(AP, "account-table")


def test_an_answer_lost_on_the_way_is_made_good_by_a_repetition(cloud: Cloud) -> None:
    cloud.world.cut(AP, EU)
    with pytest.raises(RegionUnreachable):
        cloud.create("cloud", 1000, region=EU, key="k")
    cloud.world.heal()
    application = Application("cloud", Decimal(1000), "USD", CALLER, "k")
    again, replayed = accounts.create(cloud.ledgers[EU], application)
    assert replayed
    assert again.holdings.here == 1000
    cloud.settle()
    cloud.audit()
    assert cloud.balances("cloud") == [0, 1000]


@pytest.mark.parametrize("second", [AP, EU])
@pytest.mark.parametrize("first", [AP, EU])
def test_a_repetition_gets_the_first_answer_again_in_any_region(cloud: Cloud, first: str, second: str) -> None:
    made = cloud.create("cloud", 1000, region=first, key="k")
    cloud.settle()
    cloud.create("it")
    cloud.pay(first, "cloud", "it", 400)
    application = Application("cloud", Decimal("1000.00"), "USD", CALLER, "k")
    assert accounts.create(cloud.ledgers[second], application) == (made, True)
    cloud.settle()
    cloud.audit()


@pytest.mark.parametrize(
    ("account_id", "balance", "currency"), [("cloud", 5, "USD"), ("cloud", 1000, "EUR"), ("x", 1000, "USD")]
)
def test_a_key_is_not_used_for_another_request(cloud: Cloud, account_id: str, balance: int, currency: str) -> None:
    cloud.create("cloud", 1000, key="k")
    with pytest.raises(KeyReused):
        cloud.create(account_id, balance, currency=currency, key="k")
    assert cloud.row("x") is None


@pytest.mark.parametrize("key", [None, "another"])
def test_an_account_id_is_given_once(cloud: Cloud, key: str | None) -> None:
    cloud.create("cloud", 1000, key="k")
    with pytest.raises(AccountExists):
        cloud.create("cloud", 1000, region=EU, key=key)
    cloud.settle()
    assert cloud.openings() == {"USD": 1000}


def test_keys_of_different_callers_do_not_meet(cloud: Cloud) -> None:
    cloud.create("cloud", 1000, key="k")
    other = Application("it", Decimal(5), "USD", "somebody else", "k")
    assert not accounts.create(cloud.ledgers[AP], other)[1]


def test_a_deleted_account_is_not_made_again(cloud: Cloud) -> None:
    cloud.create("cloud", 1000)
    cloud.hand_delete(AP, "cloud")
    with pytest.raises(AccountExists):
        cloud.create("cloud", 5000)
    cloud.settle()
    cloud.audit()
    assert cloud.balance("cloud", AP) == 1000


@pytest.mark.parametrize(
    ("account_id", "balance", "currency", "field"),
    [("a@b", "1", "USD", "account_id"), ("a", "1", "XAU", "currency"), ("a", "1.5", "KRW", "balance")],
)
def test_what_cannot_be_an_account_is_refused_before_any_request(
    cloud: Cloud, account_id: str, balance: str, currency: str, field: str
) -> None:
    with cloud.counted() as calls, pytest.raises(InvalidField) as refused:
        cloud.create(account_id, balance, currency=currency)
    assert refused.value.field == field
    assert not calls


def test_reading_is_one_request(any_cloud: Cloud) -> None:
    any_cloud.create("cloud", 1000)
    with any_cloud.counted() as calls:
        assert read(any_cloud, AP).holdings.balance == 1000
    assert [call.method for call in calls] == ["get"]


def test_an_account_that_has_not_arrived_is_asked_for_at_home(cloud: Cloud) -> None:
    cloud.create("cloud", 1000)
    assert read(cloud, EU).holdings.elsewhere == 1000
    cloud.world.cut(AP, EU)
    with pytest.raises(RegionUnreachable):
        read(cloud, EU)


def test_an_unknown_account_is_unknown_only_if_home_says_so(cloud: Cloud) -> None:
    with pytest.raises(UnknownAccount):
        read(cloud, EU, "nobody")
    cloud.world.cut(EU, AP)
    with pytest.raises(RegionUnreachable):
        read(cloud, EU, "nobody")


def test_money_on_its_way_is_shown_as_such(cloud: Cloud) -> None:
    cloud.create("cloud", 1000, region=EU)
    cloud.create("it")
    cloud.deliver()
    cloud.pay(EU, "cloud", "it", 100)
    held = read(cloud, AP).holdings
    assert [held.balance, held.here, held.elsewhere, held.in_transit] == [1000, 0, 1000, 0]
    cloud.deliver()
    assert read(cloud, AP).holdings.balance == 900


def test_an_account_whose_row_is_being_mended_is_busy_not_wrong(cloud: Cloud) -> None:
    cloud.create("cloud", 1000)
    cloud.hand(AP, "cloud", balance=Decimal(5))
    with pytest.raises(Busy):
        read(cloud, AP)
    cloud.settle()
    assert read(cloud, EU).holdings.balance == 1000


def test_home_itself_away_is_no_refusal(cloud: Cloud) -> None:
    def silent(call: Call, done: bool) -> None:
        raise Unreachable

    cloud.fault = silent
    with pytest.raises(Unreachable):
        cloud.create("cloud", 1000)
    with pytest.raises(Unreachable):
        read(cloud, AP)


def test_pages_go_through_all_accounts_in_order(cloud: Cloud) -> None:
    ids = [f"account-{n}" for n in range(7)]
    for name in reversed(ids):
        cloud.create(name, 5, region=EU)
    cloud.settle()
    found: list[str] = []
    after: str | None = None
    while True:
        page, after = accounts.page(cloud.ledgers[EU], 3, after=after)
        found += [account.account_id for account in page]
        assert all(account.holdings.balance == 5 for account in page)
        if after is None:
            break
    assert found == ids


def test_a_page_by_prefix_and_one_with_a_damaged_row(cloud: Cloud) -> None:
    for name in ("a1", "a2", "a3", "b1"):
        cloud.create(name, 5)
    cloud.hand(AP, "a2", balance=Decimal(7))
    page, after = accounts.page(cloud.ledgers[AP], 10, prefix="a")
    assert [account.account_id for account in page] == ["a1", "a3"]
    assert after is None


def test_rows_of_hands_do_not_stop_the_list(cloud: Cloud) -> None:
    cloud.create("cloud", 5)
    for key in ("x", f"cloud@{EU}", "@", "k" * 500):
        cloud.hand_put(AP, key, bucket="account", balance=Decimal(3))
    page, _ = accounts.page(cloud.ledgers[AP], 10)
    assert [account.account_id for account in page] == ["cloud"]
