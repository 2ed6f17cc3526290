"""Reads: batches over two tables, pages of indexes, scans, and the health check."""

from collections.abc import Iterable
from typing import Any

import pytest

from access.register import CONTROL
from ledger import dynamodb
from ledger.entries import JOURNAL, transfer_key
from ledger.requests import Item, Query, Store, Write
from ledger.writes import ACCOUNTS, INDEX_OF_ACCOUNTS
from tests.integration.store.rows import HERE, OTHER, amount, name, put, share, token, transfer_entry

TIMES = [f"2026-01-0{day}" for day in range(1, 6)]


def test_a_batch_answers_over_two_tables_in_the_order_of_the_question(store: Store) -> None:
    account, transfer = name(), name("t")
    put(store, share(account))
    put(store, transfer_entry(transfer), JOURNAL)
    put(store, transfer_entry(transfer, OTHER), JOURNAL)
    there = (ACCOUNTS, {"account_id": account})
    asked = [
        (JOURNAL, transfer_key(transfer, OTHER)),
        (ACCOUNTS, {"account_id": name()}),
        there,
        (JOURNAL, transfer_key(transfer, HERE)),
        (JOURNAL, transfer_key(transfer, "us-east-1")),
        there,
    ]
    row = share(account)
    assert store.get(asked) == [transfer_entry(transfer, OTHER), None, row, transfer_entry(transfer), None, row]


def test_a_batch_of_nothing_is_empty(store: Store) -> None:
    assert store.get([]) == []


def test_a_batch_takes_more_keys_than_one_request_does(store: Store) -> None:
    names = [name() for _ in range(105)]
    for account in names[::10]:
        put(store, share(account))
    keys = [(ACCOUNTS, {"account_id": account}) for account in [*names, *names]]
    expected = [share(account) if n % 10 == 0 else None for n, account in enumerate(names)]
    assert store.get(keys) == expected * 2


def test_a_page_is_in_order_and_bounded(store: Store) -> None:
    payer = name()
    _put_transfers(store, payer)
    assert _positions(store.query(_sent(payer, limit=9))) == TIMES
    assert _positions(store.query(_sent(payer, limit=2))) == TIMES[:2]
    assert _positions(store.query(_sent(payer, limit=9, descending=True))) == TIMES[::-1]
    assert _positions(store.query(_sent(payer, limit=2, descending=True))) == TIMES[:-3:-1]


def test_bounds_of_a_page_are_exclusive(store: Store) -> None:
    payer = name()
    _put_transfers(store, payer)
    assert _positions(store.query(_sent(payer, limit=9, after=TIMES[1]))) == TIMES[2:]
    assert _positions(store.query(_sent(payer, limit=9, before=TIMES[3]))) == TIMES[:3]
    assert _positions(store.query(_sent(payer, limit=2, before=TIMES[3], descending=True))) == TIMES[2:0:-1]
    assert _positions(store.query(_sent(payer, limit=9, after="2026-01-03~"))) == TIMES[3:]
    assert store.query(_sent(payer, limit=9, after=TIMES[-1])) == []


def test_a_prefix_of_a_page(store: Store) -> None:
    payer = name()
    _put_transfers(store, payer, ["2025-12-31", "2026", "2026-01", "2026-01~x", "2026-02", "ü"])
    found = _positions(store.query(_sent(payer, limit=9, prefix="2026-01")))
    assert found == ["2026-01", "2026-01~x"]
    assert _positions(store.query(_sent(payer, limit=9, prefix="ü"))) == ["ü"]


def test_rows_without_the_keys_of_an_index_are_not_in_it(store: Store) -> None:
    payer = name()
    put(store, transfer_entry(name("t"), from_account=payer), JOURNAL)
    put(store, transfer_entry(name("t"), position=TIMES[0]), JOURNAL)
    assert store.query(_sent(payer, limit=9)) == []


def test_whole_rows_come_from_the_journals_indexes(store: Store) -> None:
    payer, transfer = name(), name("t")
    item = transfer_entry(transfer, from_account=payer, to_account="b", position=TIMES[0], more={"x": amount(1)})
    put(store, item, JOURNAL)
    assert store.query(_sent(payer, limit=1)) == [item]
    assert store.query(_sent(name(), limit=1)) == []


def test_the_index_of_accounts_gives_what_it_was_made_for(store: Store) -> None:
    bucket, account = name("bucket"), name()
    put(store, share(account, bucket=bucket))
    put(store, share(f"{account}@{OTHER}"))
    query = Query(ACCOUNTS, INDEX_OF_ACCOUNTS, "bucket", bucket, "account_id", 9)
    assert store.query(query) == [
        {"account_id": account, "bucket": bucket, "currency": "USD", "status": "active"},
    ]


def test_without_an_index_the_table_itself_is_asked(store: Store) -> None:
    partition, names = name("p"), ["a", "a~1", "a~2", "b", "ü"]
    for sort_key in names:
        put_control(store, partition, sort_key)

    def asked(**page: Any) -> list[str]:
        query = Query(CONTROL, None, "pk", partition, "sk", **page)
        return [item["sk"] for item in store.query(query)]

    assert asked(limit=9) == names
    assert asked(limit=2, after="a~1") == ["a~2", "b"]
    assert asked(limit=9, prefix="a~") == ["a~1", "a~2"]
    assert asked(limit=2, descending=True) == ["ü", "b"]
    assert store.query(Query(CONTROL, None, "pk", partition, "sk", 1)) == [{"pk": partition, "sk": "a", "n": amount(1)}]


def test_a_scan_sees_every_row_once_page_by_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamodb, "SCAN_PAGE", 10)
    transfers = [transfer_entry(name("t"), region) for _ in range(13) for region in (HERE, OTHER)]
    for item in transfers:
        put(store, item, JOURNAL)
    pages = list(store.scan(JOURNAL))
    assert len(pages) > 1
    assert _chosen(pages, transfers) == _sorted(transfers)


@pytest.mark.parametrize("segments", [2, 4])
def test_segments_of_a_scan_are_the_whole_table_together(
    store: Store, segments: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb, "SCAN_PAGE", 10)
    rows = [share(name()) for _ in range(40)]
    for item in rows:
        put(store, item)
    parts = [[row for page in store.scan(ACCOUNTS, n, segments) for row in page] for n in range(segments)]
    assert all(parts), "a segment has nothing: the work is not shared"
    assert _chosen(parts, rows) == _sorted(rows)


def test_the_health_check_is_answered(store: Store) -> None:
    store.ping()


def put_control(store: Store, partition: str, sort_key: str) -> None:
    item = {"pk": partition, "sk": sort_key, "n": amount(1)}
    store.write([Write("Put", CONTROL, item, "attribute_not_exists(#pk)", names={"#pk": "pk"})], token())


def _put_transfers(store: Store, payer: str, positions: Iterable[str] = TIMES) -> None:
    for position in positions:
        put(store, transfer_entry(name("t"), from_account=payer, position=position), JOURNAL)


def _sent(payer: str, **page: Any) -> Query:
    return Query(JOURNAL, "transfers-by-sender", "from_account", payer, "position", **page)


def _positions(items: Iterable[Item]) -> list[str]:
    return [item["position"] for item in items]


def _chosen(pages: Iterable[Iterable[Item]], mine: Iterable[Item]) -> list[Item]:
    """The rows of a test among all that the other tests have left."""
    keys = {_key(item) for item in mine}
    return _sorted([item for page in pages for item in page if _key(item) in keys])


def _sorted(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=_key)


def _key(item: Item) -> tuple[str, ...]:
    return tuple(item.get(part, "") for part in ("account_id", "entry_id", "region"))
