"""The Lambda: events as AWS sends them, answers as AWS reads them."""

import base64
import json
import logging
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest

import handler
from ages import Ages
from figures.table import OF_THE_RESOLVER
from ledger.requests import Contended
from tests.simulator.endpoint import Call
from tests.simulator.streams import lambda_event
from tests.support.cloud import AP, EU, Cloud
from tests.support.emf import metrics

type Lines = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """Two accounts in two regions; the Lambda runs at home."""
    made = Cloud((AP, EU))
    made.create("cloud", 100)
    made.create("it")
    made.settle()
    with patch.multiple(handler, ledger=lambda: made.ledgers[AP], ages=Ages()):
        yield made


def record(table: str = "account-table", number: int = 1, **images: Any) -> dict[str, Any]:
    """A record as AWS's documentation shows it."""
    return {
        "eventID": f"event-{number}",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": AP,
        "dynamodb": {
            "ApproximateCreationDateTime": 1790000000.0,
            "Keys": {"account_id": {"S": "new"}},
            "SequenceNumber": str(number),
            "SizeBytes": 100,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
        "eventSourceARN": f"arn:aws:dynamodb:{AP}:000000000000:table/{table}/stream/2026-01-01T00:00:00.000",
    }


def refuse_writes(call: Call, done: bool) -> None:
    """A fault: no write gets through."""
    if call.method == "write" and not done:
        raise Contended("busy")


def test_every_change_of_a_payment_is_understood(cloud: Cloud) -> None:
    cloud.pay(AP, "cloud", "it", 10)
    batch = cloud.records(AP)
    assert handler.handler(lambda_event(batch), None) == {"batchItemFailures": []}
    assert json.dumps(handler.handler(lambda_event(batch), None))


def test_an_empty_batch_is_fine(cloud: Cloud) -> None:
    assert handler.handler({"Records": []}, None) == {"batchItemFailures": []}


def test_only_the_failed_records_are_named_and_the_others_are_done(cloud: Cloud) -> None:
    for name in ("a", "b", "c"):
        cloud.hand_put(AP, name, balance=Decimal(5))
    batch = cloud.records(AP)

    errors = [Contended("busy"), RuntimeError("of no known kind")]

    def refuses(call: Call, done: bool) -> None:
        if call.method == "write" and not done and call.arguments[0][0].key.get("account_id") == "b":
            raise errors[0]

    cloud.fault = refuses
    while errors:
        answer = handler.handler(lambda_event(batch), None)
        assert answer == {"batchItemFailures": [{"itemIdentifier": batch[1].wire_sequence}]}
        errors.pop(0)
    assert (cloud.balance("a", AP), cloud.balance("c", AP)) == (Decimal(5), Decimal(5))
    cloud.fault = None
    assert handler.handler(lambda_event(batch), None) == {"batchItemFailures": []}
    assert cloud.balance("b", AP) == 5


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[Lines]:
    """The fields of the lines logged so far under a message."""
    with caplog.at_level(logging.INFO, logger="resolver"):
        yield lambda message: [vars(entry) for entry in caplog.records if entry.message == message]


def test_a_failure_is_logged_with_what_failed(cloud: Cloud, lines: Lines) -> None:
    def refuses(call: Call, done: bool) -> None:
        raise Contended("busy")

    cloud.fault = refuses
    handler.handler({"Records": [record(NewImage={"account_id": {"S": "new"}, "balance": {"N": "5"}})]}, None)
    (line,) = lines("failed")
    assert (line["levelname"], line["region"], line["event_id"]) == ("ERROR", AP, "event-1")
    assert "busy" in line["error"]


def test_an_incident_is_logged_by_the_region_that_found_it(cloud: Cloud, lines: Lines) -> None:
    cloud.hand_put(AP, "cloud@nowhere", balance=Decimal(5))
    handler.handler(lambda_event(cloud.records(AP)), None)
    handler.handler(lambda_event(cloud.records(AP)), None)  # the incident's own record
    (line,) = lines("incident")
    assert (line["levelname"], line["region"]) == ("WARNING", AP)
    assert line["reason"]
    cloud.settle()
    with patch.object(handler, "ledger", lambda: cloud.ledgers[EU]):
        handler.handler(lambda_event(cloud.records(EU)), None)
    assert len(lines("incident")) == 1


WEIRD: dict[str, dict[str, Any]] = {
    "binary": {"B": base64.b64encode(b"\x00\xff").decode()},
    "binaries": {"BS": [base64.b64encode(b"\x00").decode(), ""]},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2.50"]},
    "null": {"NULL": True},
    "list": {"L": [{"N": "1"}, {"NULL": True}, {"L": []}]},
    "map": {"M": {"eu-central-1": {"B": "AA=="}}},
    "empty map": {"M": {}},
    "true": {"BOOL": True},
    "126 digits": {"N": "99" + "0" * 124},
    "38 digits": {"N": "1" * 38},
    "tiny": {"N": "0." + "0" * 129 + "1"},
    "minus": {"N": "-1"},
    "text": {"S": "x"},
    "no text": {"S": ""},
}


@pytest.mark.parametrize("value", WEIRD.values(), ids=list(WEIRD))
@pytest.mark.parametrize("images", ["NewImage", "OldImage", "both"])
@pytest.mark.parametrize("table", ["account-table", "journal-table"])
def test_no_record_is_poison(cloud: Cloud, table: str, images: str, value: dict[str, Any]) -> None:
    shares = ("balance", "ledger_balance", "region", "granted", "accepted", "last", "prev", "status", "currency")
    journal = ("kind", "amount", "from_account", "accepted", "reference", "share", "position")
    sound: dict[str, Any] = {
        "account_id": {"S": "cloud"},
        "balance": {"N": "100"},
        "ledger_balance": {"N": "100"},
        "currency": {"S": "USD"},
        "region": {"S": AP},
        "granted": {"M": {}},
        "accepted": {"M": {}},
        "status": {"S": "active"},
        "status_version": {"N": "1"},
        "last": {"S": "op"},
    }
    if table == "journal-table":
        sound = {"entry_id": {"S": "t"}, "region": {"S": EU}, "kind": {"S": "transfer"}}
    names = shares if table == "account-table" else journal
    rows = [sound | {name: value} for name in names] + [sound | dict.fromkeys(names, value)]
    batch = [
        record(table, number, **{image: row for image in ("NewImage", "OldImage") if images in (image, "both")})
        for number, row in enumerate(rows)
    ]
    assert handler.handler({"Records": batch}, None) == {"batchItemFailures": []}
    assert not cloud.world.invalid
    cloud.settle()
    cloud.audit()


def test_the_sweep_says_what_it_did_and_what_is_left(cloud: Cloud) -> None:
    cloud.hand_put(AP, "new", balance=Decimal(5))
    assert handler.reconcile({}, None) == {"mended": 1, "left": []}
    assert handler.reconcile({}, None) == {"mended": 0, "left": []}

    cloud.hand_put(AP, "other", balance=Decimal(5))
    cloud.fault = refuse_writes
    answer = handler.reconcile({}, None)
    assert (answer["mended"], len(answer["left"])) == (0, 1)
    assert json.dumps(answer)


def test_the_sweep_logs_the_money_on_the_way_by_currency_and_then_that_it_has_arrived(
    cloud: Cloud, lines: Lines
) -> None:
    def said() -> dict[tuple[str, str], float]:
        return {(it["Currency"], it["Age"]): it["MoneyOnTheWay"] for it in lines("on the way") if "Age" in it}

    cloud.create("seoul", 5, EU, currency="KRW")  # money for the region that asked, granted by home
    cloud.create("more", 70, EU)
    cloud.create("less", 7, EU)
    handler.reconcile({}, None)
    assert {key: amount for key, amount in said().items() if amount} == {
        ("KRW", "under 2 minutes"): 5, ("USD", "under 2 minutes"): 77,
    }  # fmt: skip
    cloud.settle()
    handler.reconcile({}, None)
    assert set(said().values()) == {0}
    before = len(lines("on the way"))
    handler.reconcile({}, None)
    assert len(lines("on the way")) == before


def test_the_sweep_logs_what_it_did(cloud: Cloud, lines: Lines) -> None:
    handler.reconcile({}, None)
    assert not lines("swept")
    cloud.hand_put(AP, "new", balance=Decimal(5))
    handler.reconcile({}, None)
    (line,) = lines("swept")
    assert (line["things"], line["open"]) == (1, 0)


def as_lambda_writes(entry: logging.LogRecord) -> dict[str, Any]:
    """A line by Lambda's own formatter (LogFormat JSON): all that is given as ``extra`` is at the top."""
    line = {"logger": entry.name, "level": entry.levelname, "message": entry.getMessage()}
    return line | {name: value for name, value in vars(entry).items() if name not in vars(logging.makeLogRecord({}))}


def test_the_lines_carry_the_figures_for_cloudwatch(cloud: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    cloud.create("more", 70, EU)
    cloud.hand_put(AP, "cloud@nowhere", balance=Decimal(5))
    with caplog.at_level(logging.INFO, logger="resolver"):
        handler.handler(lambda_event(cloud.records(AP)), None)
        handler.handler(lambda_event(cloud.records(AP)), None)  # the incident's own record
        handler.reconcile({}, None)
        cloud.hand_put(AP, "other", balance=Decimal(5))
        cloud.fault = refuse_writes
        handler.reconcile({}, None)
    lines = [as_lambda_writes(entry) for entry in caplog.records]
    assert json.loads(json.dumps(lines)) == lines
    found = metrics(lines)
    assert found["Incidents"] == [(1, {})]
    assert found["SettledByStreams"][0][0] > 0
    assert found["MoneyOnTheWay"][0] == (70, {"Currency": "USD", "Age": "under 2 minutes"})
    assert found["OldestOnTheWay"][0][1] == {}
    assert (found["MendedBySweep"], found["LeftBySweep"]) == ([(0, {})], [(2, {})])
    assert found.keys() == {figure.name for figure in OF_THE_RESOLVER}


def test_the_lag_is_that_of_the_oldest_record(cloud: Cloud, lines: Lines) -> None:
    now = cloud.ledgers[AP].clock.now().timestamp()
    batch = [record(number=number) for number in range(3)]
    for one, age in zip(batch, (5, 65, 0), strict=True):
        one["dynamodb"] |= {"ApproximateCreationDateTime": now - age, "NewImage": {"account_id": {"S": "a@nowhere"}}}
    handler.handler({"Records": batch}, None)
    (line,) = lines("batch")
    assert (line["records"], line["ResolverLag"]) == (3, pytest.approx(65, abs=1))


@pytest.mark.parametrize("moment", [None, "never", 1e11], ids=["none", "a text", "in the future"])
def test_an_odd_time_stops_no_batch(cloud: Cloud, lines: Lines, moment: Any) -> None:
    one = record(NewImage={"account_id": {"S": "a@nowhere"}})
    one["dynamodb"]["ApproximateCreationDateTime"] = moment
    assert handler.handler({"Records": [one]}, None) == {"batchItemFailures": []}
    assert [line["ResolverLag"] for line in lines("batch")] == ([0] if moment == 1e11 else [])
