"""The shortest history that still breaks the same invariant."""

from collections.abc import Callable, Sequence

from tests.simulator.schedule import Plan, Step
from tests.simulator.simulation import simulate

ATTEMPTS = 600  # histories that are tried

type Broken = Callable[[Plan], str | None]


def broken(plan: Plan) -> str | None:
    """The invariant that a history breaks."""
    violation, _ = simulate(plan)
    return violation.invariant if violation is not None else None


def shrink(plan: Plan, invariant: str, broken: Broken = broken, attempts: int = ATTEMPTS) -> Plan:
    """Leave out steps as long as ``invariant`` is still broken: first many at once, at last one by one."""
    steps: Sequence[Step] = plan.steps
    size = max(1, len(steps) // 2)
    while attempts > 0:
        start, shorter = 0, False
        while start < len(steps) and attempts > 0:
            fewer = [*steps[:start], *steps[start + size :]]
            attempts -= 1
            if broken(plan.with_steps(fewer)) == invariant:
                steps, shorter = fewer, True
            else:
                start += size
        if size == 1 and not shorter:
            break
        size = max(1, size // 2)
    return plan.with_steps(steps)


def in_words(plan: Plan, limit: int = 120) -> list[str]:
    """The history, line by line: what happened until the violation. Of a long one the middle is left out."""
    lines: list[str] = []
    violation, _ = simulate(plan, lines.append)
    if len(lines) > limit:
        half = limit // 2
        lines = [*lines[:half], f"… {len(lines) - limit} lines …", *lines[-half:]]
    return [*lines, f"violated: {violation}"]
