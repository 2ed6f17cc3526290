"""The readers of the tables' streams: what Lambda's event source mapping does, and what can go wrong with it."""

from random import Random
from zlib import crc32

from tests.simulator.programs import Process, Task, invoke
from tests.simulator.streams import Record
from tests.simulator.world import World

TRIES = 3  # of one batch, then its first record is given up


class Shard:
    """A part of one table's stream in one region, and its one reader.

    An item is in one shard, so its records come in order; those of others may overtake them. "Using AWS Lambda with
    Amazon DynamoDB" (partial batch responses): what failed first and everything after it comes again. A batch that
    fails as a whole comes again, too.
    """

    def __init__(self, world: World, region: str, table: str, process: Process, part: int = 0, parts: int = 1) -> None:
        self.region = region
        self.table = table
        self.process = process
        self._part, self._parts = part, parts
        self._stream = world.regions[region].tables[table].records
        self._seen = 0
        self._records: list[Record] = []
        self.position = 0
        self.task: Task | None = None
        self._batch: list[Record] = []
        self._tries = 0

    @property
    def behind(self) -> int:
        """How many records it has not read."""
        fresh = self._stream[self._seen :]
        self._seen += len(fresh)
        self._records += [record for record in fresh if self._parts == 1 or self._is_mine(record)]
        return len(self._records) - self.position

    def _is_mine(self, record: Record) -> bool:
        return crc32("~".join(record.keys.values()).encode()) % self._parts == self._part

    def begin(self, size: int) -> Task | None:
        """Invoke the handler on the next batch, if there is one and none is being worked on."""
        if self.task is not None or not self.behind:
            return None
        self._batch = self._records[self.position : self.position + size]
        self.task = self._invocation(self._batch)
        return self.task

    def again(self, random: Random) -> Task | None:
        """Invoke the handler on some old records: a duplicate, or a straggler that works on old events."""
        if not self.position:
            return None
        start = random.randrange(self.position)
        return self._invocation(self._records[start : min(self.position, start + random.randrange(1, 5))])

    def _invocation(self, batch: list[Record]) -> Task:
        return Task(self.process, f"resolver of {self.region} on {len(batch)} of {self.table}", invoke(batch))

    def finish(self, task: Task, *, may_lose: bool) -> bool:
        """The handler has answered or died. Returns whether a record was given up."""
        if task is not self.task:
            return False
        self.task = None
        failures = [failure["itemIdentifier"] for failure in task.value["batchItemFailures"]] if task.value else []
        if task.finished and task.failure is None and not failures:
            self.position += len(self._batch)
            self._tries = 0
            return False
        done = 0
        if failures:
            lowest = min(failures)
            done = sum(record.wire_sequence < lowest for record in self._batch)
        self.position += done
        self._tries = 1 if done else self._tries + 1
        if may_lose and self._tries >= TRIES:
            self.position += 1
            self._tries = 0
            return True
        return False

    def lose(self, count: int) -> int:
        """Go on without some records. Returns how many."""
        if self.task is not None:
            return 0
        lost = min(count, self.behind)
        self.position += lost
        return lost
