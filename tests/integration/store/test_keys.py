"""How long a key can be: "Constraints in Amazon DynamoDB" says, in bytes of UTF-8."""

from collections.abc import Callable

import pytest

from ledger.entries import JOURNAL, transfer_key
from ledger.requests import Key, Malformed, Store
from ledger.writes import ACCOUNTS, no_entry, put_entry, put_share
from tests.integration.store.rows import HERE, credit, entry, name, put, row, share, token, transfer_entry

PARTITION_KEY, SORT_KEY = 2048, 1024


def _padded(size: int) -> str:
    """An id that no other test has, of so many bytes: as few characters as possible."""
    short = name()
    pairs, single = divmod(size - len(short), 2)
    return short + "é" * pairs + "x" * single


TOO_LONG: dict[str, Callable[[], tuple[str, Key]]] = {
    "an account's": lambda: (ACCOUNTS, {"account_id": _padded(PARTITION_KEY + 1)}),
    "one for the index": lambda: (ACCOUNTS, {"account_id": _padded(SORT_KEY + 1)}),
    "an entry's id": lambda: (JOURNAL, transfer_key(_padded(PARTITION_KEY + 1), HERE)),
    "an entry's region": lambda: (JOURNAL, transfer_key(name("t"), _padded(SORT_KEY + 1))),
}


def test_the_longest_keys_are_kept(store: Store) -> None:
    # That of the accounts table is the sort key of its index, too.
    account, transfer, region = _padded(SORT_KEY), _padded(PARTITION_KEY), _padded(SORT_KEY)
    put(store, share(account))
    put(store, transfer_entry(transfer, region), JOURNAL)
    assert row(store, account) == share(account)
    assert entry(store, transfer, region) == transfer_entry(transfer, region)
    assert row(store, _padded(PARTITION_KEY)) is None


@pytest.mark.parametrize("which", [which for which in TOO_LONG if which != "one for the index"])
def test_a_key_that_is_too_long_cannot_be_read(store: Store, which: str) -> None:
    with pytest.raises(Malformed):
        store.get([TOO_LONG[which]()])


@pytest.mark.parametrize("which", TOO_LONG)
@pytest.mark.parametrize("alone", [True, False])
def test_a_key_that_is_too_long_cannot_be_put(store: Store, which: str, alone: bool) -> None:
    transfer, (table, key) = name("t"), TOO_LONG[which]()
    write = put_share({**key}) if table == ACCOUNTS else put_entry({**transfer_entry(""), **key})
    with pytest.raises(Malformed):
        store.write([write] if alone else [write, put_entry(transfer_entry(transfer))], token())
    assert entry(store, transfer) is None


def test_a_key_that_is_too_long_cannot_be_changed_or_checked(store: Store) -> None:
    transfer = name("t")
    for write in (credit(_padded(PARTITION_KEY + 1)), no_entry(_padded(PARTITION_KEY + 1), HERE)):
        with pytest.raises(Malformed):
            store.write([write, put_entry(transfer_entry(transfer))], token())
    assert entry(store, transfer) is None


@pytest.mark.parametrize(("index_key", "size"), [("from_account", PARTITION_KEY), ("position", SORT_KEY)])
def test_a_key_of_an_index_is_as_long_at_most(store: Store, index_key: str, size: int) -> None:
    transfer, more = name("t"), {"from_account": "a", "position": "p"}
    put(store, transfer_entry(transfer, **more | {index_key: _padded(size)}), JOURNAL)
    with pytest.raises(Malformed):
        store.write([put_entry(transfer_entry(name("t"), **more | {index_key: _padded(size + 1)}))], token())
