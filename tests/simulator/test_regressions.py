"""Bugs of the ledger that seeded histories and reviews have found, each as the shortest story that showed it."""

from contextlib import suppress
from decimal import Decimal

import pytest

from ledger.entries import JOURNAL
from ledger.errors import Busy, CurrencyMismatch, InsufficientFunds, RegionUnreachable, UnknownAccount
from ledger.requests import Cancelled
from ledger.shares import FROZEN
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, EU, US, Cloud


def two() -> Cloud:
    """Two regions with an account of 100 that the other region has used, too."""
    cloud = Cloud((AP, EU))
    cloud.create("cloud", 100)
    cloud.create("it", 0)
    cloud.deliver()
    return cloud


def whole(cloud: Cloud, account_id: str) -> Decimal:
    """The account's balance over all regions, when everything has settled and the books agree."""
    cloud.settle()
    cloud.audit()
    return sum(cloud.balances(account_id), Decimal(0))


def test_a_restarted_app_pays_from_its_own_share_though_the_home_share_never_arrived() -> None:
    cloud = Cloud((AP, EU))
    for name in ("cloud", "it"):
        cloud.create(name, 10, region=EU)
    cloud.world.cut(AP, EU)
    cloud.world.cut(EU, AP)
    cloud.ledgers[EU] = cloud.program(EU)
    assert not cloud.pay(EU, "cloud", "it", 3).replayed


def test_two_forged_balances_and_a_set_balance_before_the_first_event() -> None:
    cloud = two()
    for balance in (105, 82):
        cloud.hand(AP, "cloud", balance=Decimal(balance), ledger_balance=Decimal(balance))
    cloud.hand(AP, "cloud", balance=Decimal(216))
    assert whole(cloud, "cloud") == 100


def test_an_old_image_put_where_the_row_was_deleted() -> None:
    cloud = two()
    image = dict(cloud.row("cloud") or {})
    cloud.pay(AP, "cloud", "it", 30)
    cloud.hand_delete(AP, "cloud")
    cloud.world.put(AP, "account-table", image)
    assert whole(cloud, "cloud") == 70


def test_a_bare_item_put_over_a_forged_share() -> None:
    cloud = two()
    cloud.hand(AP, "cloud", balance=Decimal(271), ledger_balance=Decimal(271))
    cloud.hand_put(AP, "cloud", balance=Decimal(1), currency="USD")
    assert whole(cloud, "cloud") == 100


def test_a_forged_image_arrives_over_a_bare_item() -> None:
    cloud = two()
    cloud.hand_put(AP, "cloud", balance=Decimal(135), currency="USD")
    cloud.hand(EU, "cloud", balance=Decimal(58), ledger_balance=Decimal(58))
    assert whole(cloud, "cloud") == 100


def test_a_hand_puts_an_old_image_and_then_the_newest_again() -> None:
    cloud = two()
    old = dict(cloud.row("cloud") or {})
    cloud.pay(AP, "cloud", "it", 30)
    newest = dict(cloud.row("cloud") or {})
    cloud.world.put(AP, "account-table", old)
    cloud.world.put(AP, "account-table", newest)
    assert whole(cloud, "cloud") == 70


def test_a_row_of_a_new_account_with_the_ledgers_own_number_is_adopted() -> None:
    cloud = two()
    cloud.hand_put(AP, "new", balance=Decimal(5), ledger_balance=Decimal(5), currency="USD")
    assert whole(cloud, "new") == 5


def test_a_forged_status_that_another_region_has_copied_is_taken_back_everywhere() -> None:
    cloud = two()
    cloud.hand(AP, "it", status=FROZEN)
    cloud.deliver()
    cloud.create("third", 10, region=EU)
    cloud.settle()
    assert cloud.share("it", AP).status == cloud.share("it", AP, seen_in=EU).status != FROZEN
    cloud.pay(EU, "third", "it", 1)


