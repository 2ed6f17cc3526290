"""Starting, watching and stopping a whole sandbox, and its command line. A stand-in takes the apps' place."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sandbox import ports
from sandbox.config import HOST, ROOT, Settings
from sandbox.testing import DidNotStart, Sandbox, free_offset, running
from tests.integration.sandbox.conftest import STANDINS
from tests.integration.sandbox.tables import HOME, OTHER, eventually, get, put

PARTS = ["engine", f"resolver-{HOME}", f"resolver-{OTHER}", f"app-{HOME}", f"app-{OTHER}", "picture"]


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, object]:
    environment = {"PYTHONPATH": STANDINS, "STANDIN_CALLS": str(tmp_path / "calls.jsonl")}
    standins = {"handler": "standin_handler", "wsgi": "standin_app:app"}
    return {**standins, "lag": 0.1, "environment": environment, "picture": True}


@pytest.fixture
def whole(settings: dict[str, object]) -> Iterator[Sandbox]:
    with running(**settings) as sandbox:  # type: ignore[arg-type]  # settings of several types
        yield sandbox


def said(sandbox: Sandbox) -> str:
    return sandbox.supervisor.log.read_text()


def processes(sandbox: Sandbox) -> list[psutil.Process]:
    supervisor = psutil.Process(sandbox.supervisor.pid)
    return [supervisor, *supervisor.children(recursive=True)]


def alive(process: psutil.Process) -> bool:
    # An ended process whose parent has ended too waits for the system's first process to take notice.
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def nothing_is_left(sandbox: Sandbox, were: list[psutil.Process]) -> bool:
    return not any(alive(process) for process in were) and all(
        ports.is_free(port) for port in sandbox.settings.ports().values()
    )


def app_says(sandbox: Sandbox, region: str) -> str:
    with urllib.request.urlopen(f"{sandbox.app_url(region)}/", timeout=5) as answer:
        text: str = answer.read().decode()
    return text


def command(sandbox: Sandbox, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PORT_OFFSET": str(sandbox.settings.port_offset)}
    line = [sys.executable, "-m", "sandbox", *arguments]
    return subprocess.run(line, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


def test_everything_answers_and_the_first_lines_to_try_are_shown(whole: Sandbox) -> None:
    for region in whole.regions:
        assert app_says(whole, region).split()[0] == region
        assert f"{whole.app_url(region)}" in said(whole)
    with urllib.request.urlopen(f"{whole.picture_url}/", timeout=5) as answer:
        assert b"<title>Account ledger: two regions</title>" in answer.read()
    assert f"  {whole.picture_url}   (both regions, live" in said(whole)
    assert f"curl {whole.app_url(HOME)}/healthcheck" in said(whole)
    assert f"aws --endpoint-url {whole.engine_url} --region {HOME} dynamodb get-item" in said(whole)
    whole.settle()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stops_with_everything_it_has_started(settings: dict[str, object], number: signal.Signals) -> None:
    with running(**settings) as sandbox:  # type: ignore[arg-type]  # settings of several types
        were = processes(sandbox)
        assert len(were) >= 1 + len(PARTS) + 2  # gunicorn's workers as well
        os.kill(sandbox.supervisor.pid, number)
        assert sandbox.supervisor.wait(10)
        assert sandbox.supervisor.exit_status() == 0
        assert nothing_is_left(sandbox, were)
        assert "Stopped" in said(sandbox)


def test_nothing_outlives_a_supervisor_that_is_killed(whole: Sandbox) -> None:
    were = processes(whole)
    os.kill(whole.supervisor.pid, signal.SIGKILL)
    eventually(lambda: nothing_is_left(whole, were), 10)


def test_a_part_that_dies_is_reported_with_its_log_and_started_again(whole: Sandbox) -> None:
    part = f"app-{OTHER}"
    with (whole.settings.directory / f"{part}.log").open("a") as log:
        log.write("the last words\n")
    workers = psutil.Process(whole.pid(part)).children()
    old = whole.kill(part)
    new = whole.wait_restarted(part, old)
    assert workers
    assert not any(alive(worker) for worker in workers)  # they would keep the port
    eventually(lambda: f"{part} answers (process {new})" in said(whole), 10)
    assert f"!! {part} (process {old}) ended by SIGKILL" in said(whole)
    assert "   | the last words" in said(whole)
    assert app_says(whole, OTHER).startswith(OTHER)


def test_a_dead_engine_is_started_with_empty_tables_and_the_others_anew(whole: Sandbox) -> None:
    put(whole, HOME, "cloud")
    pids = {part: whole.pid(part) for part in PARTS}
    whole.kill("engine")
    for part, pid in pids.items():
        assert pid is not None
        whole.wait_restarted(part, pid)
    assert "every table is empty" in said(whole)
    eventually(lambda: said(whole).count(" answers") == 2 * len(PARTS), 15)
    assert get(whole, HOME, "cloud") is None
    put(whole, HOME, "cloud")
    whole.settle()
    assert get(whole, OTHER, "cloud") is not None


def test_a_stop_after_parts_have_died_leaves_nothing_either(settings: dict[str, object]) -> None:
    with running(**settings) as sandbox:  # type: ignore[arg-type]  # settings of several types
        were = processes(sandbox)
        for part in ("engine", f"app-{HOME}", f"resolver-{OTHER}"):
            sandbox.kill(part)
        os.kill(sandbox.supervisor.pid, signal.SIGINT)
        assert sandbox.supervisor.wait(10)
        assert nothing_is_left(sandbox, were)


def test_a_taken_port_is_named_with_its_owner_and_the_way_out() -> None:
    offset = free_offset(Settings())
    port = Settings(port_offset=offset).engine_port
    with socket.create_server((HOST, port)):
        environment = os.environ | {"PORT_OFFSET": str(offset)}
        line = [sys.executable, "-m", "sandbox", "up"]
        ended = subprocess.run(line, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert f"port {port} (engine) is taken by process {os.getpid()}: " in ended.stderr
    assert f"PORT_OFFSET={offset + 100} make sandbox" in ended.stderr


def test_a_part_that_does_not_start_ends_it_with_the_reason(settings: dict[str, object]) -> None:
    with (
        pytest.raises(DidNotStart, match="No module named 'no_such_module'") as failure,
        running(
            **settings | {"wsgi": "no_such_module:app"}  # type: ignore[arg-type]  # settings of several types
        ),
    ):
        raise AssertionError("it started")
    assert f"app-{HOME}" in str(failure.value)


def test_status_for_people_and_for_machines(whole: Sandbox) -> None:
    whole.settle()
    text = command(whole, "status").stdout
    assert "Settled: yes" in text
    assert all(part in text for part in ("supervisor", *PARTS))
    document = json.loads(command(whole, "status", "--json").stdout)
    assert document["parts"]["engine"]["pid"] == whole.pid("engine")
    assert {link["on_the_way"] for link in document["links"]} == {0}


def test_the_switches_of_the_command_line(whole: Sandbox) -> None:
    def links() -> dict[str, tuple[bool, float, float]]:
        return {link["from"]: (link["cut"], link["lag"], link["latency"]) for link in whole.status()["links"]}

    for line, expected in {
        "link cut": {HOME: (True, 0.1, 0.05), OTHER: (True, 0.1, 0.05)},
        f"link heal --from {HOME} --to {OTHER}": {HOME: (False, 0.1, 0.05), OTHER: (True, 0.1, 0.05)},
        "link heal": {HOME: (False, 0.1, 0.05), OTHER: (False, 0.1, 0.05)},
        f"link lag 2.5 --to {HOME}": {HOME: (False, 0.1, 0.05), OTHER: (False, 2.5, 0.05)},
        "link latency 0": {HOME: (False, 0.1, 0.0), OTHER: (False, 2.5, 0.0)},
    }.items():
        ended = command(whole, *line.split())
        assert ended.returncode == 0, ended.stderr
        assert links() == expected, line
    assert command(whole, "resolver", "stop", HOME).returncode == 0
    refused = command(whole, "settle", "--timeout", "60")
    assert refused.returncode == 1
    assert f"the resolver in {HOME} is stopped" in refused.stderr
    assert command(whole, "resolver", "start", HOME).returncode == 0
    assert command(whole, "settle").stdout == "settled\n"


def test_switches_that_make_no_sense_are_refused(whole: Sandbox) -> None:
    for line, status, words in (
        ("link cut --from nowhere", 1, "there is no region nowhere"),
        (f"link cut --from {HOME} --to {HOME}", 1, "no link from"),
        ("resolver stop nowhere", 1, "there is no region nowhere"),
        ("link lag -1", 2, "lag"),
        ("link lag nan", 2, "not negative"),
        ("nonsense", 2, "nonsense"),
    ):
        ended = command(whole, *line.split())
        assert (ended.returncode, words in ended.stderr) == (status, True), (line, ended)


def test_without_a_sandbox_the_command_line_says_how_to_start_one() -> None:
    environment = os.environ | {"PORT_OFFSET": str(free_offset(Settings()))}
    for line in ("status", "settle", "link cut"):
        started = time.monotonic()
        ended = subprocess.run(
            [sys.executable, "-m", "sandbox", *line.split()],
            env=environment, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert ended.returncode == 2
        assert "make sandbox" in ended.stderr
        assert time.monotonic() - started < 5
