"""ClientRequestToken: the same writes with the same token are carried out once."""

from typing import Any

import pytest

from ledger.requests import Store
from ledger.shares import Counter
from ledger.writes import change_share, put_entry
from tests.integration.store.rows import (
    HERE,
    LATER,
    OTHER,
    WRONG,
    amount,
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


def test_a_lone_payment_that_is_sent_twice_would_be_carried_out_twice(store: Store) -> None:
    """Why the ledger sends every payment with its entry, as a transaction."""
    account, same = name(), token()
    put(store, share(account))
    for _ in range(2):
        store.write([credit(account)], same)
    found = row(store, account)
    assert found is not None
    assert (found["balance"], found["prev"], found["last"]) == (120, "paid", "paid")


@pytest.mark.parametrize("counters", ["accepts", "grants"])
@pytest.mark.parametrize("seen", [0, 5])
def test_a_lone_move_that_is_sent_twice_is_refused_by_the_counter_it_has_moved(
    store: Store, counters: str, seen: int
) -> None:
    account, same = name(), token()
    attribute = {"accepts": "accepted", "grants": "granted"}[counters]
    put(store, share(account, **{attribute: {OTHER: amount(seen)}} if seen else {}))
    move: dict[str, Any] = {counters: {OTHER: Counter(amount(seen), amount(seen + 10))}}
    sent = change_share(account, HERE, op="moved", now=LATER, delta=amount(10), **move)
    store.write([sent], same)
    after = row(store, account)
    assert after is not None
    assert (after["balance"], after["prev"], after[attribute]) == (110, "opened", {OTHER: seen + 10})
    assert refused(lambda: store.write([sent], same)) == (failed(after),)
    assert row(store, account) == after
