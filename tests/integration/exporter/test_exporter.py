"""The figures for Prometheus, under the real server: of all processes, on loopback, and only if asked for."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from figures.table import OF_THE_APP
from tests.integration.api.server import free_port, serving

TIMEOUT = 60.0  # seconds: a process that starts on a busy machine lets its first requests wait

type Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Service:
    """gunicorn with two workers and an exporter. It has no tables: a healthcheck is a 503."""

    def __init__(self, port: int, metrics_port: int, log: Path) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.metrics_port = metrics_port
        self.log = log

    def ask(self, times: int) -> None:
        """Send requests, each on a connection of its own, so that all workers get some."""
        for _ in range(times):
            assert (
                requests.get(f"{self.url}/nowhere", headers={"Connection": "close"}, timeout=TIMEOUT).status_code == 404
            )

    def scrape(self) -> Samples:
        """Samples by name and labels."""
        answer = requests.get(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=TIMEOUT)
        answer.raise_for_status()
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    def counted(self) -> float:
        """How many of these requests were counted."""
        labels = frozenset({"route": "none", "status": "404"}.items())
        return self.scrape().get(("account_ledger_requests_total", labels), 0)

    def processes(self) -> tuple[psutil.Process, list[psutil.Process]]:
        """The master and its workers."""
        master = _master(self.port)
        return master, master.children()


def _master(port: int) -> psutil.Process:
    """The process that was started to serve ``port``: other tests' engines may run beside it."""
    started = psutil.Process().children()
    (master,) = (process for process in started if port in _listening([process]))
    return master


def _listening(processes: list[psutil.Process]) -> set[int]:
    return {
        connection.laddr.port
        for process in processes
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """The service, counting anew."""
    folder, metrics_port = tmp_path / "figures", free_port()
    folder.mkdir()
    environment = {"LEDGER_METRICS_PORT": str(metrics_port), "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    with serving(tmp_path / "log", LEDGER_WORKERS="2", **environment) as port:
        yield Service(port, metrics_port, tmp_path / "log")


def test_any_worker_tells_the_figures_of_all_and_of_those_that_were_killed(service: Service) -> None:
    service.ask(40)
    assert [service.counted() for _ in range(10)] == [40] * 10
    _, workers = service.processes()
    assert len(workers) == 2
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    deadline = time.monotonic() + TIMEOUT
    while {process.pid for process in service.processes()[1]} & {worker.pid for worker in workers}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    service.ask(2)
    assert service.counted() == 42


def test_it_has_the_figures_of_the_application_from_the_start(service: Service) -> None:
    service.ask(1)
    names = {name for name, _ in service.scrape()}
    for figure in OF_THE_APP:
        if not figure.dimensions:
            suffix = "_total" if figure.kind == "counter" else "_count"
            assert figure.prometheus + suffix in names
    assert all(name.startswith("account_ledger_") for name in names)


def test_it_listens_on_loopback_and_nowhere_else(service: Service) -> None:
    service.ask(1)
    master, workers = service.processes()
    found = {
        connection.laddr.ip
        for process in (master, *workers)
        for connection in process.net_connections("tcp")
        if connection.laddr.port == service.metrics_port and connection.status == psutil.CONN_LISTEN
    }
    assert found == {"127.0.0.1"}
    assert requests.get(f"{service.url}/metrics", timeout=TIMEOUT).status_code == 404


def test_a_port_that_is_taken_stops_no_payment(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        (tmp_path / "figures").mkdir()
        environment = {"LEDGER_METRICS_PORT": taken, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "figures")}
        with serving(tmp_path / "log", **environment) as port:
            assert requests.get(f"http://127.0.0.1:{port}/nowhere", timeout=TIMEOUT).status_code == 404
    assert f"no figures for Prometheus: port {taken}" in (tmp_path / "log").read_text()


def test_without_the_variables_there_is_no_exporter(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as port:
        assert requests.get(f"http://127.0.0.1:{port}/nowhere", timeout=TIMEOUT).status_code == 404
        master = _master(port)
        assert _listening([master, *master.children(recursive=True)]) == {port}


def test_a_port_without_a_directory_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="gunicorn did not start"),
        serving(tmp_path / "log", LEDGER_METRICS_PORT=str(free_port())),
    ):
        raise RuntimeError("it serves")  # pragma: no cover
    assert "PROMETHEUS_MULTIPROC_DIR" in (tmp_path / "log").read_text()
