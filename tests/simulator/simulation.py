"""One simulated history: the steps of a schedule, then healing, then the verdict."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from random import Random

from tests.simulator import programs, verdict
from tests.simulator.clients import kind_of
from tests.simulator.observer import Violation
from tests.simulator.programs import Task
from tests.simulator.resolvers import Shard
from tests.simulator.schedule import Plan
from tests.simulator.traffic import CURRENCIES, Traffic


class Simulation(Traffic):
    """Carries out a plan. ``run`` raises ``Violation``."""

    def run(self) -> None:
        """The whole history."""
        self._found()
        for kind, number in self.plan.steps:
            self.step(kind, Random(number))
            verdict.stop_at_violation(self)
        verdict.close(self)

    def _found(self) -> None:
        random = Random(f"accounts {self.plan.seed}")
        for position, balance in enumerate(self.plan.balances):
            region = random.choice(self.plan.regions)
            currency = "USD" if position < 2 else random.choice(CURRENCIES)
            self.create(region, f"a{position}", Decimal(balance), currency, random)
        for task in list(self.tasks):
            self.finish(task)

    def step(self, kind: str, random: Random) -> None:
        """One step."""
        self.time.advance(random.choice((0.0, 0.0, 0.001, 0.01, 0.3)))
        if kind.startswith(("hand_", "forge_")):
            words = self.hands.act(kind, random)
            if words:
                self.operations += 1
                self.coverage[f"hand: {kind}"] += 1
                self.say(words)
        else:
            getattr(self, f"do_{kind}")(random)

    # ---- Programs -----------------------------------------------------------------------------------------------

    def do_run(self, random: Random) -> None:
        """Some program sends its next requests."""
        if not self.tasks:
            return
        tasks = list(self.tasks)
        (task,) = random.choices(tasks, [task.pace for task in tasks])
        for _ in range(random.choice((1, 1, 2, 3))):
            if task.dead:
                break
            faulty = random.random() < self.plan.fault_rate and self.plan.faults
            self.go_on(task, random.choice(self.plan.faults) if faulty else "")

    def do_kill(self, random: Random) -> None:
        """Some program dies between two requests."""
        if self.tasks:
            self.coverage["fault: killed"] += 1
            self.kill(random.choice(list(self.tasks)))

    def do_crash(self, random: Random) -> None:
        """An app or a resolver dies with everything that it does and remembers."""
        self.coverage["fault: crash"] += 1
        self.crash(random.choice([*self.apps.values(), *self.resolvers.values()]))

    def do_resolve(self, random: Random) -> None:
        """A resolver goes on, or begins its next batch."""
        shard = random.choice(self.shards)
        if shard.task is None:
            task = shard.begin(random.choice((1, 1, 2, 5, 10)))
            if task is None:
                return
            self.begin(task, partial(self.resolved, shard))
        for _ in range(random.choice((0, 1, 2, 4, 8))):
            if shard.task is None:
                break
            faulty = random.random() < self.plan.fault_rate and self.plan.faults
            self.go_on(shard.task, random.choice(self.plan.faults) if faulty else "")

    def resolved(self, shard: Shard, task: Task) -> None:
        """The handler has answered, or died."""
        if task.finished and task.failure is not None:
            self.observer.violated("no unknown exception", f"{task.words}: {task.failure!r}")
        if shard.finish(task, may_lose=self.plan.lossy):
            self.coverage["fault: record given up"] += 1

    def do_again(self, random: Random) -> None:
        """Old records are delivered again, beside the new ones."""
        shard = random.choice(self.shards)
        task = shard.again(random)
        if task is not None:
            self.make_room()
            self.coverage["fault: duplicate batch"] += 1
            self.begin(task, partial(self.resolved, shard))

    def do_trim(self, random: Random) -> None:
        """A stream is trimmed before its reader came."""
        shard = random.choice(self.shards)
        if shard.lose(shard.behind):
            self.coverage["fault: stream trimmed"] += 1

    def do_lose(self, random: Random) -> None:
        """Some records never reach the handler."""
        if random.choice(self.shards).lose(random.randrange(1, 4)):
            self.coverage["fault: records lost"] += 1

    def do_sweep(self, random: Random) -> None:
        """A region looks at all its rows."""
        self.make_room()
        region = random.choice(self.plan.regions)
        self.coverage["sweep"] += 1
        self.start(self.resolvers[region], "sweep", programs.sweep, self._swept)

    def _swept(self, task: Task) -> None:
        # "Raises Contended or Unreachable if the table cannot be scanned": then the schedule comes again.
        if task.finished and kind_of(task.failure) in ("leaked", "final"):
            self.observer.violated("no unknown exception", f"{task.words}: {task.failure!r}")

    # ---- Links and time -----------------------------------------------------------------------------------------

    def do_deliver(self, random: Random) -> None:
        """Some changes arrive."""
        self.deliver(random)

    def do_cut(self, random: Random) -> None:
        """A link is cut, in one direction or both."""
        if len(self.plan.regions) < 2:
            return
        source, target = random.sample(self.plan.regions, 2)
        both = random.random() < 0.6
        before = len(self.world.cuts)
        self.world.cut(source, target)
        if both:
            self.world.cut(target, source)
        ways = "both ways" if both else "one way"
        self.coverage[f"fault: link cut {ways}"] += len(self.world.cuts) > before
        self.say(f"link cut {source} → {target}{' and back' if both else ''}")

    def do_heal(self, _: Random) -> None:
        """All links are whole again."""
        self.world.heal()
        self.say("links heal")

    def do_tick(self, random: Random) -> None:
        """Time passes; late requests arrive."""
        self.time.advance(random.choice((0.0, 0.05, 1.0, 20.0, 300.0)))
        if self.late and random.random() < 0.7:
            self.arrive_late(random.randrange(self.late))


def simulate(plan: Plan, tell: Callable[[str], None] | None = None) -> tuple[Violation | None, Counter[str]]:
    """Carry out a plan. Returns what was violated, if anything, and what occurred how often."""
    violation: Violation | None = None
    with programs.installed():
        simulation = Simulation(plan, tell)
        try:
            simulation.run()
        except Violation as found:
            violation = found
        finally:
            simulation.end()
    simulation.coverage["operations"] = simulation.operations
    return violation, simulation.coverage
