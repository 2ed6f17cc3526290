"""Writing the last use of keys."""

import logging

import pytest

from access.usage import EVERY, Job, LastUse
from ledger.requests import Unreachable
from tests.support.cloud import SetClock


def test_it_is_written_outside_of_the_request_and_once_a_minute() -> None:
    clock, noted, jobs = SetClock(), list[str](), list[Job]()
    uses = LastUse(noted.append, jobs.append, clock)
    for _ in range(int(EVERY * 20)):  # two minutes
        uses.seen("a")
        clock.sleep(0.1)
    uses.seen("b")
    assert noted == []
    for job in jobs:
        job()
    assert noted == ["a", "a", "b"]


def test_a_table_that_does_not_answer_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def note(_key_id: str) -> None:
        raise Unreachable("away")

    LastUse(note, lambda job: job(), SetClock()).seen("a")
    assert [(record.levelno, record.name) for record in caplog.records] == [(logging.WARNING, "access.usage")]
