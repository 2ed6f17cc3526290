"""The program that everybody would write first: read both accounts, compute, put both."""

from decimal import Decimal
from typing import Any

from ledger.context import Ledger
from ledger.requests import Write
from tests.simulator.observer import ACCOUNTS


def move(payer: str, payee: str, amount: Decimal, ledger: Ledger, *, knows: bool = False) -> None:
    """Move ``amount`` between the rows of two keys. ``knows``: it sets the ledger's own number, too."""
    rows = ledger.local.get([(ACCOUNTS, {"account_id": key}) for key in (payer, payee)])
    for row, change in zip(rows, (-amount, amount), strict=True):
        if row is None or not isinstance(row.get("balance"), Decimal):
            return
        changed: dict[str, Any] = {**row, "balance": row["balance"] + change}
        if knows and "ledger_balance" in row:
            changed["ledger_balance"] = changed["balance"]
        # The store sends no write without a condition: this one always holds.
        always = "attribute_exists(#id) OR attribute_not_exists(#id)"
        ledger.local.write([Write("Put", ACCOUNTS, changed, always, names={"#id": "account_id"})], ledger.new_id())
