"""Schedules: what happens in one simulated history, decided by a seed before it begins.

A schedule is a list of steps, each a name and a number that the step draws its details from. So any step can be left
out and the others still mean something: that is how a failing history is made short.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

REGIONS = ("ap-northeast-2", "eu-central-1", "us-east-1")

FEWEST = 50  # operations in a history

REQUEST_FAULTS = ("contended", "throttled", "lost", "late", "unanswered", "repeated", "resent", "dies")

type Step = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one history is made of."""

    seed: int
    regions: tuple[str, ...]
    causal: bool
    lossy: bool
    """Whether streams lose records. Then no hand forges rows that only an event could tell from the ledger's own."""
    skews: tuple[float, ...]
    program_skews: tuple[float, ...]
    faults: tuple[str, ...]
    fault_rate: float
    stall_rate: float
    """How often a program stands still before a request, so that much happens between two of them."""
    torn_rate: float
    """How often something may happen between two rows of one read."""
    page: int
    """Rows on a page of a scan."""
    shards: int
    """Of each table's stream in each region."""
    index_lag: int
    """How many of the newest records of a table its indexes do not know."""
    balances: Sequence[int]
    """Of the accounts that there are at the beginning."""
    steps: Sequence[Step] = field(repr=False)

    def with_steps(self, steps: Sequence[Step]) -> "Plan":
        """The same history with other steps."""
        return replace(self, steps=tuple(steps))


# Step: weight. A history leaves out some of those that are marked optional.
_ALWAYS = {
    "pay": 12.0,
    "run": 60.0,
    "deliver": 20.0,
    "resolve": 25.0,
    "tick": 4.0,
    "repeat": 3.0,
    "create": 1.0,
    "probe": 2.0,
    "read": 0.5,
}
_OPTIONAL = {
    "cut": 1.5,
    "heal": 1.5,
    "sweep": 1.0,
    "kill": 1.0,
    "crash": 0.4,
    "create_twice": 0.5,
    "repeat_twice": 2.5,
    "repeat_other": 1.0,
    "freeze": 0.8,
    "again": 1.5,
}
_LOSSES = {"trim": 0.4, "lose": 0.8}
_HANDS = {
    "hand_set": 1.0,
    "hand_set_both": 0.4,
    "hand_put": 0.4,
    "hand_delete": 0.4,
    "hand_new": 0.5,
    "hand_new_both": 0.4,
    "hand_share": 0.2,
    "hand_stray": 0.2,
    "hand_copy_new": 0.3,
    "hand_copy_share": 0.3,
    "plain": 0.6,
}
# A row without room for one more attribute, if a hand then forges it, cannot be taken out of use: its event comes again
# until it is given up.
_HANDS_WHERE_EVENTS_GET_LOST = {"hand_huge": 0.3}
_FORGERIES = {
    "forge_touch": 0.5,
    "forge_old": 0.5,
    "forge_row": 0.4,
    "forge_status": 0.3,
    "forge_copied_status": 0.6,
    "forge_counters": 0.5,
    "forge_entry": 1.0,
    "forge_other_entry": 0.5,
    "forge_copy": 0.4,
    "forge_currency": 0.4,
}
# Steps that always find something to do: there are accounts from the beginning.
_OPERATIONS = {"pay", "create", "create_twice", "read", "freeze"}
_OPERATIONS |= {"hand_set", "hand_set_both", "hand_put", "hand_delete", "hand_new", "hand_new_both", "hand_stray"}
_OPERATIONS |= {"forge_touch", "forge_row", "forge_status", "forge_counters", "forge_currency"}


@dataclass(frozen=True, slots=True)
class Theme:
    """What some histories are about: races that are too rare elsewhere to be relied on.

    ``weights`` and ``of_hands`` (where hands forge rows) take the place of those above. ``hands``: ``True``: there are
    hands, and no event gets lost; ``False``: there are no hands. ``regions``: how many. ``None``: as it comes.
    """

    hands: bool | None = None
    regions: int | None = None
    accounts: tuple[int, ...] = (2, 3, 4, 6)
    balances: tuple[int, ...] = (0, 20, 100, 1000)
    weights: Mapping[str, float] = field(default_factory=dict)
    of_hands: Mapping[str, float] = field(default_factory=dict)
    one_fault: float = 0.2
    """How likely a history has only one kind of fault, and often: one of ``faults``."""
    faults: tuple[str, ...] = REQUEST_FAULTS
    stall_rates: tuple[float, ...] = (0.0, 0.05, 0.2)


