"""The checks. Each asks one thing and says what it saw; none waits longer than some seconds."""

import functools
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from http.client import HTTPException
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ledger_status import heartbeat
from ledger_status.apps import App
from ledger_status.configuration import TABLES, Configuration

FUNCTIONS = ("account-conflict-resolver", "account-reconcile")
FAILURE_QUEUE = "account-conflict-resolver-failures"
APP_TIMEOUT = 4.0  # seconds
LATE = 60.0  # seconds: replication usually takes about one
RENEWED_BEFORE = 14.0  # days before a certificate ends


class State(StrEnum):
    """How a part is. ``LATE`` works, but not as it should."""

    OK = "ok"
    LATE = "late"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One answer: ``part`` of ``region`` is in ``state``, because of ``detail``."""

    group: str
    region: str
    part: str
    state: State
    detail: str


type Question = tuple[str, str, str, Callable[[], tuple[State, str]]]


def all_checks(configuration: Configuration) -> list[Check]:
    """Everything, asked at the same time; always in the same order."""
    questions = list(_questions(configuration))
    with ThreadPoolExecutor(max_workers=len(questions)) as pool:
        return list(pool.map(_ask, questions))


def worst(checks: list[Check]) -> State:
    """The state of the whole."""
    order = [State.OK, State.LATE, State.BAD]
    return max((check.state for check in checks), key=order.index, default=State.BAD)


def _questions(configuration: Configuration) -> Iterator[Question]:
    for region in configuration.regions:
        yield "app", region, "app", functools.partial(app, configuration.apps.get(region))
    for region in configuration.regions:
        client = configuration.client("dynamodb", region)
        for name in TABLES:
            yield "tables", region, name, functools.partial(table, client, name, configuration.regions)
    for region in configuration.regions:
        client = configuration.client("lambda", region)
        for name in FUNCTIONS:
            yield "lambda", region, name, functools.partial(function, client, name)
        yield "lambda", region, "streams", functools.partial(streams, client)
        yield "lambda", region, "failures", functools.partial(failures, configuration.client("sqs", region))
    for reader in configuration.regions:
        client = configuration.client("dynamodb", reader)
        for writer in configuration.regions:
            if writer != reader:
                ask = functools.partial(replication, client, writer)
                yield "replication", reader, f"from {writer}", ask


def _ask(question: Question) -> Check:
    group, region, part, ask = question
    try:
        state, detail = ask()
    except ClientError as error:
        state, detail = State.BAD, f"{error.response['Error']['Code']}: {error.response['Error'].get('Message', '')}"
    except BotoCoreError as error:
        state, detail = State.BAD, f"does not answer: {error}"
    return Check(group, region, part, state, detail)


def app(asked: App | None) -> tuple[State, str]:
    """Ask an application whether it can do its work, and see how long its certificate is valid."""
    if asked is None:
        return State.BAD, "no such host"
    try:
        answer = asked.call("GET", "/healthcheck", timeout=APP_TIMEOUT)
        if answer.status != 200:
            return State.BAD, f"{asked} answers {answer.status}"
        said = f"{asked} is {json.loads(answer.body)['status']}"
    except (OSError, HTTPException, ValueError, KeyError) as error:
        return State.BAD, f"{asked} does not answer: {error}"
    if answer.days_left is None:
        return State.OK, said
    state = State.OK if answer.days_left > RENEWED_BEFORE else State.LATE
    return state, f"{said}, its certificate is valid for {answer.days_left:.0f} days"


def table(client: Any, name: str, regions: tuple[str, ...]) -> tuple[State, str]:
    """See that a table is active, and its replicas (of which an endpoint that is not AWS's own may say nothing)."""
    told = client.describe_table(TableName=name)["Table"]
    here = told["TableStatus"]
    replicas = {replica["RegionName"]: replica["ReplicaStatus"] for replica in told.get("Replicas", [])}
    ill = [f"{region} {status}" for region, status in replicas.items() if status != "ACTIVE"]
    # Under Replicas, a table names the other regions (in newer answers of AWS its own, too).
    known = {client.meta.region_name, *replicas}
    missing = [region for region in regions if replicas and region not in known]
    if here not in ("ACTIVE", "UPDATING") or missing:
        return State.BAD, ", ".join([here, *ill, *(f"no replica in {region}" for region in missing)])
    return (State.LATE if ill else State.OK), ", ".join([here, *ill])


def function(client: Any, name: str) -> tuple[State, str]:
    """See that a function can run."""
    told = client.get_function_configuration(FunctionName=name)
    state, update = told.get("State", "Active"), told.get("LastUpdateStatus", "Successful")
    good = state in ("Active", "Inactive") and update == "Successful"  # inactive: idle for long, wakes up by itself
    return (State.OK if good else State.BAD), f"{state}, last update {update}"


def streams(client: Any) -> tuple[State, str]:
    """See that the function reads both streams of its region."""
    mappings = client.list_event_source_mappings(FunctionName=FUNCTIONS[0])["EventSourceMappings"]
    states = {mapping["EventSourceArn"].split("/")[1]: mapping.get("State", "Enabled") for mapping in mappings}
    problems = [name for name in TABLES[:2] if states.get(name) != "Enabled"]
    detail = ", ".join(f"{name} {states.get(name, 'not read')}" for name in TABLES[:2])
    return (State.BAD if problems else State.OK), detail


def failures(client: Any) -> tuple[State, str]:
    """Count the batches that the function gave up on."""
    url = client.get_queue_url(QueueName=FAILURE_QUEUE)["QueueUrl"]
    attribute = "ApproximateNumberOfMessages"
    waiting = int(client.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])["Attributes"][attribute])
    return (State.BAD if waiting else State.OK), f"{waiting} batches that failed"


def replication(client: Any, writer: str) -> tuple[State, str]:
    """See how old the newest sign of life is that has come here from another region's bastion."""
    beat = heartbeat.read(client, writer)
    if beat is None:
        return State.BAD, "no heartbeat has ever arrived"
    age = (datetime.now(UTC) - beat).total_seconds()
    state = State.OK if age < heartbeat.INTERVAL + LATE else State.BAD
    return state, f"newest heartbeat is {age:.0f} s old (one every {heartbeat.INTERVAL:.0f} s)"
