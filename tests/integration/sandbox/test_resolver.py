"""The resolver processes: AWS's part between the streams, the schedule and the Lambda's code."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.settling import NotSettled
from sandbox.testing import Sandbox, running
from tests.integration.sandbox.conftest import LAG, STANDINS
from tests.integration.sandbox.tables import HOME, OTHER, eventually, get, put


class Calls:
    """What the stand-in for the Lambda's code was called with."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def clear(self) -> None:
        self.file.write_text("")

    def batches(self, region: str, table: str = "account-table") -> list[list[dict[str, Any]]]:
        calls = [json.loads(line) for line in self.file.read_text().splitlines()]
        return [
            call["records"]
            for call in calls
            if call["region"] == region and call["records"][0]["eventSourceARN"].split("/")[1] == table
        ]

    def keys(self, region: str, table: str = "account-table") -> list[str]:
        """Account ids in the order in which the code has seen them, each delivery once."""
        return [_key(record) for batch in self.batches(region, table) for record in batch]


def _key(record: dict[str, Any]) -> str:
    key: str = record["dynamodb"]["Keys"]["account_id"]["S"]
    return key


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Calls:
    return Calls(tmp_path_factory.mktemp("calls") / "calls.jsonl")


@pytest.fixture(scope="module")
def _resolving(calls: Calls) -> Iterator[Sandbox]:
    environment = {"PYTHONPATH": STANDINS, "STANDIN_CALLS": str(calls.file)}
    with running(
        apps=False, lag=LAG, call_latency=0.01, sweep_every=60, handler="standin_handler", environment=environment
    ) as sandbox:
        yield sandbox


@pytest.fixture
def resolving(_resolving: Sandbox, calls: Calls) -> Sandbox:
    """The engine and both resolvers, at rest, with empty tables."""
    _resolving.heal()
    for region in _resolving.regions:
        _resolving.start_resolver(region)
        _resolving.duplicates(region, on=False)
    _resolving.reset()
    _resolving.settle()
    calls.clear()
    return _resolving


def behind(sandbox: Sandbox, region: str) -> int:
    (resolver,) = (resolver for resolver in sandbox.status()["resolvers"] if resolver["region"] == region)
    return sum(mapping["behind"] for mapping in resolver["mappings"])


def test_the_code_sees_every_regions_changes_as_aws_sends_them(resolving: Sandbox, calls: Calls) -> None:
    put(resolving, HOME, "cloud", balance={"N": "5"}, note={"B": b"\x00"})
    resolving.settle()
    for region in resolving.regions:
        ((record,),) = calls.batches(region)
        assert record["eventName"] == "INSERT"
        assert record["awsRegion"] == region
        assert record["eventSource"] == "aws:dynamodb"
        assert f":{region}:" in record["eventSourceARN"]
        assert len(record["eventID"]) >= 32
        change = record["dynamodb"]
        assert change["Keys"] == {"account_id": {"S": "cloud"}}
        assert change["NewImage"] == {"account_id": {"S": "cloud"}, "balance": {"N": "5"}, "note": {"B": "AA=="}}
        assert change["StreamViewType"] == "NEW_AND_OLD_IMAGES"
        assert abs(change["ApproximateCreationDateTime"] - time.time()) < 60


def test_records_come_in_order_and_once(resolving: Sandbox, calls: Calls) -> None:
    wanted = [f"a{number}" for number in range(250)]
    for account_id in wanted:
        put(resolving, HOME, account_id)
    resolving.settle()
    assert calls.keys(HOME) == wanted
    assert sorted(calls.keys(OTHER)) == sorted(wanted)
    assert max(len(batch) for batch in calls.batches(HOME)) <= 100


def test_what_the_code_reports_comes_again_from_there_on(resolving: Sandbox, calls: Calls) -> None:
    resolving.stop_resolver(HOME)
    put(resolving, HOME, "fine")
    put(resolving, HOME, "later", report={"N": "1"})
    put(resolving, HOME, "last")
    resolving.start_resolver(HOME)
    resolving.settle()
    assert [[_key(record) for record in batch] for batch in calls.batches(HOME)] == [
        ["fine", "later", "last"],
        ["later", "last"],
    ]
    assert resolving.dead_letters(HOME) == []


