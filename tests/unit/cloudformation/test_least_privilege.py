"""The roles allow what the code sends to DynamoDB, and no more."""

import re

import pytest

from sandbox.config import ROOT
from tests.unit.cloudformation.permissions import REGIONS, STACKS, allowed, arns, statements
from tests.unit.cloudformation.stacks import as_list

# TransactWriteItems has no permission of its own: DynamoDB Developer Guide, "Using IAM with DynamoDB transactions".
PERMISSIONS = {
    "transact_write_items": {"PutItem", "UpdateItem", "ConditionCheckItem"},
    "put_item": {"PutItem"},
    "update_item": {"UpdateItem"},
    "get_item": {"GetItem"},
    "batch_get_item": {"BatchGetItem"},
    "query": {"Query"},
    "scan": {"Scan"},
}


def test_the_store_sends_nothing_that_is_not_known_here() -> None:
    source = (ROOT / "webapp" / "ledger" / "dynamodb.py").read_text(encoding="utf-8")
    assert set(re.findall(r"\._(?:client|health)\.(\w+)", source)) == PERMISSIONS.keys()


def test_the_app_may_send_what_the_store_sends_in_every_region() -> None:
    everything = set.union(*PERMISSIONS.values()) - {"Query"}
    assert allowed("hosts", "AppRole", "account-table", *REGIONS) == everything
    # Entries are put once and never changed, and only the health check gets a single item.
    assert allowed("hosts", "AppRole", "journal-table", *REGIONS) == everything - {"UpdateItem", "GetItem"}
    # Read by key and by partition. A revoked key stays, so nothing is deleted.
    assert allowed("hosts", "AppRole", "control-table", *REGIONS) == {"BatchGetItem", "PutItem", "Query", "UpdateItem"}


@pytest.mark.parametrize("index", ["transfers-by-sender", "transfers-by-recipient"])
def test_the_app_may_list_transfers_in_every_region(index: str) -> None:
    assert allowed("hosts", "AppRole", f"journal-table/index/{index}", *REGIONS) == {"Query"}


@pytest.mark.parametrize("index", ["account-table/index/accounts-by-id", "journal-table/index/incidents"])
def test_the_app_may_list_accounts_and_incidents_here(index: str) -> None:
    assert allowed("hosts", "AppRole", index, "AWS::Region") == {"Query"}


def test_every_index_of_the_tables_is_named() -> None:
    tables = STACKS["tables"]["Resources"].values()
    indexes = {
        f"{table['Properties']['TableName']}/index/{index['IndexName']}"
        for table in tables
        for index in table["Properties"].get("GlobalSecondaryIndexes", [])
    }
    named = {arn.partition("table/")[2] for s in statements("hosts", "AppRole") for arn in arns(s) if "/index/" in arn}
    assert named == indexes


def test_the_resolver_writes_here_and_only_grants_elsewhere() -> None:
    """That it sends all of this, and nothing else, is seen in histories (``tests/simulator``)."""
    assert allowed("resolver", "Role", "account-table", "AWS::Region") == {"PutItem", "ConditionCheckItem", "Scan"}
    assert allowed("resolver", "Role", "journal-table", "AWS::Region") == {"PutItem", "Scan"}
    assert allowed("resolver", "Role", "account-table", *REGIONS) == {"BatchGetItem", "UpdateItem"}
    assert allowed("resolver", "Role", "journal-table", *REGIONS) == {"BatchGetItem", "ConditionCheckItem"}
    assert allowed("resolver", "Role", "control-table", *REGIONS) == set()


def test_nobody_deletes_items_of_the_books() -> None:
    for stack, role in (("hosts", "AppRole"), ("hosts", "BastionRole"), ("resolver", "Role")):
        for statement in statements(stack, role):
            on_books = any("control-table" not in arn for arn in arns(statement))
            assert not (
                on_books and {"dynamodb:DeleteItem", "dynamodb:DeleteTable"} & set(as_list(statement["Action"]))
            )