def test_accepted_is_raised_by_hand_and_swept_before_the_event() -> None:
    cloud = two()
    cloud.pay(EU, "cloud", "it", 30)
    accepted = cloud.share("cloud", EU).accepted_from(AP)
    cloud.hand(EU, "cloud@eu-central-1", accepted={AP: accepted + 44})
    cloud.sweep(EU)
    assert whole(cloud, "cloud") == 70


def test_a_repeat_is_not_refused_as_frozen_while_the_region_that_executed_it_is_away() -> None:
    cloud = Cloud((AP, EU, US))
    cloud.create("cloud", 20, region=US)
    cloud.create("it", 0, region=US)
    cloud.deliver(AP)
    cloud.pay(US, "cloud", "it", 20, key="once")
    cloud.create("payer", 5, region=EU)  # so that this region has shares of both before the freeze
    cloud.deliver(AP)
    cloud.pay(EU, "payer", "cloud", 1)
    cloud.pay(EU, "payer", "it", 1)
    cloud.world.cut(EU, US)
    cloud.freeze("cloud")
    with pytest.raises(RegionUnreachable):
        cloud.pay(EU, "cloud", "it", 20, key="once")


def test_a_share_is_rebuilt_in_the_accounts_currency_also_while_the_home_share_is_missing() -> None:
    cloud = Cloud((AP, EU))
    cloud.create("won", 1000, region=EU, currency="KRW")
    cloud.create("dollars", 5, region=EU)
    cloud.deliver()
    cloud.hand_put(EU, "won@eu-central-1", balance=Decimal(93), currency="USD")
    cloud.hand_delete(EU, "won")
    cloud.deliver()
    cloud.sweep(EU)
    with pytest.raises(CurrencyMismatch):
        cloud.pay(EU, "dollars", "won", 3)
    assert whole(cloud, "won") == 1000


def test_an_old_status_put_back_at_home_by_a_hand_is_followed_until_its_event_comes() -> None:
    cloud = two()
    cloud.create("payer", 5, region=EU)
    cloud.pay(EU, "payer", "it", 1)  # so that the other region has a share, which copies the status
    cloud.settle()
    old = dict(cloud.row("it") or {})
    cloud.freeze("it")
    cloud.deliver()
    cloud.sweep(EU)
    cloud.world.put(AP, "account-table", old)
    cloud.deliver()
    cloud.sweep(EU)
    assert cloud.share("it", EU).status != FROZEN
    cloud.settle()
    assert cloud.share("it", AP).status == cloud.share("it", EU).status == FROZEN
    assert sorted(set(cloud.incidents())) == ["foreign-write", "status-taken-back"]


def copy(cloud: Cloud, region: str, source: str, target: str) -> None:
    """A hand puts the row of ``source`` under the key ``target``."""
    row = cloud.row(source, region) or {}
    cloud.hand_put(region, target, **{name: value for name, value in row.items() if name != "account_id"})


def test_the_row_of_the_last_payee_put_over_the_payer_is_no_next_version_of_it() -> None:
    cloud = two()
    cloud.create("third")
    cloud.pay(AP, "cloud", "it", 10)
    cloud.pay(AP, "it", "third", 1)
    cloud.settle()
    copy(cloud, AP, "it", "cloud")
    assert whole(cloud, "cloud") == 90
    assert cloud.incidents() == ["foreign-write"]


def test_a_row_mended_after_a_copy_of_another_was_put_there_is_no_next_version_of_that_other() -> None:  # seed 3485
    cloud = two()
    cloud.settle()
    copy(cloud, AP, "cloud", "it")
    cloud.handle(AP)  # "it" is put back, as the version after that of "cloud"
    copy(cloud, AP, "it", "cloud")
    assert whole(cloud, "cloud") == 100
    assert cloud.incidents() == ["foreign-write", "foreign-write"]


