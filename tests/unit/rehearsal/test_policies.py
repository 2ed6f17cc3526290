"""Calls that were noted, held against policies."""

import pytest

from tests.rehearsal.calls import Call, credential, service_call, table_calls
from tests.rehearsal.policies import allowed

REGION, ACCOUNT = "ap-northeast-2", "123456789012"
TABLES = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table"
PAYMENTS = {"Statement": [{"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": f"{TABLES}/account-table"}]}
OWN_ROWS = {
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "dynamodb:PutItem",
            "Resource": f"{TABLES}/control-table",
            "Condition": {
                "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["selftest"]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        }
    ]
}


def call(action: str, table: str, leading_key: str | None = None) -> Call:
    """A call to one of the tables."""
    return Call("AKIA", f"dynamodb:{action}", f"{TABLES}/{table}", leading_key)


def test_what_a_statement_names_is_allowed_and_nothing_else() -> None:
    assert allowed([PAYMENTS], call("GetItem", "account-table"))
    assert not allowed([PAYMENTS], call("PutItem", "account-table"))
    assert not allowed([PAYMENTS], call("GetItem", "journal-table"))


def test_only_the_named_partition_may_be_written() -> None:
    assert allowed([OWN_ROWS], call("PutItem", "control-table", "selftest"))
    assert not allowed([OWN_ROWS], call("PutItem", "control-table", "api-key"))
    assert not allowed([OWN_ROWS], call("PutItem", "control-table"))


def test_a_statement_that_is_not_understood_is_an_error() -> None:
    with pytest.raises(ValueError, match="denies"):
        allowed([{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}], call("GetItem", "t"))


def test_a_transaction_needs_the_permission_of_each_part() -> None:
    body = {
        "TransactItems": [
            {"Update": {"TableName": "account-table", "Key": {"account_id": {"S": "a"}}}},
            {"Put": {"TableName": "journal-table", "Item": {"entry_id": {"S": "e"}}}},
        ]
    }
    assert list(table_calls("AKIA", REGION, ACCOUNT, "TransactWriteItems", body)) == [
        call("UpdateItem", "account-table"),
        call("PutItem", "journal-table"),
    ]


def test_a_query_of_an_index_is_a_call_to_the_index() -> None:
    body = {"TableName": "journal-table", "IndexName": "incidents", "KeyConditionExpression": "#p = :p"}
    (asked,) = table_calls("AKIA", REGION, ACCOUNT, "Query", body)
    assert asked.resource == f"{TABLES}/journal-table/index/incidents"


def test_a_query_of_the_control_table_names_its_partition() -> None:
    body = {
        "TableName": "control-table",
        "KeyConditionExpression": "#pk = :pk AND sk > :sk",
        "ExpressionAttributeNames": {"#pk": "pk"},
        "ExpressionAttributeValues": {":pk": {"S": "api-key"}, ":sk": {"S": "a"}},
    }
    assert list(table_calls("AKIA", REGION, ACCOUNT, "Query", body)) == [call("Query", "control-table", "api-key")]


def test_the_caller_is_read_from_the_signature() -> None:
    header = (
        f"AWS4-HMAC-SHA256 Credential=AKIA/20261124/{REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
    )
    assert credential(header) == ("AKIA", REGION, "dynamodb")
    assert credential("Bearer alk_x") is None


@pytest.mark.parametrize(
    "service, request_, action, resource",
    [
        (
            "lambda",
            {"path": "/2015-03-31/functions/account-reconcile/configuration", "target": "", "body": ""},
            "lambda:GetFunctionConfiguration",
            f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:account-reconcile",
        ),
        (
            "ssm",
            {"path": "/", "target": "AmazonSSM.GetParameter", "body": '{"Name": "/account-ledger/selftest-key"}'},
            "ssm:GetParameter",
            f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/account-ledger/selftest-key",
        ),
        (
            "sqs",
            {"path": "/", "target": "AmazonSQS.GetQueueAttributes", "body": '{"QueueUrl": "http://cloud/1/failures"}'},
            "sqs:GetQueueAttributes",
            f"arn:aws:sqs:{REGION}:{ACCOUNT}:failures",
        ),
        (
            "monitoring",
            {"path": "/", "target": "", "body": "Action=GetMetricData&Version=2010-08-01"},
            "cloudwatch:GetMetricData",
            "*",
        ),
    ],
)
def test_other_services_calls_are_known_by_their_protocols(
    service: str, request_: dict[str, str], action: str, resource: str
) -> None:
    assert service_call("AKIA", REGION, service, ACCOUNT, request_) == Call("AKIA", action, resource)
