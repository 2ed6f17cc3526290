"""The books of a sandbox, read from the tables themselves and checked without the ledger's own code."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

TABLES = ("account-table", "journal-table", "control-table")
_deserialize = TypeDeserializer().deserialize


@dataclass(frozen=True, slots=True)
class Books:
    """All rows of all regions: ``tables[region][table][key] = row``. The first region is home."""

    tables: Mapping[str, Mapping[str, Mapping[tuple[str, ...], Mapping[str, Any]]]]

    @property
    def home(self) -> str:
        """The home region."""
        return next(iter(self.tables))

    @property
    def shares(self) -> list[Mapping[str, Any]]:
        """The rows of the accounts table, as the home region has them."""
        return list(self.tables[self.home]["account-table"].values())

    @property
    def journal(self) -> list[Mapping[str, Any]]:
        """The journal, as the home region has it."""
        return list(self.tables[self.home]["journal-table"].values())

    def entries(self, kind: str) -> list[Mapping[str, Any]]:
        """The journal's entries of one kind."""
        return [entry for entry in self.journal if entry.get("kind") == kind]


def read(clients: Mapping[str, Any]) -> Books:
    """Scan every table in every region. ``clients``: a DynamoDB client by region, home first."""
    return Books({region: {table: _scan(client, table) for table in TABLES} for region, client in clients.items()})


def _scan(client: Any, table: str) -> dict[tuple[str, ...], Mapping[str, Any]]:
    keys = [part["AttributeName"] for part in client.describe_table(TableName=table)["Table"]["KeySchema"]]
    rows: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for image in page["Items"]:
            row = {name: _deserialize(value) for name, value in image.items()}
            rows[tuple(row[key] for key in keys)] = row
    return rows


def differences(books: Books) -> list[str]:
    """Items that are not the same in every region."""
    found = []
    for region, tables in books.tables.items():
        for table, rows in tables.items():
            home_rows = books.tables[books.home][table]
            found += [
                f"{table} {key} differs between {books.home} and {region}"
                for key in rows.keys() | home_rows.keys()
                if rows.get(key) != home_rows.get(key)
            ]
    return sorted(found)


def imbalances(books: Books) -> list[str]:
    """Currencies whose balances, with what is on the way, are not the sum of all openings."""
    held: dict[str, Decimal] = defaultdict(Decimal)
    opened: dict[str, Decimal] = defaultdict(Decimal)
    for share in books.shares:
        held[share["currency"]] += share["balance"] + sum(share["granted"].values()) - sum(share["accepted"].values())
    for entry in books.entries("opening"):
        opened[entry["currency"]] += entry["amount"]
    return [
        f"{currency}: accounts hold {held[currency]}, openings were {opened[currency]}"
        for currency in sorted(held.keys() | opened.keys())
        if held[currency] != opened[currency]
    ]


def on_the_way(books: Books) -> list[str]:
    """Grants that have not been accepted, or acceptances that were never granted."""
    counters: dict[tuple[str, str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for share in books.shares:
        account = share["account_id"].partition("@")[0]
        for other, amount in share["granted"].items():
            counters[account, share["region"], other][0] += amount
        for other, amount in share["accepted"].items():
            counters[account, other, share["region"]][1] += amount
    return [
        f"{account}: {giver} granted {granted} to {taker}, which accepted {accepted}"
        for (account, giver, taker), (granted, accepted) in sorted(counters.items())
        if granted != accepted
    ]


def unexplained(books: Books) -> list[str]:
    """Shares whose balance is not what the journal and the counters say."""
    posted: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in standing(books):
        posted[entry["from_account"], entry["region"]] -= entry["amount"]
        posted[entry["to_account"], entry["region"]] += entry["amount"]
    for entry in books.entries("opening"):
        posted[entry["account_id"], entry["region"]] += entry["amount"]
    found = []
    for share in books.shares:
        account, region = share["account_id"].partition("@")[0], share["region"]
        expected = posted[account, region] + sum(share["accepted"].values()) - sum(share["granted"].values())
        if not share["balance"] == share["ledger_balance"] == expected:
            found.append(f"{share['account_id']}: balance {share['balance']}, the records say {expected}")
    return found


def negatives(books: Books) -> list[str]:
    """Shares below zero that no incident explains."""
    explained = {entry.get("account") for entry in books.entries("incident")}
    return [
        f"{share['account_id']}: {share['balance']}"
        for share in books.shares
        if share["balance"] < 0 and share["account_id"].partition("@")[0] not in explained
    ]


def standing(books: Books) -> list[Any]:
    """The entries of the executions of transfers that have no void."""
    voids = {(entry["entry_id"], entry["region"]) for entry in books.entries("void")}
    return [entry for entry in books.entries("transfer") if (entry["entry_id"], _void_key(entry)) not in voids]


def _void_key(entry: Mapping[str, Any]) -> str:
    return f"{entry['region']}~void~{entry['seal'][:16]}"


def executions(books: Books) -> dict[str, int]:
    """How often each transfer id stands executed."""
    found = dict.fromkeys((entry["entry_id"] for entry in books.entries("transfer")), 0)
    for entry in standing(books):
        found[entry["entry_id"]] += 1
    return found


def problems(books: Books, acknowledged: Iterable[str] = ()) -> list[str]:
    """Everything that is wrong with the books once traffic has stopped and the links have healed."""
    executed = executions(books)
    return [
        *differences(books),
        *imbalances(books),
        *on_the_way(books),
        *unexplained(books),
        *negatives(books),
        *(f"transfer {id_} stands {count} times" for id_, count in executed.items() if count != 1),
        *(f"transfer {id_} was acknowledged and never executed" for id_ in acknowledged if id_ not in executed),
    ]
