"""Every state that can be reached, breadth first, and what must hold in it."""

from dataclasses import dataclass

from tests.model import mending, payments
from tests.model.protocol import Event, Model, State, at, number, posted, sound


@dataclass(frozen=True)
class Result:
    """``settled``: states in which nothing is left to do. ``broken``: what did not hold, after the steps ``path``."""

    states: int
    settled: int
    broken: str = ""
    path: tuple[str, ...] = ()


def search(m: Model) -> Result:
    """All states. The first that breaks something is one of those that are reached in the fewest steps."""
    numbers, found = {m.start: 0}, [m.start]
    came_from: list[tuple[int, str]] = [(0, "")]
    mended_from: dict[int, list[int]] = {}
    settled: list[int] = []
    for i, state in enumerate(found):
        mends = [*mending.replication(m, state), *mending.resolvers(m, state), *mending.events(m, state)]
        waits = any(_only_told(state, event) for event in state.events)
        left = waits or any(not label.startswith("event") and t != state for label, t in mends)
        broken = always(m, state) or ("" if left else at_rest(m, state))
        if broken:
            return Result(len(found), len(settled), broken, _path(came_from, i))
        settled += [] if left else [i]
        rest = (*payments.programs(m, state), *mending.hands(m, state), *mending.repetitions(m, state))
        for n, (label, t) in enumerate((*mends, *rest)):
            j = numbers.setdefault(t, len(found))
            if j == len(found):
                found.append(t)
                came_from.append((i, label))
            if n < len(mends):
                mended_from.setdefault(j, []).append(i)
    stuck = set(range(len(found))) - _reaching(settled, mended_from)
    if stuck:
        return Result(len(found), len(settled), "never at rest", _path(came_from, min(stuck)))
    return Result(len(found), len(settled))


def _reaching(goals: list[int], sources: dict[int, list[int]]) -> set[int]:
    """All states from which replication, resolvers and events alone can lead to one of ``goals``."""
    reached, queue = set(goals), list(goals)
    for i in queue:
        new = set(sources.get(i, ())) - reached
        reached |= new
        queue += new
    return reached


def _path(came_from: list[tuple[int, str]], i: int) -> tuple[str, ...]:
    steps: list[str] = []
    while i:
        i, label = came_from[i]
        steps.append(label)
    return tuple(reversed(steps))


def always(m: Model, s: State) -> str:
    """What does not hold, of what must hold at every moment."""
    kinds = {entry[0] for books in s.books for entry in books}
    if payments.WRONG in s.programs:
        return "an executed payment was told that it failed"
    if "stale" in kinds:
        return "a share opened with a status known to be old"
    if s.hands != m.start.hands:
        return ""  # what a hand has done is mended later
    if "back" in kinds:
        return "an incident without a fault"
    for account, region in ((0, 0), (0, 1), (1, 0), (1, 1)):
        share = at(s, region, account, region)
        if share and share.balance < 0 and "void" not in kinds:
            return "a share below zero"
        counters = number(share.accepted) - number(share.granted) if share else 0
        if share and share.balance != posted(s, region, account) + counters:
            return "a share is not what its records say"
    return ""


def at_rest(m: Model, s: State) -> str:
    """What does not hold, of what must hold when nothing is left to do."""
    if any(one.share != two.share for one, two in zip(s.rows[:4], s.rows[4:], strict=True)):
        return "replicas differ"
    for account in (0, 1):
        shares = [at(s, region, account, region) for region in (0, 1)]
        if any(not sound(shares[region]) and (shares[region] or _known(s, account, region)) for region in (0, 1)):
            return "a share lost or damaged"
        held = [share for share in shares if share]
        total, due = sum(share.balance for share in held), sum(posted(s, region, account) for region in (0, 1))
        if total != due:
            return "money lost" if total < due else "money made"
        one, two = ((number(share.granted), number(share.accepted)) if share else (0, 0) for share in shares)
        if one != two[::-1]:
            return "money on the way"
        if total >= 0 and any(share.balance < 0 for share in held):
            return "a share stays below zero"
        if s.hands == m.start.hands and len({share.status for share in held}) > 1:
            return "statuses differ"
    for order, program in zip(m.orders, s.programs, strict=True):
        entries = [e[0] for region in (0, 1) for e in s.books[region] if e[1] == order.name and e[2] == region]
        if program == payments.DONE and order.payer is not None and entries.count("pay") - entries.count("void") != 1:
            return "an acknowledged payment does not stand once"
    return ""


def _only_told(s: State, event: Event) -> bool:
    """Whether nothing but this event tells of a foreign write, because a sound row stands there now.

    A lost event of any other is made good by the sweep, which finds a row that fails GUARD or is missing.
    """
    of_share = [e for e in s.events if e[:2] == event[:2]]
    put_again = any(e.old.share is None and sound(e.new.share) for e in of_share)
    return not event.done and (sound(event.new.share) or (event.new.share is None and put_again))


def _known(s: State, account: int, region: int) -> bool:
    return ("share", account, region) in s.books[region]
