"""Whole functions that mutants put in the place of the ledger's, as texts: they run among the names of its modules."""

PLAIN_TRANSFER = """
def transfer(ledger, order):
    _check(order)
    ids = (order.from_account, order.to_account)
    rows = ledger.local.get([("account-table", {"account_id": account_id}) for account_id in ids])
    for account_id, row in zip(ids, rows):
        if row is None:
            raise opening.UnknownAccount(account_id)
    if not all(isinstance(row.get("balance"), Decimal) and "currency" in row for row in rows):
        raise Busy
    if rows[0]["currency"] != rows[1]["currency"]:
        raise CurrencyMismatch(rows[0]["currency"], rows[1]["currency"])
    if rows[0]["balance"] < order.amount:
        visible = funds.Visible(rows[0]["currency"], rows[0]["balance"], 0, 0)
        raise funds.InsufficientFunds(order.from_account, visible)
    now = ledger.now()
    done = Transfer(entries.transfer_id(order.principal, order.key), ledger.here, *ids, order.amount,
                    rows[0]["currency"], order.reference, now, order.principal, order.request_id)
    for row, change in zip(rows, (-order.amount, order.amount)):
        balance = row["balance"] + change
        put = {**row, "balance": balance, "ledger_balance": balance}
        always = "attribute_exists(#id) OR attribute_not_exists(#id)"
        ledger.local.write([Write("Put", "account-table", put, always, names={"#id": "account_id"})], ledger.new_id())
    return Outcome(done, replayed=False)
"""

REWRITE = """
def account_changed(ledger, change):
    if change.new is None or (change.old is not None and change.new.get("resolved") != change.old.get("resolved")):
        return 0
    (row,) = ledger.local.get([("account-table", {"account_id": change.new["account_id"]})])
    if row is not None:
        from ledger.requests import Write
        always = "attribute_exists(#id) OR attribute_not_exists(#id)"
        put = {**row, "resolved": ledger.new_id()}
        ledger.local.write([Write("Put", "account-table", put, always, names={"#id": "account_id"})], ledger.new_id())
    return 1
"""
