"""The four stores: the simulated table, moto, the sandbox's engine, and DynamoDB Local."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends

from ledger.dynamodb import DynamoStore
from ledger.requests import Store
from sandbox.schema import tables
from sandbox.testing import Sandbox, running
from tests.integration.store.differences import DIFFERENCES
from tests.simulator.clock import Time
from tests.simulator.world import World
from tests.support import dynamodb_local

REGION = "ap-northeast-2"
# Of no use here: moto makes a new RSA key for every encrypted table, which takes longer than most tests.
SPARED = ("SSESpecification", "DeletionProtectionEnabled")
TABLES = [{name: value for name, value in table.items() if name not in SPARED} for table in tables()]


type Fixture = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Engine:
    """A store, and what is to be done before each test."""

    store: Store
    renew: Callable[[], None] = lambda: None


@contextmanager
def _simulated(_: Fixture) -> Iterator[Engine]:
    yield Engine(World([REGION], Time(), Random(1)).store(REGION, REGION))


@contextmanager
def _moto(_: Fixture) -> Iterator[Engine]:
    with mock_aws():
        client = _client(None)

        def renew() -> None:
            # Every action of a transaction copies the whole table, so it is not to grow.
            dynamodb_backends.reset()
            _create_tables(client)

        yield Engine(DynamoStore(REGION), renew)


@contextmanager
def _ministack(fixture: Fixture) -> Iterator[Engine]:
    sandbox = fixture("sandbox")
    # It keeps rows under keys that are not theirs (see ``differences``); its scans lose their way among those.
    yield Engine(DynamoStore(REGION, sandbox.engine_url), sandbox.reset)


@contextmanager
def _dynamodb_local(fixture: Fixture) -> Iterator[Engine]:
    yield Engine(DynamoStore(REGION, fixture("dynamodb_local_url"), read_timeout=10.0))


ENGINES: dict[str, Callable[[Fixture], AbstractContextManager[Engine]]] = {
    "simulated": _simulated,
    "moto": _moto,
    "ministack": _ministack,
    "dynamodb-local": _dynamodb_local,
}


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox with nothing but its engine."""
    with running(apps=False, resolvers=False) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def dynamodb_local_url() -> Iterator[str]:
    """DynamoDB Local with the ledger's tables; without Java and Maven the test is skipped."""
    try:
        with dynamodb_local.running() as url:
            _create_tables(_client(url))
            yield url
    except dynamodb_local.NotAvailable as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module", params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each engine in turn."""
    with ENGINES[request.param](request.getfixturevalue) as engine:
        yield engine


@pytest.fixture
def store(engine: Engine, request: pytest.FixtureRequest) -> Store:
    """The store under test. Its tables may have what other tests have left: ids are to be unique."""
    kind = request.node.callspec.params["engine"]
    test = request.node.name.replace(f"[{kind}", ": ", 1).replace(": -", ": ", 1).rstrip("]").removesuffix(": ")
    for pattern, why in DIFFERENCES.get(kind, {}).items():
        if fnmatchcase(test, pattern):
            request.applymarker(pytest.mark.xfail(reason=f"{kind} {why}", strict=True))
    engine.renew()
    return engine.store


def _client(url: str | None) -> Any:
    return boto3.session.Session().client("dynamodb", region_name=REGION, endpoint_url=url)


def _create_tables(client: Any) -> None:
    for table in TABLES:
        client.create_table(**table)
