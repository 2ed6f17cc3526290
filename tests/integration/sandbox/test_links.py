"""Calls to another region's endpoint: they take time, can hang, and can take effect long after."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from sandbox.testing import Sandbox
from tests.integration.sandbox.tables import HOME, OTHER, eventually, get


@pytest.fixture
def far(engine: Sandbox) -> Any:
    """A client of a program in the home region for the other region's endpoint. It waits half a second at most."""
    return engine.client(OTHER, endpoint=engine.link_url(HOME, OTHER), read_timeout=0.5)


def write(client: Any, account_id: str) -> None:
    client.put_item(TableName="account-table", Item={"account_id": {"S": account_id}})


def calls(sandbox: Sandbox) -> dict[tuple[str, str], int]:
    return {(link["from"], link["to"]): link["calls"] for link in sandbox.status()["links"]}


def test_a_call_reaches_the_other_regions_table_directly(engine: Sandbox, far: Any) -> None:
    engine.lag(60)
    write(far, "cloud")
    assert get(engine, OTHER, "cloud") is not None
    assert get(engine, HOME, "cloud") is None


def test_a_call_takes_the_links_latency_each_way(engine: Sandbox, far: Any) -> None:
    write(far, "warm")  # the connection is there from here on
    for latency in (0.02, 0.15):
        engine.latency(latency)
        started = time.monotonic()
        write(far, "cloud")
        assert 2 * latency <= time.monotonic() - started < 2 * latency + 0.25


def test_a_call_over_a_cut_link_hangs_and_never_takes_effect(engine: Sandbox, far: Any) -> None:
    write(far, "warm")
    engine.cut()
    with pytest.raises(ReadTimeoutError):
        write(far, "given-up")
    engine.heal()
    write(far, "later")
    assert get(engine, OTHER, "given-up") is None


def test_a_call_on_a_new_connection_does_neither(engine: Sandbox, far: Any) -> None:
    engine.cut()
    with pytest.raises(ReadTimeoutError):
        write(far, "given-up")
    engine.heal()
    write(far, "later")
    assert get(engine, OTHER, "given-up") is None


def test_a_call_that_still_waits_is_answered_when_the_link_heals(engine: Sandbox) -> None:
    patient = engine.client(OTHER, endpoint=engine.link_url(HOME, OTHER), read_timeout=20)
    engine.cut()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(write, patient, "patient")
        eventually(lambda: any(link["calls"] for link in engine.status()["links"]))
        engine.heal()
        waiting.result(10)
    assert get(engine, OTHER, "patient") is not None


def test_an_answer_is_lost_when_only_the_way_back_is_cut(engine: Sandbox, far: Any) -> None:
    engine.cut(OTHER, HOME)
    with pytest.raises(ReadTimeoutError):
        write(far, "done")
    assert get(engine, OTHER, "done") is not None


def test_the_own_region_answers_while_every_link_is_cut(engine: Sandbox) -> None:
    engine.cut()
    write(engine.client(HOME), "local")
    assert get(engine, HOME, "local") is not None


def test_after_a_cut_new_calls_work_again(engine: Sandbox, far: Any) -> None:
    engine.cut()
    with pytest.raises(ReadTimeoutError):
        write(far, "first")
    engine.heal()
    write(far, "second")
    assert get(engine, OTHER, "second") is not None


def test_calls_that_wait_at_a_cut_link_are_counted(engine: Sandbox, far: Any) -> None:
    engine.cut()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(write, far, "given-up")
        eventually(lambda: calls(engine) == {(HOME, OTHER): 1, (OTHER, HOME): 0})
        assert isinstance(waiting.exception(10), ReadTimeoutError)
    eventually(lambda: set(calls(engine).values()) == {0})


def test_a_large_answer_passes_in_several_pieces(engine: Sandbox, far: Any) -> None:
    item = {"account_id": {"S": "large"}, "text": {"S": "x" * 390_000}}
    far.put_item(TableName="account-table", Item=item)
    assert far.get_item(TableName="account-table", Key={"account_id": {"S": "large"}})["Item"] == item
