"""The stage of one simulated history: the world, its programs, the faults, and who goes on next."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

from greenlet import GreenletExit, getcurrent

from ledger.context import Ledger
from ledger.requests import Contended, Unreachable, Write
from ledger.topology import Topology
from tests.simulator.clock import Time
from tests.simulator.endpoint import Call
from tests.simulator.observer import ACCOUNTS, JOURNAL, Observer
from tests.simulator.programs import Process, Task, ledger_of
from tests.simulator.resolvers import Shard
from tests.simulator.schedule import Plan
from tests.simulator.world import World

STALLED = 0.02  # the pace of a program that stands still between two requests, while others go on
OF_WRITES = ("repeated", "resent")
LATEST = 240.0  # seconds that a request can be late: its signature is valid for five minutes

type Done = Callable[[Task], None]


class Stage:
    """Runs tasks one request at a time, lets faults happen to them, and remembers who waits."""

    def __init__(self, plan: Plan, tell: Callable[[str], None] | None = None) -> None:
        self.plan = plan
        self.random = Random(f"world {plan.seed}")
        self.time = Time()
        self.world = World(plan.regions, self.time, self.random, causal=plan.causal)
        self.world.hook = self._hook
        if plan.torn_rate:
            self.world.between = self._between
        self.topology = Topology(plan.regions)
        self.coverage: Counter[str] = Counter()
        self.observer = Observer(self.world, self.topology, self.coverage)
        self.tell = tell
        for region, skew in zip(self.world.regions.values(), plan.skews, strict=False):
            region.skew = skew
            region.page = plan.page
            for table in region.tables.values():
                table.index_lag = plan.index_lag
        self.world.occurred = self.coverage
        self.coverage["clocks that differ"] += len(set(plan.skews[: len(plan.regions)])) > 1
        self._ids = 0
        self.tasks: dict[Task, Done] = {}
        """Who is not finished, and what to do then."""
        self._late: list[tuple[float, str, Sequence[Write], str, bool]] = []
        """Requests that arrive later than anyone expects."""
        self.apps = {region: self._process("app", region, position) for position, region in enumerate(plan.regions)}
        self.resolvers = {
            region: self._process("resolver", region, len(plan.regions) + position)
            for position, region in enumerate(plan.regions)
        }
        self.shards = [
            Shard(self.world, region, table, self.resolvers[region], part, plan.shards)
            for region in plan.regions
            for table in (ACCOUNTS, JOURNAL)
            for part in range(plan.shards)
        ]

    def _process(self, kind: str, region: str, position: int, endpoints: Mapping[str, str] | None = None) -> Process:
        skew = self.plan.program_skews[position % len(self.plan.program_skews)]
        connect = partial(ledger_of, self.world, region, self.time, skew, self.new_id, self.random.uniform, endpoints)
        return Process(f"{kind} of {region}", connect, foreign=kind == "plain program")

    def foreign(self, region: str, endpoint: str) -> Process:
        """A program in ``region`` that does not know the ledger's rules, and writes at the ``endpoint`` of a region."""
        return self._process("plain program", region, 0, {region: endpoint})

    def new_id(self) -> str:
        """An id that is unique in this history."""
        self._ids += 1
        return f"00000000-0000-0000-0000-{self._ids:012x}"

    def say(self, words: str) -> None:
        """A line of the history."""
        if self.tell is not None:
            self.tell(words)

    # ---- Tasks --------------------------------------------------------------------------------------------------

    def start(self, process: Process, words: str, work: Callable[[Ledger], Any], done: Done) -> Task:
        """Begin a call; it stops before its first request."""
        return self.begin(Task(process, words, work), done)

    def begin(self, task: Task, done: Done) -> Task:
        """Begin a task; it stops before its first request."""
        self.tasks[task] = done
        self.say(f"{task.process.name} begins: {task.words}")
        task.switch()
        self._settled(task)
        return task

    def go_on(self, task: Task, fault: str = "") -> None:
        """Let a task send its next request, and stop before the one after it."""
        task.fault = task.fault or fault
        if self.tell is not None:
            self._tell_request(task)
        task.switch()
        self._settled(task)

    def _tell_request(self, task: Task) -> None:
        call = task.waits_for
        if call is None:
            return
        fault = "" if task.fault in OF_WRITES and call.method != "write" else task.fault
        what: Any = call.arguments[0]
        if call.method == "write":
            what = [f"{write.action} {write.key.get('account_id') or write.key.get('entry_id')}" for write in what]
        elif call.method == "get":
            what = [next(iter(key.values())) for _, key in what]
        self.say(f"  {task.process.name} → {call.target}: {call.method} {what}" + (f" [{fault}]" if fault else ""))

    def _settled(self, task: Task) -> None:
        if task.dead:
            done = self.tasks.pop(task)
            outcome = "died" if not task.finished else f"ends: {task.failure!r}" if task.failure else "ends"
            self.say(f"{task.process.name} {outcome}: {task.words}")
            done(task)

    def finish(self, task: Task) -> None:
        """Let a task run to its end, without faults."""
        task.fault = ""
        while not task.dead:
            self.go_on(task)

    def kill(self, task: Task) -> None:
        """End a task before its next request."""
        task.throw(GreenletExit)
        self._settled(task)

    def crash(self, process: Process) -> None:
        """End a process with everything that it is doing and remembers."""
        self.say(f"{process.name} crashes")
        for task in [task for task in self.tasks if task.process is process]:
            self.kill(task)
        process.restart()

    def end(self) -> None:
        """Let nobody go on: what is left of the programs is thrown away."""
        for task in self.tasks:
            task.throw(GreenletExit)
        self.tasks.clear()

    # ---- Requests -----------------------------------------------------------------------------------------------

    def _hook(self, call: Call, *, done: bool) -> None:
        task = getcurrent()
        if not isinstance(task, Task):
            return
        if done:
            self._answer(task, call)
            return
        task.waits_for = call
        # An answer from another region takes long: until the program goes on, there is time for anything.
        stalls = self.random.random() < self.plan.stall_rate * (4 if task.was_far else 1)
        task.pace, task.was_far = STALLED if stalls else 1.0, call.caller != call.target
        task.let_others_run()
        if task.fault in OF_WRITES and call.method != "write":
            return  # it happens to the next write
        fault, task.fault = task.fault, ""
        if fault:
            self._send(task, call, fault)

    def _between(self, call: Call) -> None:
        task = getcurrent()
        if isinstance(task, Task) and self.random.random() < self.plan.torn_rate:
            tables = self.world.regions[call.target].tables.values()
            before = sum(len(table.records) for table in tables)
            task.waits_for = None
            task.let_others_run()
            self.coverage["fault: torn read"] += before < sum(len(table.records) for table in tables)

    def _send(self, task: Task, call: Call, fault: str) -> None:
        """What happens to a request before it is carried out. Faults are counted where they have an effect."""
        match fault:
            case "contended" | "throttled":
                self.coverage[f"fault: {fault}"] += 1
                raise Contended("TransactionConflict" if fault == "contended" else "ThrottlingException")
            case "lost":
                self.coverage["fault: lost"] += 1
                raise Unreachable("nothing of it arrived")
            case "late":
                self.coverage["fault: late"] += (
                    call.method == "write"
                )  # to be late and to be lost is the same to a read
                self._send_later(task, call)
                raise Unreachable("no answer in time")
            case _:
                task.after = fault

    def _answer(self, task: Task, call: Call) -> None:
        """What happens to a request that was carried out or refused."""
        changed = call.method == "write" and self._written(call.target, call.arguments[0], task.process.foreign)
        after, task.after = task.after, ""
        match after:
            case "unanswered":
                self.coverage["fault: unanswered" + (", written" if changed else "")] += 1
                raise Unreachable("the answer was lost")
            case "dies":
                self.coverage["fault: dies" + (", having written" if changed else "")] += 1
                raise GreenletExit
            case "repeated" if changed:
                # Not a refused one: whoever waits for it to arrive once more could refuse nothing for ever.
                self.coverage["fault: repeated"] += 1
                self._send_later(task, call)
            case "resent" if call.method == "write":
                # The SDK sends the same request again when it has waited long enough.
                self.coverage["fault: resent" + (", written" if changed else "")] += 1
                try:
                    self.world.regions[call.target].write(*call.arguments)
                finally:
                    self._written(call.target, call.arguments[0], task.process.foreign)
            case _:
                pass

    def _written(self, region: str, writes: Sequence[Write], foreign: bool) -> bool:
        return self.observer.written(region, writes, foreign=foreign)

    def _send_later(self, task: Task, call: Call) -> None:
        if call.method == "write":
            writes, token = call.arguments
            self._late.append((self.time.seconds + LATEST, call.target, writes, token, task.process.foreign))

    def arrive_late(self, which: int) -> None:
        """Let one of the late requests arrive, unless that was too long ago."""
        if not self._late:
            return
        until, target, writes, token, foreign = self._late.pop(which % len(self._late))
        if self.time.seconds > until:
            return
        self.say(f"a late request arrives at {target}: {[dict(write.key) for write in writes]}")
        try:
            self.world.regions[target].write(writes, token)
        except Exception as error:  # noqa: BLE001 - nobody is there to hear the answer
            self.say(f"  refused: {error!r}")
        changed = self._written(target, writes, foreign)
        self.coverage["late request arrives" + (", and writes" if changed else "")] += 1

    @property
    def late(self) -> int:
        """How many requests have not arrived yet."""
        return len(self._late)

    # ---- Replication --------------------------------------------------------------------------------------------

    def open_links(self) -> list[tuple[str, str]]:
        """Directions that have something on the way and let it through."""
        return [
            (source, target)
            for source in self.world.names
            for target in self.world.names
            if source != target and (source, target) not in self.world.cuts and self.world.pending(source, target)
        ]

    def deliver(self, random: Random) -> None:
        """Let some changes arrive, in any order between items."""
        links = self.open_links()
        if not links:
            return
        source, target = random.choice(links)
        for _ in range(random.choice((1, 1, 2, 4, 20))):
            waiting = len(self.world.pending(source, target))
            if not waiting:
                break
            newest = random.random() < 0.2
            change = self.world.deliver(source, target, random.randrange(waiting), newest=newest)
            if self.tell is not None:
                self.say(f"  {source} ⇒ {target}: {change.table} {change.key} {_brief(change.item)}")
        self.observer.skip(target)


def _brief(item: Any) -> str:
    if item is None:
        return "deleted"
    shown = {name: item[name] for name in ("balance", "granted", "accepted", "status", "kind") if name in item}
    return ", ".join(f"{name} {value}" for name, value in shown.items())
