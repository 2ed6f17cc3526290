"""The figures that the stacks' metric filters take from the access lines are those of the requests."""

import json
import logging

import pytest

from tests.integration.api.cloud import App
from tests.unit.cloudformation.filters import figures


def test_transfers_and_refusals_are_counted(home: App, caplog: pytest.LogCaptureFixture) -> None:
    home.create("cloud", 1000)
    home.create("it")
    paid = home.pay("cloud", "it", 1).json()
    home.pay("cloud", "it", 5000)
    home.pay("cloud", "nobody", 1)
    home.get(f"/transfer/{paid['transfer_id']}")
    home.get("/healthcheck")
    home.get("/nowhere")
    handler = logging.getHandlerByName("stdout")
    assert handler is not None
    for record in caplog.records:
        handler.filter(record)
    found = figures(json.loads(handler.format(record)) for record in caplog.records)
    assert found.keys() == {"Transfers", "TransferDuration", "Refusals"}
    assert found["Transfers"] == [(1, {})]
    assert len(found["TransferDuration"]) == 3
    assert all(value > 0 for value, _ in found["TransferDuration"])
    codes = [dimensions["Code"] for _, dimensions in found["Refusals"]]
    assert codes == ["insufficient-funds", "unknown-account", "not-found"]
