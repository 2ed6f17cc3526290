"""ClientRequestToken: the same writes with the same token are carried out once."""

import pytest

from ledger.requests import Cancelled, Store
from ledger.writes import put_entry
from tests.integration.store.rows import (
    HERE,
    WRONG,
    credit,
    debit,
    entry,
    failed,
    name,
    put,
    refused,
    row,
    share,
    token,
    transfer_entry,
)


def test_the_same_writes_with_the_same_token_are_carried_out_once(store: Store) -> None:
    payer, transfer, same = name(), name("t"), token()
    put(store, share(payer))
    for _ in range(3):
        store.write([debit(payer), put_entry(transfer_entry(transfer))], same)
    found = row(store, payer)
    assert found is not None
    assert found["balance"] == 90


def test_a_repeat_is_answered_as_done_also_when_the_rows_have_changed(store: Store) -> None:
    payer, transfer, same = name(), name("t"), token()
    put(store, share(payer))
    writes = [debit(payer), put_entry(transfer_entry(transfer))]
    store.write(writes, same)
    put(store, share(payer, 3))
    store.write(writes, same)
    assert row(store, payer) == share(payer, 3)


def test_another_token_is_another_request(store: Store) -> None:
    payer, transfer = name(), name("t")
    put(store, share(payer))
    writes = [debit(payer), put_entry(transfer_entry(transfer))]
    store.write(writes, token())
    assert refused(lambda: store.write(writes, token()))[1] == failed(transfer_entry(transfer))


def test_other_writes_with_the_same_token_are_refused(store: Store) -> None:
    payer, transfer, same = name(), name("t"), token()
    put(store, share(payer))
    store.write([debit(payer), put_entry(transfer_entry(transfer))], same)
    before = row(store, payer)
    another = name("t")
    with pytest.raises(WRONG):
        store.write([debit(payer), put_entry(transfer_entry(another))], same)
    assert row(store, payer) == before
    assert entry(store, another, HERE) is None


def test_writes_that_were_cancelled_are_looked_at_anew(store: Store) -> None:
    payer, payee, same = name(), name(), token()
    put(store, share(payer, 9))
    put(store, share(payee))
    writes = [debit(payer), credit(payee)]
    assert refused(lambda: store.write(writes, same))[0] == failed(share(payer, 9))
    put(store, share(payer, 10))
    store.write(writes, same)
    found = row(store, payer)
    assert found is not None
    assert found["balance"] == 0


def test_a_lone_write_knows_no_token(store: Store) -> None:
    account, same = name(), token()
    put(store, share(account))
    for op in ("paid", "paid again"):
        store.write([credit(account, op=op)], same)
    found = row(store, account)
    assert found is not None
    assert found["balance"] == 120


def test_a_lone_write_that_is_sent_twice_is_refused_by_the_guard(store: Store) -> None:
    account, same = name(), token()
    put(store, share(account))
    store.write([credit(account)], same)
    with pytest.raises(Cancelled):
        store.write([credit(account)], same)
    found = row(store, account)
    assert found is not None
    assert (found["balance"], found["prev"]) == (110, share(account)["last"])