def test_an_old_image_and_then_the_version_after_it_are_no_payment_made_twice() -> None:  # seeds 12643, 18314
    cloud = two()
    images = [cloud.row("cloud")]
    for _ in range(2):
        cloud.pay(AP, "cloud", "it", 10)
        images.append(cloud.row("cloud"))
    cloud.settle()
    for image in images[:2]:
        assert image is not None
        cloud.hand_put(AP, "cloud", **{name: value for name, value in image.items() if name != "account_id"})
    assert whole(cloud, "cloud") == 80


def test_a_share_copied_to_where_none_was_is_paid_nothing_that_could_go_with_it() -> None:  # seed 22691
    cloud = two()
    cloud.pay(EU, "cloud", "it", 10)
    cloud.create("third")
    cloud.settle()
    copy(cloud, EU, f"it@{EU}", f"third@{EU}")
    with pytest.raises(Busy):
        cloud.pay(EU, "it", "third", 3)
    cloud.hand_delete(EU, f"third@{EU}")
    assert whole(cloud, "third") == 0


@pytest.mark.parametrize(("payer", "payee"), [("copied", "it"), ("it", "copied")])
@pytest.mark.parametrize("region", [AP, EU])
def test_an_account_copied_by_hand_neither_pays_nor_is_paid_before_it_is_adopted(
    region: str, payer: str, payee: str
) -> None:
    cloud = two()
    cloud.pay(AP, "cloud", "it", 10)
    cloud.settle()
    copy(cloud, AP, "it", "copied")
    cloud.deliver()
    with pytest.raises(UnknownAccount):
        cloud.pay(region, payer, payee, 5)
    assert whole(cloud, "copied") == 10
    cloud.pay(region, payer, payee, 5)
    cloud.settle()
    cloud.audit()


def test_a_share_of_no_account_copied_by_hand_pays_nothing() -> None:
    cloud = two()
    cloud.pay(EU, "cloud", "it", 10)
    cloud.settle()
    copy(cloud, EU, "cloud@eu-central-1", "nobody@eu-central-1")
    with pytest.raises(UnknownAccount):
        cloud.pay(EU, "nobody", "it", 10)
    assert whole(cloud, "cloud") == 90


def test_a_creation_is_repeated_while_a_hand_has_changed_its_opening() -> None:
    cloud = two()
    cloud.create("new", 5, key="once")
    cloud.world.update(AP, "journal-table", {"entry_id": "opening~new", "region": AP}, {}, ("amount",))
    with pytest.raises(Busy):
        cloud.create("new", 5, key="once")
    cloud.settle()
    assert cloud.create("new", 5, key="once").holdings.balance == 5


def test_a_status_that_one_request_copies_twice_lets_no_hand_pass_for_the_next_version() -> None:  # seed 47203
    cloud = two()
    cloud.pay(EU, "cloud", "it", 10)
    cloud.settle()
    share = {"account_id": f"cloud@{EU}"}

    def sent_twice(call: Call, done: bool) -> None:
        if done and call.method == "write" and [write.key for write in call.arguments[0]] == [share]:
            with suppress(Cancelled):
                cloud.world.regions[call.target].write(*call.arguments)

    cloud.hand(EU, "cloud", status=FROZEN)
    cloud.fault = sent_twice
    cloud.handle(EU)
    cloud.fault = None
    row = cloud.row(f"cloud@{EU}")
    assert row is not None
    assert row["status"] == FROZEN
    assert row["prev"] != row["last"]
    cloud.deliver()
    cloud.hand(AP, f"cloud@{EU}", balance=Decimal(249), ledger_balance=Decimal(249))
    assert whole(cloud, "cloud") == 90


def test_an_event_older_than_a_rebuild_does_not_put_back_what_was_before_it() -> None:  # found by tests/model
    cloud = two()
    cloud.hand(AP, "cloud", balance=Decimal(500))
    damaged = cloud.row("cloud")
    assert damaged is not None
    late = cloud.records(AP)
    cloud.sweep(AP)
    cloud.pay(AP, "cloud", "it", 10)
    cloud.hand_put(AP, "cloud", **{name: value for name, value in damaged.items() if name != "account_id"})
    cloud.trim()
    cloud.handle(AP, late)
    assert whole(cloud, "cloud") == 90


