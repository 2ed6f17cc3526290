from decimal import Decimal

from ledger import statements
from ledger.statements import Line
from tests.support.cloud import AP, EU, Cloud


def pages(cloud: Cloud, region: str, account_id: str, limit: int) -> list[Line]:
    """All lines, page by page."""
    found: list[Line] = []
    before: str | None = None
    while True:
        page, before = statements.page(cloud.ledgers[region], account_id, limit, before)
        found += page
        if before is None:
            return found


def test_the_newest_comes_first_in_and_out_page_by_page(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.create("it", 100)
    cloud.settle()
    for value in range(1, 8):
        payer, payee = ("cloud", "it") if value % 2 else ("it", "cloud")
        cloud.pay(AP if value % 3 else EU, payer, payee, value)
        cloud.settle()
    for region, limit in ((AP, 3), (EU, 2), (EU, 100)):
        lines = pages(cloud, region, "it", limit)
        assert [line.transfer.amount for line in lines] == [7, 6, 5, 4, 3, 2, 1]
        assert not any(line.voided for line in lines)


def test_what_was_undone_is_marked(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.create("it")
    cloud.settle()
    cloud.pay(EU, "cloud", "it", 1)
    cloud.pay(AP, "cloud", "it", 5, key="k")
    cloud.pay(EU, "cloud", "it", 5, key="k")
    cloud.settle()
    lines = pages(cloud, AP, "cloud", 10)
    assert [(line.transfer.region, line.voided) for line in lines] == [(EU, True), (AP, False), (EU, False)]


def test_entries_put_by_hand_are_left_out_and_do_not_stop_the_list(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.create("it")
    cloud.pay(AP, "cloud", "it", 5)
    entry = {"entry_id": "x", "region": AP, "kind": "transfer", "from_account": "cloud", "position": "9"}
    cloud.world.put(AP, "journal-table", {**entry, "amount": "five"})
    cloud.world.put(AP, "journal-table", {**entry, "entry_id": "y", "kind": Decimal(1)})
    assert [line.transfer.amount for line in pages(cloud, AP, "cloud", 10)] == [5]
    assert pages(cloud, AP, "nobody", 10) == []


def test_a_copy_put_by_hand_under_another_region_hides_no_transfer(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    cloud.create("it")
    cloud.pay(AP, "cloud", "it", 5)
    (genuine,) = cloud.entries("transfer")
    cloud.pay(AP, "cloud", "it", 6)
    for region in ("a", EU, "z"):
        cloud.world.put(AP, "journal-table", {**genuine, "region": region})
    for limit in (2, 5):
        assert [line.transfer.amount for line in pages(cloud, AP, "cloud", limit)] == [6, 5]