_ANY = Theme()
_GRANTS = Theme(
    hands=False,
    accounts=(2,),
    balances=(1000,),
    weights={"create": 0.1, "deliver": 5.0, "sweep": 4.0, "pay": 24.0},
    stall_rates=(0.2,),
)
_STATUSES = Theme(
    hands=True,
    accounts=(2, 3),
    weights={"freeze": 2.0, "pay": 6.0},
    of_hands={"forge_copied_status": 5.0, "forge_touch": 2.0},
    one_fault=0.5,
    faults=("resent",),
)
_JOURNAL = Theme(
    hands=True,
    regions=1,
    accounts=(2, 3),
    balances=(1000,),
    weights={"create": 0.3, "repeat": 10.0, "resolve": 10.0},
    of_hands={"forge_entry": 5.0},
)
_JOURNALS = Theme(
    hands=True,
    regions=2,
    accounts=(2, 3),
    balances=(1000,),
    weights={"create": 0.1, "pay": 1.0, "repeat": 16.0, "repeat_twice": 4.0, "cut": 1.5, "heal": 1.0, "sweep": 3.0},
    of_hands={"forge_entry": 6.0},
)


def draw(seed: int, regions: int | None = None, *, hands: bool | None = None, length: int = 280) -> Plan:
    """The schedule of ``seed``. ``regions``, ``hands``: wanted so, else the seed decides."""
    random = Random(seed)
    theme = random.choice((_ANY, _ANY, _ANY, _ANY, _GRANTS, _STATUSES, _JOURNAL, _JOURNALS))
    drawn, by_hand = random.choice((1, 2, 2, 2, 2, 2, 3, 3)), random.random() < 0.5
    drawn = drawn if theme.regions is None else theme.regions
    count = drawn if regions is None else regions
    by_hand = by_hand if theme.hands is None else theme.hands
    by_hand = by_hand if hands is None else hands
    lossy = random.random() < 0.4 and not theme.hands
    weights = {**_ALWAYS, **_some(random, _OPTIONAL)}
    weights["deliver"] *= random.choice((0.2, 1.0, 1.0))
    weights |= theme.weights
    if lossy:
        weights |= _some(random, _LOSSES)
    if by_hand:
        weights |= _some(random, _HANDS)
        weights |= _some(random, _HANDS_WHERE_EVENTS_GET_LOST if lossy else _FORGERIES)
        weights |= {} if lossy else theme.of_hands
    faults = tuple(fault for fault in REQUEST_FAULTS if random.random() < 0.6)
    often = random.random() < theme.one_fault
    if often:
        faults = (random.choice(theme.faults),)
    spread = random.choice((0.0, 0.0, 0.05, 2.0, 30.0))
    plan = Plan(
        seed=seed,
        regions=REGIONS[:count],
        causal=random.random() < 0.7,
        lossy=lossy,
        skews=tuple(random.uniform(-spread, spread) for _ in REGIONS),
        program_skews=tuple(random.choice((0.0, random.uniform(-spread, spread))) for _ in range(2 * len(REGIONS))),
        faults=faults,
        fault_rate=0.4 if often else random.choice((0.0, 0.02, 0.05, 0.15)),
        stall_rate=random.choice(theme.stall_rates),
        torn_rate=random.choice((0.0, 0.0, 0.05, 0.3)),
        page=random.choice((2, 7, 25)),
        shards=random.choice((1, 1, 2, 3)),
        index_lag=random.choice((0, 1, 4, 12)),
        balances=[random.choice(theme.balances) for _ in range(random.choice(theme.accounts))],
        steps=(),
    )
    kinds = random.choices(list(weights), list(weights.values()), k=length)
    for _ in range(min(FEWEST, length) - len(plan.balances) - _certain(kinds, count)):
        kinds.insert(random.randrange(length), "pay")
    return plan.with_steps([(kind, random.getrandbits(48)) for kind in kinds])


def _certain(kinds: Sequence[str], regions: int) -> int:
    """How many operations such steps are at least."""
    paid = kinds.index("pay") if "pay" in kinds else len(kinds)  # before it there is nothing to repeat
    repeated = sum(kind in ("repeat", "repeat_other") for kind in kinds[paid:])
    twice = 2 * kinds.count("repeat_twice") if regions > 1 else 0
    return repeated + twice + sum(kind in _OPERATIONS for kind in kinds)


def _some(random: Random, weights: dict[str, float]) -> dict[str, float]:
    return {kind: weight * random.choice((0.5, 1.0, 2.0)) for kind, weight in weights.items() if random.random() < 0.6}
