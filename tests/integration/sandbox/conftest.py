"""Sandboxes for the tests of the sandbox: without apps, and with a stand-in for the Lambda's code."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.testing import Sandbox, running

STANDINS = str(Path(__file__).parent / "standins")
LAG = 0.1
LATENCY = 0.02


@pytest.fixture(scope="module")
def _engine() -> Iterator[Sandbox]:
    with running(apps=False, resolvers=False, lag=LAG, call_latency=LATENCY) as sandbox:
        yield sandbox


@pytest.fixture
def engine(_engine: Sandbox) -> Sandbox:
    """The engine alone, with empty tables and all switches as at the start."""
    _engine.heal()
    _engine.lag(LAG)
    _engine.latency(LATENCY)
    _engine.reset()
    return _engine
