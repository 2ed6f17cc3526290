"""ClientRequestToken: the same writes with the same token are carried out once."""

import pytest

from ledger.entries import JOURNAL
from ledger.requests import Store
from ledger.writes import put_entry, with_token
from tests.integration.store.rows import (
    FINE,
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


def test_a_lone_write_that_is_sent_twice_is_carried_out_twice_if_its_condition_holds_again(store: Store) -> None:
    """Why the ledger sends no change of a share alone."""
    account, same = name(), token()
    put(store, share(account))
    for _ in range(2):
        store.write([credit(account)], same)
    found = row(store, account)
    assert found is not None
    assert (found["balance"], found["prev"], found["last"]) == (120, "paid", "paid")


def test_beside_a_check_of_nothing_a_write_has_a_token(store: Store) -> None:
    account, same = name(), token()
    put(store, share(account))
    for _ in range(2):
        store.write([credit(account), with_token(account, HERE)], same)
    found = row(store, account)
    assert found is not None
    assert (found["balance"], found["prev"], found["last"]) == (110, "opened", "paid")


@pytest.mark.parametrize("there", [True, False])
def test_a_check_of_nothing_refuses_nothing(store: Store, there: bool) -> None:
    account = name()
    put(store, share(account))
    if there:
        put(store, transfer_entry(account), JOURNAL)
    store.write([credit(account), with_token(account, HERE)], token())
    found = row(store, account)
    assert found is not None
    assert found["balance"] == 110
    poor = share(name(), 9)
    put(store, poor)
    reasons = refused(lambda: store.write([debit(poor["account_id"]), with_token(account, HERE)], token()))
    assert reasons == (failed(poor), FINE)
