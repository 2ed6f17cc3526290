"""Small worlds to search: two regions, two accounts, at most four operations (payments, creations, writes by hand)."""

from tests.model.protocol import IDLE, Model, Order, Share, State, Version

type Hands = tuple[tuple[int, int], ...]


def world(
    orders: tuple[Order, ...],
    home: tuple[int | None, int | None],
    away: tuple[int | None, int | None] = (0, 0),
    *,
    kinds: tuple[str, ...] = (),
    hands: Hands = (),
    freezes: int = 0,
    on_the_way: int = 0,
    resent: bool = True,
) -> Model:
    """Accounts 0 and 1 hold ``home`` in the home region and ``away`` in the other; None: there is no such share.

    ``on_the_way`` has been granted from home to the other region's share of account 0, and not been accepted. Not
    ``resent``: where a lone update that is carried out again makes about ten times as many states.
    """
    rows: list[Version] = []
    entries: tuple[list[tuple[object, ...]], ...] = ([], [])
    for account, (here, there) in enumerate(zip(home, away, strict=True)):
        given = (there or 0, on_the_way)[: 2 - account]
        shares = (
            None if here is None else Share(here, here, sum(given) or None),
            None if there is None else Share(there, there, None, there or None),
        )
        rows += [Version(2, share, 2) if share else Version(0, None) for share in shares]
        for region, share in enumerate(shares):
            entries[region].extend([("share", account, region)] if share else [])
        if here is not None:
            entries[0].append(("opening", account, 0, account, here + sum(given)))
    books = (frozenset(entries[0]), frozenset(entries[1]))
    idle = (IDLE,) * len(orders)
    start = State((*rows, *rows), ((),) * 8, books, idle, (IDLE, IDLE), (), hands, freezes)
    return Model(start, orders, kinds, resent)


def pay(name: str, region: int, payer: int, amount: int = 1) -> Order:
    """A payment from ``payer`` to the other account, asked for in ``region``."""
    return Order(name, region, payer, 1 - payer, amount)


SHARES = ((0, 0), (0, 1))
ASKS, LOCAL = pay("t", 1, 0), pay("u", 0, 0)

SCENARIOS = {
    "one id in both regions, and money back": world((ASKS, pay("t", 0, 0), pay("u", 1, 1)), (2, 0)),
    "two grants and a local payment": world((ASKS, pay("v", 1, 0, 2), LOCAL), (4, 0)),
    "one id three times": world((pay("t", 0, 0), pay("t", 0, 0), ASKS), (2, 0), (1, 0)),
    "created twice, and paid from": world(
        (Order("c", 1, None, 1, 1), Order("c", 0, None, 1, 1), pay("t", 1, 1)), (1, None), (0, None)
    ),
    "frozen while a share is opened": world((pay("t", 1, 1), LOCAL), (1, 1), (None, 1), freezes=1),
    "a grant not yet accepted": world((ASKS, pay("u", 0, 0)), (1, 0), on_the_way=1),
    "adopted: put by hand in both regions": world(
        (pay("t", 0, 0), pay("u", 0, 1)), (1, None), (0, None), kinds=("bare",), hands=((1, 0), (1, 0))
    ),
    "note and freeze": world((LOCAL,), (2, 0), kinds=("note",), hands=((0, 0),), freezes=1),
    "note, then set": world((LOCAL,), (2, 0), kinds=("note", "set"), hands=((0, 0), (0, 0))),
    "forge, then set": world((LOCAL,), (2, 0), kinds=("forge", "set"), hands=((0, 0), (0, 0))),
    "put back, and undone": world((LOCAL,), (2, 0), kinds=("note", "undo"), hands=((0, 0), (0, 0))),
    "deleted and put": world((LOCAL,), (2, 0), kinds=("note", "delete"), hands=((0, 0), (0, 0))),
    "deleted between two payments": world((ASKS, pay("u", 1, 0)), (3, 0), kinds=("delete",), hands=((0, 1),)),
    "a status copied and copied again, then forge": world(
        (LOCAL,), (1, 0), kinds=("status", "forge"), hands=((0, 0), (0, 1))
    ),
    "copy of the other account": world((pay("t", 0, 0), pay("v", 1, 1)), (3, 0), kinds=("copy",), hands=((0, 0),)),
    **{
        f"{kind} at home's share": world((ASKS,), (2, 0), kinds=(kind,), hands=((0, 0),), resent=False)
        for kind in ("set", "bare")
    },
    **{
        f"{kind} of {'home' if share == (0, 0) else 'the other'} share, two payments": world(
            (pay("t", 0, 0), pay("u", 1, 0)),
            (3, 0),
            kinds=(kind,),
            hands=(share,),
            resent=kind not in ("note", "forge") or share != (0, 0),
        )
        for kind, share in (
            *((kind, (0, 0)) for kind in ("note", "forge", "grant")),
            *((kind, (0, 1)) for kind in ("set", "note", "bare")),
        )
    },
}

NOTE = "note of home share, two payments"
FORGE, GRANT = "forge of home share, two payments", "grant of home share, two payments"
WEAKER = {
    "grant_seen": ("two grants and a local payment", "a share is not what its records say"),
    "accept_seen": ("a grant not yet accepted", "a share is not what its records say"),
    "own_key": ("copy of the other account", "money lost"),
    "copied_once": ("a status copied and copied again, then forge", "money made"),
    "missing_is_zero": ("a grant not yet accepted", "never at rest"),
    "entry_once": ("one id three times", "a share is not what its records say"),
    "one_stands": ("one id three times", "an acknowledged payment does not stand once"),
    "void": ("one id three times", "an acknowledged payment does not stand once"),
    "void_once": ("one id three times", "a share is not what its records say"),
    "ask_all": ("one id in both regions, and money back", "an executed payment was told that it failed"),
    "share_entry": ("deleted between two payments", "money made"),
    "open_status": ("frozen while a share is opened", "a share opened with a status known to be old"),
    "restore_once": (FORGE, "money lost"),
    "restore_difference": (NOTE, "money made"),
    "restore_counters": (GRANT, "money made"),
    "restore_missing": (GRANT, "money made"),
    "restore_first": ("note, then set", "money made"),
    "restore_version": ("put back, and undone", "money lost"),
    "restore_rebuilt": ("forge, then set", "money lost"),
    "scan": ("note, then set", "money made"),
    "restore_or_rebuild": ("note, then set", "money made"),
    "own_first": ("two grants and a local payment", "an incident without a fault"),
    "giver_at_endpoint": ("two grants and a local payment", "an incident without a fault"),
    "adopt_at_home": ("adopted: put by hand in both regions", "money made"),
}