@pytest.mark.parametrize("how", ["balance", "deleted"])
@pytest.mark.parametrize("events", [True, False])
def test_what_was_granted_and_spent_elsewhere_is_not_spent_again_by_the_share_that_is_rebuilt_first(
    how: str, events: bool
) -> None:
    cloud = two()
    cloud.create("shop")
    cloud.pay(EU, "cloud", "it", 100)
    cloud.settle()
    for region in (AP, EU):
        if how == "deleted":
            cloud.hand_delete(region, f"cloud@{EU}" if region == EU else "cloud")
        else:
            cloud.hand(region, f"cloud@{EU}" if region == EU else "cloud", balance=Decimal(1))
    if not events:
        cloud.trim()
    cloud.sweep(AP)
    with pytest.raises((Busy, InsufficientFunds)):
        cloud.pay(AP, "cloud", "shop", 80)
    assert whole(cloud, "cloud") == 0
    assert min(cloud.balances("cloud")) == 0
    assert "overdrawn" not in cloud.incidents()


def test_an_acceptance_that_is_sent_twice_is_not_carried_out_again_after_it_was_given_back() -> None:
    cloud = two()
    cloud.pay(EU, "cloud", "it", 10)
    cloud.settle()
    before = cloud.share("cloud", AP)
    sent: list[Call] = []
    cloud.hand(AP, f"cloud@{EU}", granted={AP: Decimal(100)})
    cloud.fault = lambda call, done: sent.append(call) if done and call.method == "write" else None
    cloud.sweep(AP)
    cloud.fault = None
    assert cloud.balance("cloud", AP) == before.balance + 100
    cloud.settle()
    assert "given-back" in cloud.incidents()
    for call in sent:
        with suppress(Cancelled):
            cloud.world.regions[AP].write(*call.arguments)
    row = cloud.row("cloud") or {}
    assert row["last"] != row["prev"]
    assert cloud.balance("cloud", AP) == before.balance
    assert whole(cloud, "cloud") == 90


@pytest.mark.parametrize(
    "change",
    [
        {"balance": Decimal("500.001"), "ledger_balance": Decimal("500.001")},
        {"status_version": "x"},
        {"granted": "x"},
        {"accepted": [1]},
    ],
)
def test_a_damaged_row_that_is_paid_from_in_every_sweep_is_rebuilt(change: dict[str, object]) -> None:
    cloud = two()
    cloud.settle()
    cloud.hand(AP, "cloud", **change)
    cloud.trim()

    def paid(call: Call, done: bool) -> None:
        if call.method == "scan" and call.arguments[0] == JOURNAL and not done:
            cloud.fault = None
            with suppress(Busy):
                cloud.pay(AP, "cloud", "it", 1)
            cloud.fault = paid

    cloud.fault = paid
    for _ in range(2):
        cloud.sweep(AP)
        cloud.trim()
    cloud.fault = None
    paid_for = cloud.balance("it", AP)
    assert paid_for > 0
    assert cloud.share("cloud", AP).balance == 100 - paid_for
    assert whole(cloud, "cloud") == 100 - paid_for


def test_a_share_is_rebuilt_in_the_currency_of_a_damaged_home_share_rather_than_in_its_own() -> None:  # seed 3001244
    cloud = Cloud((AP, EU))
    cloud.create("won", 1000, currency="KRW")
    cloud.create("dollars", 5, region=EU)
    cloud.settle()
    copy(cloud, EU, f"dollars@{EU}", f"won@{EU}")
    cloud.hand(AP, "won", balance=Decimal(5))
    cloud.world.update(AP, JOURNAL, {"entry_id": "opening~won", "region": AP}, {"kind": "nonsense"}, ())
    cloud.sweep(EU)
    assert whole(cloud, "won") == 1000
    assert cloud.share("won", EU).currency == "KRW"
