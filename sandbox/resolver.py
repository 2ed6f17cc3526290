"""One region's resolver process: AWS's part between the tables' streams, the schedule and the Lambda's code.

Every stream has a thread that reads it and calls ``handler`` in order, and one thread calls ``reconcile`` on a
schedule. How far each stream is done is kept by the engine (see ``bookkeeping.py``), so this process may be
killed at any moment; what it had taken and not finished is delivered again.
"""

import argparse
import importlib
import logging
import os
import random
import signal
import threading
from collections import deque
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pythonjsonlogger.json import JsonFormatter

from sandbox.bookkeeping import MAPPED_TABLES
from sandbox.client import Client, NotRunning, Refused
from sandbox.config import HOST, SHARD, Settings
from sandbox.delivery import Failure, Record, deliver, sequence_number
from sandbox.events import Context, dead_letter, schedule_event, stream_records

log = logging.getLogger("sandbox.resolver")

BATCH_SIZE = 100
MOST_ATTEMPTS = 5
WAIT = 1.0
"""Seconds that one question for work waits for an answer; also how often the engine hears of this process."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
OLD_BATCHES = 20
LOG_FIELDS = {"levelname": "level", "name": "logger"}
"""As Lambda's own formatter calls them (LogFormat JSON)."""


class StreamReader:
    """One table's event source mapping."""

    def __init__(self, settings: Settings, region: str, table: str, handler: ModuleType, stop: threading.Event) -> None:
        self._region = region
        self._handler = handler
        self._stop = stop
        self._control = Client(settings.control_port)
        self._mapping = f"resolvers/{region}/mappings/{table}"
        self._streams: Any = boto3.client(
            "dynamodbstreams",
            region_name=region,
            endpoint_url=f"http://{HOST}:{settings.engine_port}",
            config=Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1}),
        )
        self._arn = ""
        self._after: str | None = None
        self._iterator: str | None = None
        self._old_batches: deque[Sequence[Record]] = deque(maxlen=OLD_BATCHES)

    def step(self) -> None:
        """Deliver the next batch, if there is one."""
        work = self._control.get(f"{self._mapping}?wait={WAIT}")
        if not work["go"]:
            return
        records = self._read(work["arn"], work["after"])
        if not records:
            return
        deliver(records, self._invoke, self, most_attempts=MOST_ATTEMPTS)
        if work["duplicates"]:
            self._deliver_again(records)

    def _read(self, arn: str, after: str | None) -> list[dict[str, Any]]:
        if (arn, after) != (self._arn, self._after):
            self._iterator = None  # another stream, or another place in it than where the last reading ended
        try:
            if self._iterator is None:
                place = (
                    {"ShardIteratorType": "TRIM_HORIZON"}
                    if after is None
                    else {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
                )
                answer = self._streams.get_shard_iterator(StreamArn=arn, ShardId=SHARD, **place)
                self._iterator = answer["ShardIterator"]
            answer = self._streams.get_records(ShardIterator=self._iterator, Limit=BATCH_SIZE)
        except (ClientError, BotoCoreError):
            self._iterator = None
            raise
        self._arn, self._iterator = arn, answer.get("NextShardIterator")
        records = stream_records(answer["Records"], arn)
        self._after = sequence_number(records[-1]) if records else after
        return records

    def _invoke(self, records: Sequence[Record]) -> Any:
        return self._handler.handler({"Records": list(records)}, Context(self._region))

    def _deliver_again(self, records: Sequence[Record]) -> None:
        """AWS delivers at least once: this batch a second time, and now and then one from long ago."""
        self._old_batches.append(records)
        for batch in (records, random.choice(self._old_batches)):  # nosec B311 # no secret
            try:
                self._invoke(batch)
            except Exception:
                log.exception("%s: a batch failed when it was delivered again", self._mapping)

    # What a delivery does to the outside (delivery.Shard).

    def done(self, record: Record) -> bool:
        """Move the checkpoint; the switch may have been turned off meanwhile."""
        answer = self._control.post(self._mapping, arn=self._arn, after=sequence_number(record))
        return not answer["stopped"] and not self._stop.is_set()

    def failed(self, failure: Failure) -> None:
        """Say in the log and in ``status`` what went wrong."""
        log.warning("%s: %s", self._mapping, failure)
        self._control.post(self._mapping, arn=self._arn, error=str(failure))

    def give_up(self, record: Record, failure: Failure, attempts: int) -> None:
        """Write a dead letter."""
        log.error("%s: given up after %d attempts: record %s", self._mapping, attempts, sequence_number(record))
        letter = dead_letter(record, self._region, error=failure.error, attempts=attempts)
        self._control.post(f"resolvers/{self._region}/dead-letters", letter=letter)

    def pause(self, attempt: int) -> None:
        """Wait longer after every failure of one record, but not while the process should end."""
        self._stop.wait(min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt) * random.uniform(0.5, 1))  # nosec B311 # no secret


class Sweeper:
    """The schedule."""

    def __init__(self, settings: Settings, region: str, handler: ModuleType) -> None:
        self._region = region
        self._handler = handler
        self._control = Client(settings.control_port)
        self._path = f"resolvers/{region}/sweep"

    def step(self) -> None:
        """Run the next sweep, if it is due."""
        if not self._control.get(f"{self._path}?wait={WAIT}")["go"]:
            return
        try:
            answer = self._handler.reconcile(schedule_event(self._region, "account-reconcile"), Context(self._region))
            report: dict[str, Any] = {"mended": int(answer["mended"])}
        except Exception as error:
            log.exception("the sweep failed")
            report = {"error": f"{type(error).__name__}: {error}"}
        self._control.post(self._path, **report)


def _repeat(step: Callable[[], None], stop: threading.Event) -> None:
    """Call ``step`` until the process should end. The engine may be away for a while, or have been made anew."""
    while not stop.is_set():
        try:
            step()
        except (NotRunning, Refused, ClientError, BotoCoreError) as error:
            log.warning("the engine does not serve: %s", error)
            stop.wait(0.5)


def _export_figures(port: int) -> None:
    """Let Prometheus have what the handler's lines tell CloudWatch."""
    # Only here: the rehearsal runs this with the Lambda's artifact, which has no exporter.
    from exporter import counting, serving
    from figures.table import OF_THE_RESOLVER

    logging.getLogger("resolver").addHandler(counting.Prometheus(OF_THE_RESOLVER))
    serving.serve(serving.listen(port))


def main() -> None:
    """Entry point of ``python -m sandbox.resolver --region REGION``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--region", required=True)
    region: str = parser.parse_args().region
    lines = logging.StreamHandler()
    lines.setFormatter(JsonFormatter("{levelname}{name}{message}", style="{", rename_fields=LOG_FIELDS, timestamp=True))
    logging.basicConfig(level=logging.INFO, handlers=[lines])
    if port := os.environ.get("LEDGER_METRICS_PORT"):
        _export_figures(int(port))
    settings = Settings.from_environment()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    handler = importlib.import_module(settings.handler)
    steps = [StreamReader(settings, region, table, handler, stop).step for table in MAPPED_TABLES]
    steps.append(Sweeper(settings, region, handler).step)
    # Daemons: a call that hangs on a cut link must not keep the process from ending.
    threads = [threading.Thread(target=_repeat, args=(step, stop), daemon=True) for step in steps]
    for thread in threads:
        thread.start()
    while all(thread.is_alive() for thread in threads) and not stop.wait(0.5):
        pass
    if not stop.is_set():
        raise SystemExit("a thread of the resolver died: see above")


if __name__ == "__main__":
    main()
