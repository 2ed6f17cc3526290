"""The engine: DynamoDB as people and programs see it, and replication between its regions."""

import json
import time
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.schema import tables
from sandbox.testing import Sandbox
from tests.integration.sandbox.conftest import LAG
from tests.integration.sandbox.tables import HOME, OTHER, eventually, get, on_the_way, put, stream


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    code: str = error.value.response["Error"]["Code"]
    return code


def test_every_region_has_the_templates_tables(engine: Sandbox) -> None:
    for region in engine.regions:
        client = engine.client(region)
        assert set(client.list_tables()["TableNames"]) == {table["TableName"] for table in tables()}
        for wanted in tables():
            found = client.describe_table(TableName=wanted["TableName"])["Table"]
            assert found["KeySchema"] == wanted["KeySchema"]
            assert f":{region}:" in found["LatestStreamArn"]
            indexes = {index["IndexName"] for index in found.get("GlobalSecondaryIndexes", [])}
            assert indexes == {index["IndexName"] for index in wanted.get("GlobalSecondaryIndexes", [])}


def test_tables_cannot_be_deleted_by_mistake(engine: Sandbox) -> None:
    with pytest.raises(ClientError, match=r"[Dd]eletion protection"):
        engine.client(HOME).delete_table(TableName="account-table")


def test_writes_by_hand_arrive_in_the_other_region(engine: Sandbox) -> None:
    client, key = engine.client(HOME), {"account_id": {"S": "cloud"}}
    put(engine, HOME, "cloud", balance={"N": "5"})
    eventually(lambda: get(engine, OTHER, "cloud") == {**key, "balance": {"N": "5"}})
    client.update_item(
        TableName="account-table",
        Key=key,
        UpdateExpression="SET balance = :b",
        ExpressionAttributeValues={":b": {"N": "6"}},
    )
    eventually(lambda: get(engine, OTHER, "cloud") == {**key, "balance": {"N": "6"}})
    client.delete_item(TableName="account-table", Key=key)
    eventually(lambda: get(engine, OTHER, "cloud") is None)


def test_batches_transactions_and_tables_with_a_sort_key_are_replicated(engine: Sandbox) -> None:
    entry = {"entry_id": {"S": "t1"}, "region": {"S": HOME}}
    engine.cut()
    engine.client(OTHER).transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "journal-table", "Item": entry}},
            {
                "Update": {
                    "TableName": "account-table",
                    "Key": {"account_id": {"S": "cloud"}},
                    "UpdateExpression": "SET balance = :b",
                    "ExpressionAttributeValues": {":b": {"N": "1"}},
                }
            },
        ]
    )
    engine.client(OTHER).batch_write_item(
        RequestItems={"control-table": [{"PutRequest": {"Item": {"pk": {"S": "p"}, "sk": {"S": "s"}}}}]}
    )
    assert on_the_way(engine) == {(HOME, OTHER): 0, (OTHER, HOME): 3}
    engine.heal()
    home = engine.client(HOME)
    eventually(lambda: "Item" in home.get_item(TableName="journal-table", Key=entry))
    eventually(lambda: get(engine, HOME, "cloud") is not None)
    eventually(lambda: "Item" in home.get_item(TableName="control-table", Key={"pk": {"S": "p"}, "sk": {"S": "s"}}))


def test_an_arrival_is_in_the_target_regions_stream_and_not_sent_back(engine: Sandbox) -> None:
    put(engine, HOME, "cloud", balance={"N": "1"})
    eventually(lambda: get(engine, OTHER, "cloud") is not None)
    put(engine, OTHER, "cloud", balance={"N": "2"})
    eventually(lambda: (get(engine, HOME, "cloud") or {}).get("balance") == {"N": "2"})
    assert sum(on_the_way(engine).values()) == 0
    for region in engine.regions:
        records = stream(engine, region)
        assert [record["eventName"] for record in records] == ["INSERT", "MODIFY"]
        assert records[1]["dynamodb"]["OldImage"]["balance"] == {"N": "1"}
        assert {record["awsRegion"] for record in records} == {region}


def test_a_write_that_changes_nothing_goes_nowhere(engine: Sandbox) -> None:
    put(engine, HOME, "cloud", balance={"N": "1"})
    eventually(lambda: get(engine, OTHER, "cloud") is not None)
    engine.cut()
    put(engine, HOME, "cloud", balance={"N": "1"})
    assert sum(on_the_way(engine).values()) == 0


def test_over_a_cut_link_nothing_arrives_until_it_heals(engine: Sandbox) -> None:
    engine.cut(HOME, OTHER)
    put(engine, HOME, "there", balance={"N": "1"})
    put(engine, OTHER, "back", balance={"N": "1"})
    eventually(lambda: get(engine, HOME, "back") is not None)
    time.sleep(4 * LAG)
    assert get(engine, OTHER, "there") is None
    assert on_the_way(engine) == {(HOME, OTHER): 1, (OTHER, HOME): 0}
    engine.heal()
    eventually(lambda: get(engine, OTHER, "there") is not None)


