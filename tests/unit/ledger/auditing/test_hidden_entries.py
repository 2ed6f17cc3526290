"""What the audit says of books in which hands have hidden entries, and of several executions of one id."""

import pytest

from ledger.entries import JOURNAL, transfer_key
from tests.support.cloud import AP, EU, US, Cloud
from tests.unit.ledger.auditing.books import audited, later


def _opened(cloud: Cloud) -> None:
    for name, balance in (("a", 1000), ("b", 0), ("x", 500), ("y", 0)):
        cloud.create(name, balance)
    cloud.settle()
    for region in cloud.names:
        cloud.pay(region, "a", "b", 1)
        cloud.pay(region, "x", "y", 1)
    cloud.settle()


def _hide(cloud: Cloud, transfer_id: str, region: str) -> None:
    cloud.world.delete(region, JOURNAL, dict(transfer_key(transfer_id, region)))


@pytest.mark.parametrize("first", [EU, US])
def test_each_region_is_asked_for_the_voids_of_its_own_executions(three: Cloud, first: str) -> None:
    _opened(three)
    for region in three.names:
        three.pay(region, "a", "b", 20, key="k")
    three.deliver()
    later(three)
    later(three)
    three.pay(AP, "a", "b", 1)  # has not arrived elsewhere, so the accounts are looked at again
    undone: list[bool] = []

    def undo() -> None:
        if not undone:
            three.handle(first)
        undone.append(True)
        three.deliver()

    report = audited(three, AP, undo)
    assert [finding.kind for finding in report.findings] == ["duplicate"]


def test_what_a_second_execution_has_left_below_zero_is_explained(cloud: Cloud) -> None:
    _opened(cloud)
    _hide(cloud, cloud.pay(AP, "a", "b", 20, key="k").transfer.transfer_id, AP)
    cloud.create("to")
    cloud.pay(AP, "x", "to", 30, key="k")
    cloud.pay(AP, "to", "a", 30)
    cloud.settle()
    later(cloud)
    later(cloud)
    assert sum(cloud.balances("to")) == -30
    report = audited(cloud)
    assert report.verdict == 0
    assert [finding.kind for finding in report.findings] == ["overdrawn"]


def test_another_payment_than_the_one_that_made_a_region_undo_its_own_is_reported(cloud: Cloud) -> None:
    _opened(cloud)
    _hide(cloud, cloud.pay(EU, "x", "y", 30, key="k").transfer.transfer_id, EU)
    for region in (EU, AP):
        cloud.pay(region, "a", "b", 20, key="k")
    cloud.deliver(EU, AP)
    cloud.handle(AP)  # undoes what EU has executed as well; then the first execution of EU comes back
    assert cloud.incidents() == []
    cloud.settle()
    later(cloud)
    later(cloud)
    assert sorted(cloud.incidents()) == ["different-transfers", "journal-changed"]
    report = audited(cloud)
    assert (report.verdict, report.findings) == (0, [])
    assert [sum(cloud.balances(name)) for name in "abxy"] == [998, 2, 468, 32]
