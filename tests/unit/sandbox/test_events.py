"""The events that the resolver hands to the Lambda's code look as AWS's."""

import json
from datetime import UTC, datetime

from sandbox.events import Context, dead_letter, schedule_event, stream_records

ARN = "arn:aws:dynamodb:eu-central-1:000000000000:table/account-table/stream/x"
# As boto3 gives it: a time and bytes are Python's.
RECORD = {
    "eventID": "1",
    "eventName": "MODIFY",
    "eventVersion": "1.1",
    "eventSource": "aws:dynamodb",
    "awsRegion": "eu-central-1",
    "dynamodb": {
        "ApproximateCreationDateTime": datetime(2026, 1, 2, tzinfo=UTC),
        "Keys": {"account_id": {"S": "cloud"}},
        "NewImage": {"account_id": {"S": "cloud"}, "note": {"B": b"\x00\xff"}, "list": {"L": [{"B": b"a"}]}},
        "SequenceNumber": "111",
        "SizeBytes": 26,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    },
}


def test_records_are_plain_json_with_the_streams_arn() -> None:
    (record,) = stream_records([RECORD], ARN)
    assert json.loads(json.dumps(record)) == record
    assert record["eventSourceARN"] == ARN
    assert record["dynamodb"]["ApproximateCreationDateTime"] == 1767312000
    assert record["dynamodb"]["NewImage"]["note"] == {"B": "AP8="}
    assert record["dynamodb"]["NewImage"]["list"] == {"L": [{"B": "YQ=="}]}
    assert record["dynamodb"]["Keys"] == {"account_id": {"S": "cloud"}}


def test_the_context_counts_down() -> None:
    context = Context("eu-central-1")
    assert 59_000 < context.get_remaining_time_in_millis() <= 60_000
    assert context.invoked_function_arn.startswith("arn:aws:lambda:eu-central-1:")
    assert context.aws_request_id != Context("eu-central-1").aws_request_id


def test_the_schedules_event_names_the_region() -> None:
    event = schedule_event("eu-central-1", "sweep")
    assert (event["source"], event["region"], event["detail-type"]) == ("aws.events", "eu-central-1", "Scheduled Event")


def test_a_dead_letter_says_where_the_record_stands_and_not_what_is_in_it() -> None:
    (record,) = stream_records([RECORD], ARN)
    letter = dead_letter(record, "eu-central-1", error="boom", attempts=5)
    assert letter["DDBStreamBatchInfo"]["startSequenceNumber"] == letter["DDBStreamBatchInfo"]["endSequenceNumber"]
    assert letter["DDBStreamBatchInfo"]["streamArn"] == ARN
    assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert letter["requestContext"]["approximateInvokeCount"] == 5
    assert "cloud" not in json.dumps(letter)