def test_the_last_writer_wins_in_both_regions(engine: Sandbox) -> None:
    engine.cut()
    put(engine, OTHER, "cloud", balance={"N": "1"})
    put(engine, HOME, "cloud", balance={"N": "2"})
    put(engine, HOME, "gone", balance={"N": "1"})
    engine.client(OTHER).delete_item(TableName="account-table", Key={"account_id": {"S": "gone"}})
    engine.heal()
    eventually(lambda: sum(on_the_way(engine).values()) == 0)
    for region in engine.regions:
        item = get(engine, region, "cloud")
        assert item is not None
        assert item["balance"] == {"N": "2"}
    # A deletion of what is not there yet is no write: nothing to replicate, the put arrives.
    assert get(engine, OTHER, "gone") is not None


def test_the_lag_can_be_changed_while_changes_travel(engine: Sandbox) -> None:
    engine.lag(60, HOME, OTHER)
    put(engine, HOME, "cloud")
    time.sleep(4 * LAG)
    assert get(engine, OTHER, "cloud") is None
    engine.lag(0, HOME, OTHER)
    eventually(lambda: get(engine, OTHER, "cloud") is not None)


@pytest.mark.parametrize("key_id", ["test", "123456789012", "AKIAIOSFODNN7EXAMPLE"])
def test_any_credentials_reach_the_same_tables(engine: Sandbox, key_id: str) -> None:
    put(engine, HOME, "cloud")
    client = boto3.client(
        "dynamodb",
        region_name=HOME,
        endpoint_url=engine.engine_url,
        aws_access_key_id=key_id,
        aws_secret_access_key="x",
        aws_session_token="y",
    )
    assert "Item" in client.get_item(TableName="account-table", Key={"account_id": {"S": "cloud"}})


def test_a_region_that_is_not_there_has_no_tables(engine: Sandbox) -> None:
    with pytest.raises(ClientError) as error:
        engine.client("us-west-2").scan(TableName="account-table")
    assert code_of(error) == "ResourceNotFoundException"


def test_a_request_without_a_signature_is_refused_as_by_aws(engine: Sandbox) -> None:
    headers = {"X-Amz-Target": "DynamoDB_20120810.ListTables"}
    request = urllib.request.Request(engine.engine_url, data=b"{}", headers=headers)
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, timeout=5)
    answer = error.value
    assert answer.status == 400
    assert json.load(answer)["__type"].endswith("#MissingAuthenticationTokenException")
    answer.close()


def test_another_services_request_gets_a_clear_answer(engine: Sandbox) -> None:
    with pytest.raises(ClientError, match="DynamoDB and DynamoDB Streams only"):
        engine.client(HOME, "cloudwatch").list_metrics()


def test_partiql_reads_and_its_writes_are_refused_rather_than_lost(engine: Sandbox) -> None:
    client = engine.client(HOME)
    put(engine, HOME, "cloud")
    statement = "SELECT * FROM \"account-table\" WHERE account_id = 'cloud'"
    assert len(client.execute_statement(Statement=statement)["Items"]) == 1
    delete = "DELETE FROM \"account-table\" WHERE account_id = 'cloud'"
    update = " update \"account-table\" SET b = 1 WHERE account_id = 'cloud'"
    insert = "INSERT INTO \"account-table\" VALUE {'account_id': 'x'}"
    with pytest.raises(ClientError, match="use put-item"):
        client.execute_statement(Statement=delete)
    with pytest.raises(ClientError, match="use put-item"):
        client.batch_execute_statement(Statements=[{"Statement": statement}, {"Statement": update}])
    with pytest.raises(ClientError, match="use put-item"):
        client.execute_transaction(TransactStatements=[{"Statement": insert}])
    assert get(engine, HOME, "cloud") is not None


def test_the_switches_are_not_for_web_pages(engine: Sandbox) -> None:
    url = f"http://127.0.0.1:{engine.settings.control_port}/links"
    request = urllib.request.Request(url, data=b'{"cut": true}', headers={"Origin": "http://example.org"})
    with pytest.raises(urllib.error.HTTPError, match="403") as error:
        urllib.request.urlopen(request, timeout=5)
    error.value.close()
    assert not any(link["cut"] for link in engine.status()["links"])


def test_a_reset_empties_all_tables_and_forgets_what_was_on_the_way(engine: Sandbox) -> None:
    engine.cut()
    put(engine, HOME, "cloud")
    engine.reset()
    assert get(engine, HOME, "cloud") is None
    assert stream(engine, HOME) == []
    assert sum(on_the_way(engine).values()) == 0
