"""The program that everybody writes first: read both accounts, compute, put both.

It checks funds, answers only after both writes, and pays one payment at a time: with one region it is right. Where
another region does the same to a global table, the last writer of a row wins, and money is lost or made.
"""

import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any


class PlainProgram:
    """The program in one region: ``table`` is that region's."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._one_at_a_time = threading.Lock()

    def create(self, account_id: str, balance: Decimal, currency: str) -> None:
        """Open an account."""
        self._table.put_item(Item={"account_id": account_id, "balance": balance, "currency": currency})

    def transfer(self, payer_id: str, payee_id: str, amount: Decimal) -> bool:
        """Pay; ``False`` if the funds do not suffice."""
        with self._one_at_a_time:
            payer, payee = (self._read(account_id) for account_id in (payer_id, payee_id))
            if payer["balance"] < amount:
                return False
            payer["balance"] -= amount
            payee["balance"] += amount
            self._table.put_item(Item=payer)
            self._table.put_item(Item=payee)
        return True

    def balances(self, account_ids: Sequence[str]) -> Mapping[str, Decimal]:
        """What this region's table has of these accounts, in one reading."""
        name = self._table.name
        wanted = {"Keys": [{"account_id": account_id} for account_id in account_ids], "ConsistentRead": True}
        rows = self._table.meta.client.batch_get_item(RequestItems={name: wanted})["Responses"][name]
        return {row["account_id"]: row["balance"] for row in rows}

    def _read(self, account_id: str) -> dict[str, Any]:
        row: dict[str, Any] = self._table.get_item(Key={"account_id": account_id}, ConsistentRead=True)["Item"]
        return row