@pytest.mark.parametrize("how", ["raise", "report"])
def test_a_record_that_never_works_becomes_a_dead_letter_and_the_others_pass(
    resolving: Sandbox, calls: Calls, how: str
) -> None:
    resolving.stop_resolver(OTHER)
    for number in range(7):
        put(resolving, OTHER, f"a{number}", **({how: {"S": "always"}} if number == 3 else {}))
    resolving.start_resolver(OTHER)
    eventually(lambda: behind(resolving, OTHER) == 0, 20)
    (letter,) = resolving.dead_letters(OTHER)
    poison = next(record for batch in calls.batches(OTHER) for record in batch if _key(record) == "a3")
    assert letter["DDBStreamBatchInfo"]["startSequenceNumber"] == poison["dynamodb"]["SequenceNumber"]
    assert letter["DDBStreamBatchInfo"]["streamArn"] == poison["eventSourceARN"]
    assert set(calls.keys(OTHER)) == {f"a{number}" for number in range(7)}


def test_a_killed_resolver_goes_on_where_it_was(resolving: Sandbox, calls: Calls) -> None:
    put(resolving, HOME, "before")
    resolving.settle()
    old = resolving.kill(f"resolver-{HOME}")
    put(resolving, HOME, "meanwhile")
    resolving.wait_restarted(f"resolver-{HOME}", old)
    eventually(lambda: "meanwhile" in calls.keys(HOME), 10)
    resolving.settle()
    assert calls.keys(HOME) == ["before", "meanwhile"]


def test_a_resolver_that_is_killed_in_the_middle_gets_the_batch_again(resolving: Sandbox, calls: Calls) -> None:
    put(resolving, HOME, "stubborn", report={"N": "4"})
    eventually(lambda: calls.keys(HOME) != [], 5)
    old = resolving.kill(f"resolver-{HOME}")
    before = len(calls.keys(HOME))
    resolving.wait_restarted(f"resolver-{HOME}", old)
    eventually(lambda: behind(resolving, HOME) == 0, 20)
    assert len(calls.keys(HOME)) > before
    assert resolving.dead_letters(HOME) == []


def test_a_resolver_that_is_stopped_in_the_middle_of_a_batch_leaves_the_rest_for_later(
    resolving: Sandbox, calls: Calls
) -> None:
    resolving.stop_resolver(HOME)
    put(resolving, HOME, "stubborn", report={"N": "4"})
    put(resolving, HOME, "next")
    resolving.start_resolver(HOME)
    eventually(lambda: len(calls.keys(HOME)) > 2, 5)
    resolving.stop_resolver(HOME)
    assert behind(resolving, HOME) == 1
    resolving.start_resolver(HOME)
    resolving.settle()
    assert calls.keys(HOME)[-1] == "next"


def test_a_stopped_resolver_falls_behind_and_catches_up(resolving: Sandbox, calls: Calls) -> None:
    resolving.stop_resolver(HOME)
    put(resolving, HOME, "cloud")
    put(resolving, HOME, "cloud", balance={"N": "1"})
    assert behind(resolving, HOME) == 2
    with pytest.raises(NotSettled, match=f"the resolver in {HOME} is stopped, 2 records behind"):
        resolving.settle(timeout=1e6)
    assert calls.keys(HOME) == []
    resolving.start_resolver(HOME)
    resolving.settle()
    assert calls.keys(HOME) == ["cloud", "cloud"]


def test_duplicates_are_delivered_when_asked_for(resolving: Sandbox, calls: Calls) -> None:
    resolving.duplicates(HOME, on=True)
    put(resolving, HOME, "cloud")
    eventually(lambda: len(calls.keys(HOME)) >= 2)
    deliveries = [record["eventID"] for batch in calls.batches(HOME) for record in batch]
    assert len(set(deliveries)) == 1


def test_settling_includes_a_sweep_that_has_nothing_to_mend(resolving: Sandbox) -> None:
    put(resolving, HOME, "broken", mend_in={"S": OTHER})
    resolving.settle()
    assert get(resolving, OTHER, "broken") is None
    assert get(resolving, HOME, "broken") is None
    status = resolving.status()
    assert {resolver["sweep"]["clean_through"] for resolver in status["resolvers"]} == {status["changes"]}


def test_settling_says_at_once_that_a_cut_link_holds_changes_up(resolving: Sandbox) -> None:
    resolving.cut(HOME, OTHER)
    put(resolving, HOME, "cloud")
    with pytest.raises(NotSettled, match=f"1 changes on the way from {HOME} to {OTHER}, and that link is cut"):
        resolving.settle(timeout=1e6)
    resolving.heal()
    resolving.settle()


def test_tables_made_anew_are_read_from_their_beginning(resolving: Sandbox, calls: Calls) -> None:
    put(resolving, HOME, "old")
    resolving.settle()
    resolving.reset()
    put(resolving, HOME, "new")
    resolving.settle()
    assert calls.keys(HOME) == ["old", "new"]
