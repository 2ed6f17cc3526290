"""The readers of the tables' streams: what Lambda's event source mapping does, and what can go wrong with it."""

from random import Random

from tests.simulator.programs import Process, Task, invoke
from tests.simulator.streams import Record
from tests.simulator.world import World

TRIES = 3  # of one batch, then its first record is given up


class Shard:
    """One table's stream in one region and its one reader.

    "Using AWS Lambda with Amazon DynamoDB" (partial batch responses): what failed first and everything after it comes
    again. A batch that fails as a whole comes again, too.
    """

    def __init__(self, world: World, region: str, table: str, process: Process) -> None:
        self.region = region
        self.table = table
        self.process = process
        self._records = world.regions[region].tables[table].records
        self.position = 0
        self.task: Task | None = None
        self._batch: list[Record] = []
        self._tries = 0

    @property
    def behind(self) -> int:
        """How many records it has not read."""
        return len(self._records) - self.position

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
