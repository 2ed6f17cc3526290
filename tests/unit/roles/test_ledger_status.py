"""The checks of the bastion: each state is told as it is."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from ledger_status import checks, heartbeat, page, text
from ledger_status.apps import App
from ledger_status.checks import Check, State
from ledger_status.configuration import NotConfigured, read_configuration

HERE, THERE = "ap-northeast-2", "eu-central-1"
TOLD = {
    "region": HERE,
    "regions": [HERE, THERE],
    "apps": {HERE: "192.0.2.1", THERE: "192.0.2.2"},
    "app_names": {},
    "ca_file": "",
    "ledger_endpoints": "",
    "aws_endpoint_url": "",
}


class Client:
    """Answers every operation from a table; an exception is raised."""

    class meta:  # noqa: N801
        region_name = HERE

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def __getattr__(self, operation: str) -> Any:
        answer = self._answers[operation]

        def call(**_arguments: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def described(status: str, replicas: Mapping[str, str]) -> Client:
    """A client whose table is in that state."""
    names = [{"RegionName": region, "ReplicaStatus": state} for region, state in replicas.items()]
    return Client(describe_table={"Table": {"TableStatus": status, "Replicas": names}})


@pytest.mark.parametrize(
    ("status", "replicas", "state"),
    [
        ("ACTIVE", {THERE: "ACTIVE"}, State.OK),
        ("ACTIVE", {}, State.OK),  # an endpoint that is not AWS's own
        ("UPDATING", {THERE: "ACTIVE"}, State.OK),
        ("ACTIVE", {THERE: "UPDATING"}, State.LATE),
        ("ACTIVE", {"us-east-1": "ACTIVE"}, State.BAD),
        ("DELETING", {THERE: "ACTIVE"}, State.BAD),
    ],
)
def test_a_table_and_its_replicas(status: str, replicas: Mapping[str, str], state: State) -> None:
    assert checks.table(described(status, replicas), "account-table", (HERE, THERE))[0] is state


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"State": "Active", "LastUpdateStatus": "Successful"}, State.OK),
        ({"State": "Inactive", "LastUpdateStatus": "Successful"}, State.OK),
        ({"State": "Failed", "LastUpdateStatus": "Successful"}, State.BAD),
        ({"State": "Active", "LastUpdateStatus": "Failed"}, State.BAD),
    ],
)
def test_a_function(told: Mapping[str, str], state: State) -> None:
    assert checks.function(Client(get_function_configuration=told), "account-reconcile")[0] is state


def mappings(**states: str) -> Client:
    """A client whose function reads these tables."""
    arn = "arn:aws:dynamodb:ap-northeast-2:1:table/{}/stream/2026"
    listed = [{"EventSourceArn": arn.format(name.replace("_", "-")), "State": state} for name, state in states.items()]
    return Client(list_event_source_mappings={"EventSourceMappings": listed})


def test_both_streams_are_read_or_it_is_bad() -> None:
    assert checks.streams(mappings(account_table="Enabled", journal_table="Enabled"))[0] is State.OK
    assert checks.streams(mappings(account_table="Enabled", journal_table="Disabled"))[0] is State.BAD
    assert checks.streams(mappings(account_table="Enabled"))[0] is State.BAD


@pytest.mark.parametrize(("waiting", "state"), [("0", State.OK), ("1", State.BAD)])
def test_a_batch_that_failed_is_bad(waiting: str, state: State) -> None:
    attributes = {"Attributes": {"ApproximateNumberOfMessages": waiting}}
    client = Client(get_queue_url={"QueueUrl": "url"}, get_queue_attributes=attributes)
    assert checks.failures(client)[0] is state


@pytest.mark.parametrize(("age", "state"), [(1, State.OK), (70, State.OK), (80, State.BAD)])
def test_replication_is_as_good_as_the_newest_heartbeat(age: float, state: State) -> None:
    at = datetime.now(UTC) - timedelta(seconds=age)
    client = Client(get_item={"Item": {"at": {"S": at.isoformat()}}})
    assert checks.replication(client, THERE)[0] is state


def test_no_heartbeat_at_all_is_bad() -> None:
    assert checks.replication(Client(get_item={}), THERE)[0] is State.BAD


def test_a_heartbeat_is_read_as_it_was_written() -> None:
    written: dict[str, Any] = {}

    class Store:
        def put_item(self, **arguments: Any) -> None:
            written.update(arguments)

        def get_item(self, TableName: str, Key: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N803
            found = written["Item"].items() >= Key.items() and written["TableName"] == TableName
            return {"Item": written["Item"]} if found else {}

    heartbeat.write(Store(), HERE)
    beat = heartbeat.read(Store(), HERE)
    assert beat is not None
    assert abs(datetime.now(UTC) - beat) < timedelta(seconds=5)
    assert heartbeat.read(Store(), THERE) is None


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeTable"),
        EndpointConnectionError(endpoint_url="http://192.0.2.9"),
    ],
)
def test_what_does_not_answer_is_bad(error: Exception) -> None:
    def ask() -> tuple[State, str]:
        raise error

    assert checks._ask(("tables", HERE, "account-table", ask)).state is State.BAD


def test_an_app_that_is_not_there_is_bad() -> None:
    assert checks.app(None)[0] is State.BAD
    assert checks.app(App("127.0.0.1", port=1))[0] is State.BAD


def test_the_worst_state_is_that_of_the_whole() -> None:
    good, late, bad = (Check("g", HERE, "p", state, "") for state in (State.OK, State.LATE, State.BAD))
    assert checks.worst([good]) is State.OK
    assert checks.worst([late, good]) is State.LATE
    assert checks.worst([good, bad, late]) is State.BAD
    assert checks.worst([]) is State.BAD


def test_page_and_text_show_every_check_and_escape_what_they_show() -> None:
    seen = [Check("app", HERE, "app", State.BAD, "<script>")]
    shown = page.render(HERE, datetime.now(UTC), seen)
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert 'class="bad"' in shown
    assert "all in all: bad" in text.render(seen, colour=False)


def test_the_configuration_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(TOLD | {"ledger_endpoints": f"{HERE}=http://a:1,{THERE}=http://b:2"}))
    configuration = read_configuration(file)
    assert configuration.others() == [THERE]
    assert str(configuration.apps[THERE]) == "http://192.0.2.2:8080"
    assert configuration.table_endpoints == {HERE: "http://a:1", THERE: "http://b:2"}
    assert configuration.endpoint is None


def test_an_app_with_a_certificate_is_called_by_its_name_at_its_address(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(TOLD | {"app_names": {THERE: "api.example.com"}, "ca_file": "/ca.pem"}))
    configuration = read_configuration(file)
    assert configuration.apps[THERE] == App("192.0.2.2", "api.example.com", "/ca.pem")
    assert str(configuration.apps[THERE]) == "https://api.example.com at 192.0.2.2"
    assert configuration.apps[HERE].name is None


@pytest.mark.parametrize("content", [None, "", "[]", "{}"])
def test_a_configuration_that_is_not_there_names_the_fix(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "config.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(NotConfigured, match=r"playbooks/bastion\.yml"):
        read_configuration(file)
