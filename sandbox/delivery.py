"""How AWS feeds a batch of stream records to a function: what is tried again, split in two, given up.

As an event source mapping with ReportBatchItemFailures, BisectBatchOnFunctionError and a bounded number of
attempts does it. No clock and no network here.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

type Record = Mapping[str, Any]


def sequence_number(record: Record) -> str:
    """A record's place in its shard, as the function names it when it reports a failure."""
    return str(record["dynamodb"]["SequenceNumber"])


@dataclass(frozen=True, slots=True)
class Failure:
    """One call that did not do its whole batch. ``error`` is ``None`` when the function itself reported records."""

    error: str | None

    def __str__(self) -> str:
        return self.error or "the function reported a failed record"


class Shard(Protocol):
    """What a delivery does to the outside."""

    def done(self, record: Record) -> bool:
        """Records up to this one need not come again. False: leave the rest of the batch for later."""

    def failed(self, failure: Failure) -> None:
        """A call failed and what it left will be tried again."""

    def give_up(self, record: Record, failure: Failure, attempts: int) -> None:
        """A record has failed alone too often."""

    def pause(self, attempt: int) -> None:
        """Wait before one record is tried again, the longer the more often it failed."""


def deliver(
    records: Sequence[Record], invoke: Callable[[Sequence[Record]], Any], shard: Shard, *, most_attempts: int
) -> None:
    """Call ``invoke`` with ``records`` until each is done or given up, in order, and tell ``shard`` about it.

    A batch that fails without any progress is split in two until the record that does not work stands alone;
    that one is tried ``most_attempts`` times and then given up, so it never blocks those behind it for ever.
    """
    waiting = deque([(list(records), 0)])
    while waiting:
        batch, attempts = waiting.popleft()
        finished, failure = _call(invoke, batch)
        if finished and not shard.done(batch[finished - 1]):
            return
        if failure is None:
            continue
        shard.failed(failure)
        rest = batch[finished:]
        if finished:
            waiting.appendleft((rest, 0))
        elif len(rest) > 1:
            middle = len(rest) // 2
            waiting.extendleft([(rest[middle:], 0), (rest[:middle], 0)])
        elif attempts + 1 < most_attempts:
            shard.pause(attempts)
            waiting.appendleft((rest, attempts + 1))
        else:
            shard.give_up(rest[0], failure, attempts + 1)
            if not shard.done(rest[0]):
                return


def _call(invoke: Callable[[Sequence[Record]], Any], batch: Sequence[Record]) -> tuple[int, Failure | None]:
    """How many records from the front are done, and what went wrong with the next one."""
    try:
        answer = invoke(batch)
    except Exception as error:  # noqa: BLE001  (whatever the function raises is its failure, not ours)
        return 0, Failure(f"{type(error).__name__}: {error}")
    if answer is None:
        return len(batch), None
    places = {sequence_number(record): place for place, record in enumerate(batch)}
    try:
        failed = [item["itemIdentifier"] for item in (answer.get("batchItemFailures") or [])]
        # A name that is not in the batch, an empty one too: AWS takes the whole batch for failed.
        first = min((places.get(name, 0) for name in failed), default=len(batch))
    except (AttributeError, KeyError, TypeError):
        return 0, Failure(f"the function's answer cannot be read: {answer!r:.200}")
    return first, (Failure(None) if failed else None)
