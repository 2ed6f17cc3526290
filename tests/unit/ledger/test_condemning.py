"""Rows that a hand has put: taken out of use, and rebuilt or adopted by the sweep."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from ledger import entries
from ledger.entries import JOURNAL
from ledger.errors import Busy
from ledger.writes import ACCOUNTS
from tests.simulator.endpoint import Call
from tests.support.cloud import AP, Cloud
from tests.unit.ledger.test_restoring import ready, whole

D = Decimal


def test_what_never_was_a_share_is_not_taken_out_of_use(cloud: Cloud) -> None:
    ready(cloud)
    copied = {name: value for name, value in (cloud.row("cloud") or {}).items() if name != "account_id"}
    cloud.hand_put(AP, "new", **copied)
    cloud.hand_delete(AP, "new")
    cloud.settle()
    assert cloud.row("new") is None
    assert cloud.incidents() == ["foreign-write"]
    cloud.create("new", 5)
    cloud.settle()
    assert cloud.incidents() == ["foreign-write"]
    cloud.audit()


def _rebuilt(cloud: Cloud) -> None:
    cloud.hand(AP, "cloud", balance=D(7))
    cloud.trim()
    cloud.settle()


def test_a_late_event_of_its_creation_does_not_condemn_a_rebuilt_share(cloud: Cloud) -> None:
    cloud.create("cloud", 100)
    batch = cloud.records(AP)
    cloud.settle()
    _rebuilt(cloud)
    cloud.handle(AP, batch)
    assert cloud.share("cloud", AP).balance == 100
    assert cloud.incidents() == ["rebuilt"]


def test_a_name_of_any_length_that_a_hand_puts_is_asked_for_in_part(cloud: Cloud) -> None:
    ready(cloud)
    _rebuilt(cloud)
    row = {name: value for name, value in (cloud.row("cloud") or {}).items() if name != "account_id"}
    cloud.hand_delete(AP, "cloud")
    cloud.trim()
    cloud.hand_put(AP, "cloud", **row | {"last": "x" * 3000, "balance": D(10**6), "ledger_balance": D(10**6)})
    with cloud.counted() as calls:
        cloud.handle(AP)
    asked = [key for call in calls if call.method == "get" for _, key in call.arguments[0]]
    assert max(len(key.get("entry_id", "")) for key in asked) < 2048, "the longest key that DynamoDB takes"
    cloud.settle()
    cloud.audit()
    assert sum(cloud.balances("cloud")) == 290


def _without_key(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "account_id"}


def _hide(cloud: Cloud, key: str) -> Any:
    """Delete by hand the entry that says the share was opened, and return it."""
    share_key = dict(entries.share_entry_key(key, AP))
    entry = cloud.world.item(AP, JOURNAL, share_key)
    cloud.world.delete(AP, JOURNAL, share_key)
    return entry


@pytest.mark.parametrize("image", ["first", "rebuilt"])
def test_an_old_image_that_a_hand_puts_is_found_though_the_ledger_has_moved_it(cloud: Cloud, image: str) -> None:
    ready(cloud)
    first = cloud.row("cloud")
    _rebuilt(cloud)
    cloud.pay(AP, "cloud", "it", 50)
    put = first if image == "first" else cloud.row("cloud")
    cloud.pay(AP, "cloud", "it", 50)
    cloud.hand_delete(AP, "cloud")
    cloud.trim()
    cloud.hand_put(AP, "cloud", **_without_key(put))
    cloud.pay(AP, "cloud", "it", 10)
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 310 - 10 * len(cloud.names) - 110
    cloud.audit()


def test_a_share_that_is_out_of_use_is_so_after_its_deletion_though_its_entry_is_hidden(cloud: Cloud) -> None:
    cloud.create("cloud", 300)
    cloud.create("it", 30)
    batch = cloud.records(AP)
    old = cloud.row("cloud")
    cloud.pay(AP, "cloud", "it", 50)
    cloud.handle(AP)
    entry = _hide(cloud, "cloud")
    cloud.handle(AP, batch)  # Lambda may deliver the creation again
    cloud.hand_delete(AP, "cloud")
    deleted = [record for record in cloud.records(AP) if record.table == ACCOUNTS]
    cloud.handle(AP, deleted)
    cloud.world.put(AP, JOURNAL, dict(entry))
    cloud.trim()
    cloud.hand_delete(AP, "cloud")
    cloud.hand_put(AP, "cloud", **_without_key(old))
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 250
    cloud.audit()


def test_an_unknown_row_is_found_though_its_entry_comes_back_just_then(cloud: Cloud) -> None:
    ready(cloud)
    old = cloud.row("cloud")
    _rebuilt(cloud)
    cloud.pay(AP, "cloud", "it", 50)
    cloud.hand_delete(AP, "cloud")
    entry = _hide(cloud, "cloud")
    cloud.trim()
    cloud.hand_put(AP, "cloud", **_without_key(old))

    def put_entry_back(call: Call, done: bool) -> None:
        if call.method == "write" and not done:
            cloud.fault = None
            cloud.world.put(AP, JOURNAL, dict(entry))

    cloud.fault = put_entry_back
    cloud.settle()
    assert cloud.fault is None
    assert sum(cloud.balances("cloud")) == 310 - 10 * len(cloud.names) - 50
    cloud.audit()


def test_the_same_row_of_nobody_is_taken_out_of_use_as_often_as_a_hand_puts_it(cloud: Cloud) -> None:
    for _ in range(2):
        cloud.hand_put(AP, "new", **whole("new", AP))
        cloud.handle(AP)
        row = cloud.row("new")
        assert row is not None
        assert row["condemned"]
        cloud.hand_delete(AP, "new")
        cloud.handle(AP)
    assert cloud.incidents() == ["unknown-share"]


def test_a_deleted_share_does_not_come_back_as_a_hand_had_left_it_though_all_entries_of_it_are_hidden(
    cloud: Cloud,
) -> None:
    ready(cloud)
    cloud.trim()
    opening = dict(entries.opening_key("cloud", AP))
    hidden = [cloud.world.item(AP, JOURNAL, opening), _hide(cloud, "cloud")]
    cloud.world.delete(AP, JOURNAL, opening)
    cloud.hand(AP, "cloud", balance=D(119), ledger_balance=D(119))
    cloud.hand_delete(AP, "cloud")
    change, deletion = [record for record in cloud.records(AP) if record.table == ACCOUNTS]
    cloud.handle(AP, [change])
    for entry in hidden:
        cloud.world.put(AP, JOURNAL, dict(entry))
    cloud.handle(AP, [deletion])
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 310 - 10 * len(cloud.names)
    cloud.audit()


def test_an_account_is_created_though_a_hand_had_put_and_deleted_a_row_of_its_name(cloud: Cloud) -> None:
    cloud.hand_put(AP, "new", **whole("other", AP))
    cloud.hand_delete(AP, "new")
    cloud.handle(AP)
    cloud.create("new", 5)
    cloud.handle(AP)
    assert cloud.share("new", AP).balance == 5
    assert cloud.incidents() == ["foreign-write"]


def test_a_row_that_a_hand_puts_while_it_is_found_missing_is_taken_out_of_use(cloud: Cloud) -> None:
    ready(cloud)
    old = cloud.row("cloud")
    cloud.pay(AP, "cloud", "it", 50)
    cloud.trim()
    opening = dict(entries.opening_key("cloud", AP))
    hidden = [cloud.world.item(AP, JOURNAL, opening), _hide(cloud, "cloud")]
    cloud.world.delete(AP, JOURNAL, opening)
    cloud.hand(AP, "cloud", balance=D(7))
    cloud.hand_delete(AP, "cloud")
    changes = [record for record in cloud.records(AP) if record.table == ACCOUNTS]
    writes = 0

    def put_row_back(call: Call, done: bool) -> None:
        nonlocal writes
        writes += call.method == "write" and not done
        if writes == 2:  # the row has been found missing
            cloud.fault = None
            cloud.hand_put(AP, "cloud", **_without_key(old))

    cloud.fault = put_row_back
    cloud.handle(AP, changes[:1])
    assert cloud.fault is None
    row = cloud.row("cloud")
    assert row is not None
    assert "condemned" in row
    for entry in hidden:
        cloud.world.put(AP, JOURNAL, dict(entry))
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 310 - 10 * len(cloud.names) - 50
    cloud.audit()


def test_a_copy_that_was_taken_out_of_use_is_no_next_version_where_a_hand_puts_it_back(cloud: Cloud) -> None:
    ready(cloud)
    row = _without_key(cloud.row("cloud"))
    cloud.hand_put(AP, "it", **row)  # of "cloud", says its ``share``
    cloud.handle(AP)
    cloud.hand_put(AP, "it", **row)
    cloud.trim()
    cloud.hand(AP, "it", balance=D(7))
    cloud.handle(AP)  # an event that tells nothing sure
    out = _without_key(cloud.row("it"))
    assert out["condemned"]
    assert out["prev"] == row["last"]
    cloud.hand_put(AP, "cloud", **out | {"balance": D(114), "ledger_balance": D(114)})
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 310 - 10 * len(cloud.names)
    cloud.audit()


@pytest.mark.parametrize("image", ["older", "rebuilt over a row"])
def test_an_old_image_is_found_where_the_deletion_is_never_told(cloud: Cloud, image: str) -> None:
    ready(cloud)
    if image == "rebuilt over a row":
        _rebuilt(cloud)
    cloud.pay(AP, "cloud", "it", 10)
    old = cloud.row("cloud") if image == "older" else _image_of_rebuilding(cloud)
    cloud.pay(AP, "cloud", "it", 50)
    cloud.handle(AP)
    cloud.hand_delete(AP, "cloud")
    cloud.trim()
    cloud.hand_put(AP, "cloud", **_without_key(old))
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 310 - 10 * len(cloud.names) - 60
    cloud.audit()


def _image_of_rebuilding(cloud: Cloud) -> Any:
    records = cloud.world.regions[AP].tables[ACCOUNTS].records
    return next(record.new for record in records if record.new and record.new.get("rebuilt") == record.new.get("last"))


def test_a_share_that_is_paid_from_all_the_time_is_taken_out_of_use(cloud: Cloud) -> None:
    ready(cloud)
    old = cloud.row("cloud")
    cloud.pay(AP, "cloud", "it", 10)
    _rebuilt(cloud)
    cloud.hand_delete(AP, "cloud")
    cloud.trim()
    cloud.hand_put(AP, "cloud", **_without_key(old))

    def pay(call: Call, done: bool) -> None:
        if call.method == "write" and not done and all("executed_at" not in write.key for write in call.arguments[0]):
            hook, cloud.fault = cloud.fault, None
            with suppress(Busy):
                cloud.pay(AP, "cloud", "it", 1)
            cloud.fault = hook

    cloud.fault = pay
    assert not cloud.handle(AP)
    cloud.fault = None
    cloud.settle()
    paid = [entry for entry in cloud.entries("transfer", AP) if entry["region"] == AP]
    assert sum(cloud.balances("cloud")) == 310 - 10 * len(cloud.names) - 10 - (len(paid) - 1)
    cloud.audit()


def test_a_row_that_is_out_of_use_does_not_pay_though_a_hand_completes_it(cloud: Cloud) -> None:
    ready(cloud)
    _rebuilt(cloud)
    cloud.hand_put(AP, "cloud", balance=D(1))
    cloud.handle(AP)
    row = _without_key(cloud.row("cloud"))
    assert row["condemned"]
    cloud.hand_put(AP, "cloud", **whole("cloud", AP), condemned=row["condemned"])
    with pytest.raises(Busy):
        cloud.pay(AP, "cloud", "it", 4000)
    cloud.settle()
    assert sum(cloud.balances("cloud")) == 310 - 10 * len(cloud.names)
    cloud.audit()


def test_a_row_of_nobody_that_a_hand_puts_and_deletes_does_not_come_back(cloud: Cloud) -> None:
    cloud.hand_put(AP, "new", **whole("new", AP))
    cloud.hand_delete(AP, "new")
    cloud.settle()
    assert cloud.row("new") is None
    assert not cloud.money()
