"""Values and errors at the border to boto3; requests themselves are tried on an engine, in the integration tests."""

from base64 import b64encode
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from ledger.dynamodb import DynamoStore, decode, encode
from ledger.requests import Cancelled, Contended, Malformed, Query, Unreachable, Write


def test_items_read_back_as_they_were_written() -> None:
    item = {
        "text": "x",
        "number": Decimal("12.50"),
        "map": {AP_LIKE: Decimal(3), "empty": {}},
        "list": [None, True, b"\x00"],
        "numbers": {Decimal(1), Decimal(2)},
        "texts": {"a"},
        "binaries": {b"\xff"},
    }
    assert decode(encode(item)) == item


AP_LIKE = "ap-northeast-2"


def test_binaries_of_an_event_are_base64() -> None:
    text = b64encode(b"\x00\xff").decode()
    assert decode({"a": {"B": text}, "b": {"BS": [text]}}) == {"a": b"\x00\xff", "b": {b"\x00\xff"}}


@pytest.mark.parametrize("text", ["0", "-1", "12.5", "1" * 38, "99" + "0" * 124, "0." + "0" * 129 + "1"])
def test_every_number_that_a_table_can_hold_is_read_exactly_and_written_again(text: str) -> None:
    read = decode({"n": {"N": text}})["n"]
    assert read == Decimal(text)
    assert Decimal(encode({"n": read})["n"]["N"]) == Decimal(text)


class Refusing:
    """A client whose every call ends in an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        def call(**parameters: Any) -> None:
            raise self.error

        return call


def refused(code: str, **answer: Any) -> ClientError:
    """What boto3 raises."""
    response: Any = {"Error": {"Code": code, "Message": ""}, **answer}
    return ClientError(response, "TransactWriteItems")


def reasons(*codes: str) -> ClientError:
    """A cancelled transaction."""
    return refused("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


FAILED = "ConditionalCheckFailed"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refused("ConditionalCheckFailedException"), Cancelled),
        (reasons("None", FAILED), Cancelled),
        (reasons("None", "TransactionConflict"), Contended),
        (reasons(FAILED, "ThrottlingError"), Contended),
        (reasons("ValidationError", "None"), Malformed),
        (refused("ValidationException"), Malformed),
        (refused("TransactionInProgressException"), Contended),
        (refused("ProvisionedThroughputExceededException"), Contended),
        (refused("ThrottlingException"), Contended),
        (refused("InternalServerError"), Unreachable),
        (ConnectTimeoutError(endpoint_url="http://127.0.0.1"), Unreachable),
    ],
    ids=repr,
)
def test_every_error_of_the_table_has_its_meaning(
    monkeypatch: pytest.MonkeyPatch, error: Exception, expected: type[Exception]
) -> None:
    store = DynamoStore("ap-northeast-2", "http://127.0.0.1:9")
    monkeypatch.setattr(store, "_client", Refusing(error))
    write = Write("Put", "account-table", {"account_id": "a"}, "attribute_not_exists(#id)", names={"#id": "account_id"})
    with pytest.raises(expected):
        store.write([write, write], "token")
    with pytest.raises(expected):
        store.write([write], "token")


def test_the_row_of_a_refusal_comes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    store = DynamoStore("ap-northeast-2", "http://127.0.0.1:9")
    error = refused(
        "TransactionCanceledException",
        CancellationReasons=[{"Code": "None"}, {"Code": FAILED, "Item": {"balance": {"N": "5"}}}],
    )
    monkeypatch.setattr(store, "_client", Refusing(error))
    with pytest.raises(Cancelled) as cancelled:
        store.write([Write("Put", "t", {"a": "b"}, "c")] * 2, "token")
    fine, failed = cancelled.value.reasons
    assert (fine.failed, fine.item) == (False, None)
    assert (failed.failed, failed.item) == (True, {"balance": Decimal(5)})


def test_a_page_that_large_items_have_cut_short_is_read_to_its_limit() -> None:
    asked: list[dict[str, Any]] = []

    class Pages:
        def query(self, **parameters: Any) -> dict[str, Any]:
            asked.append(parameters)
            item = {"position": {"S": str(len(asked))}}
            return {"Items": [item], "LastEvaluatedKey": {"position": {"S": str(len(asked))}}}

    store = DynamoStore("ap-northeast-2", "http://127.0.0.1:9")
    store._client = Pages()  # type: ignore[assignment]
    found = store.query(Query("journal-table", "incidents", "incident_log", "incidents", "position", 3))
    assert [item["position"] for item in found] == ["1", "2", "3"]
    assert [page["Limit"] for page in asked] == [3, 2, 1]
    assert [page.get("ExclusiveStartKey") for page in asked] == [
        None,
        {"position": {"S": "1"}},
        {"position": {"S": "2"}},
    ]


def test_rows_that_do_not_fit_in_one_answer_are_asked_for_again() -> None:
    asked: list[int] = []

    class Large:
        def batch_get_item(self, **parameters: Any) -> dict[str, Any]:
            keys = parameters["RequestItems"]["account-table"]["Keys"]
            asked.append(len(keys))
            left = {"UnprocessedKeys": {"account-table": {"Keys": keys[2:]}}} if keys[2:] else {}
            return {"Responses": {"account-table": keys[:2]}, **left}

    store = DynamoStore("ap-northeast-2", "http://127.0.0.1:9")
    store._client = Large()  # type: ignore[assignment]
    wanted = [{"account_id": name} for name in "abcde"]
    assert store.get([("account-table", key) for key in wanted]) == wanted
    assert asked == [5, 3, 1]


def test_a_batch_of_which_nothing_is_answered_is_throttled() -> None:
    class Throttled:
        def batch_get_item(self, **parameters: Any) -> dict[str, Any]:
            return {"Responses": {}, "UnprocessedKeys": parameters["RequestItems"]}

    store = DynamoStore("ap-northeast-2", "http://127.0.0.1:9")
    store._client = Throttled()  # type: ignore[assignment]
    with pytest.raises(Contended):
        store.get([("account-table", {"account_id": "a"})])
