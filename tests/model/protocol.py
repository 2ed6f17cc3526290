"""The protocol as a small transition system: every action is a function from a state to the states that may follow.

Two regions (0 is home), two accounts (0 and 1), a share of each account per region. A share is written by the ledger
only in its own region; the copies travel item by item. What a rule is there for is found out by taking it away: see
``Rules``. ``search.py`` looks at every state that can be reached.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

IDLE: tuple[Any, ...] = ("idle",)

type Steps = Iterator[tuple[str, State]]


class Share(NamedTuple):
    """A share's row. None: the attribute is not there. ``status`` is twice its version, and one more if active.

    ``copied``: a hand has put another share's row here, so ``share`` is not the key.
    """

    balance: int
    ledger: int | None
    granted: int | None = None
    accepted: int | None = None
    status: int = 1
    rebuilt: int = 0
    copied: bool = False


class Version(NamedTuple):
    """What stands under a key, and when it was written: no two writes of a share have the same stamp.

    The owner's writes have even stamps, those of other regions odd ones. ``last`` and ``prev`` are what the row says:
    the ledger writes its stamp and the ``last`` it found, a hand leaves those of the row it copies; 0: not there.
    """

    stamp: int
    share: Share | None
    last: int = 0
    prev: int = 0


class Event(NamedTuple):
    """A record of the share's own region's stream about a write that was not the ledger's. ``done``: incident put."""

    account: int
    region: int
    old: Version
    new: Version
    done: bool = False


class Update(NamedTuple):
    """A request that changes one share and nothing else, from ``seen`` to ``new``.

    ``alone``: it goes without a token, so the network (or the SDK) may send it once more. ``op``: the stamp that it was
    given when it was carried out first, or 0.
    """

    account: int
    region: int
    attribute: str
    seen: int
    new: int
    delta: int = 0
    alone: bool = True
    op: int = 0


class State(NamedTuple):
    """Everything. Rows and ways (what is on its way from a region) by [4 * region + 2 * account + writing region]."""

    rows: tuple[Version, ...]
    ways: tuple[tuple[Version, ...], ...]
    books: tuple[frozenset[tuple[Any, ...]], ...]
    """Journal entries known in each region: (kind, id or account, region, …)."""
    programs: tuple[tuple[Any, ...], ...]
    """What each order's program does now, and what it has read."""
    resolvers: tuple[tuple[Any, ...], ...]
    """What each region's resolver has read and is about to write."""
    events: tuple[Event, ...] = ()
    hands: tuple[tuple[int, int], ...] = ()
    """Shares (account, writing region) that a hand may still write."""
    freezes: int = 0
    again: frozenset[Update] = frozenset()
    """What has been carried out and may be once more."""


@dataclass(frozen=True)
class Rules:
    """The rules that have a reason. The protocol is all of them; each False is a simpler protocol that loses."""

    grant_seen: bool = True  # a grant asks for the counter that was read
    accept_seen: bool = True  # so does an acceptance
    own_key: bool = True  # a share's row names its key
    copied_once: bool = True  # a status is copied in a transaction, which has a token; False: by an update alone
    missing_is_zero: bool = True  # a counter that is not there yet equals zero in a condition
    entry_once: bool = True  # a transfer's entry is put where there is none
    one_stands: bool = True  # of two executions the smallest (time, region) stands; False: each region voids its own
    void: bool = True  # … False: neither does
    void_once: bool = True  # a void's entry is put where there is none
    ask_all: bool = True  # insufficient-funds is said only when the other region has answered
    share_entry: bool = True  # a share is opened where the journal has not seen it opened
    open_status: bool = True  # … and if the home share still has the status that was copied
    restore_once: bool = True  # the incident is put where there is none
    restore_difference: bool = True  # Old - New is added; False: the old image is put back
    restore_counters: bool = True  # … to the counters, too; False: the greater counter is kept
    restore_missing: bool = True  # … where a counter is not there, as to zero
    restore_first: bool = True  # the old row is put back only where the share was never rebuilt
    restore_version: bool = True  # … if the hand has left the name of the version as it was
    restore_rebuilt: bool = True  # … if the share was not rebuilt since
    scan: bool = True  # a share is rebuilt from the journal itself; False: from an index, which lags
    restore_or_rebuild: bool = True  # a share that an event cannot mend any more is condemned, so that it is rebuilt
    own_first: bool = True  # give-back reads the own share before the giver's
    giver_at_endpoint: bool = True  # … and the giver's where it is written
    adopt_at_home: bool = True  # only the home region makes an account of a row that nobody made


class Order(NamedTuple):
    """A request to pay (or, with ``payer`` None, to create ``payee``), sent to a region. Same name: a repetition."""

    name: str
    region: int
    payer: int | None
    payee: int
    amount: int


@dataclass(frozen=True)
class Model:
    """A small world: what clients ask for, what hands may do (kinds, and which shares), and which rules hold.

    ``resent``: whether each lone update may be carried out a second time, at any time.
    """

    start: State
    orders: tuple[Order, ...] = ()
    kinds: tuple[str, ...] = ()
    resent: bool = False
    rules: Rules = field(default_factory=Rules)


# ---- Rows, entries, conditions --------------------------------------------------------------------------------------


def sound(share: Share | None) -> bool:
    """GUARD: the numbers are the ledger's own, and no copy of another share's."""
    return share is not None and share.balance == share.ledger and not share.copied


def number(value: int | None) -> int:
    """A counter that is not there yet is zero."""
    return value or 0


def at(s: State, here: int, account: int, owner: int) -> Share | None:
    """The share as it stands in region ``here``."""
    return s.rows[4 * here + 2 * account + owner].share


def changed[T](values: tuple[T, ...], index: int, value: T) -> tuple[T, ...]:
    """``values`` with another value in one place."""
    return (*values[:index], value, *values[index + 1 :])


def store(s: State, here: int, account: int, owner: int, version: Version) -> State:
    """Write a row in region ``here`` and send it to the other region.

    There, only counters, status and soundness of a row are ever read. So where no hand may still write the share, a
    version takes the place of the one before it if these are the same: all that can be seen of it is the same.
    """
    i, j = 4 * here + 2 * account + owner, 4 * (1 - here) + 2 * account + owner
    rows, way = changed(s.rows, i, version), s.ways[i]
    before = way[-1] if way else s.rows[j]
    follows = here == owner and (account, owner) not in s.hands and before.stamp < version.stamp
    if follows and _alike(before.share, version.share):
        if not way:
            return s._replace(rows=changed(rows, j, version))
        way = way[:-1]
    return s._replace(rows=rows, ways=changed(s.ways, i, (*way, version)))


def _alike(one: Share | None, two: Share | None) -> bool:
    return one is not None and two is not None and sound(one) and sound(two) and one[2:] == two[2:]


def commit(
    s: State, region: int, account: int, delta: int = 0, base: Share | None = None, op: int = 0, **changes: Any
) -> State:
    """The ledger writes its own share: on top of what stands there, or (``base``) with a whole row."""
    before = s.rows[4 * region + 2 * account + region]
    share, stamp = base or before.share, before.stamp // 2 * 2 + 2
    assert share is not None
    if delta:
        changes |= {"balance": share.balance + delta, "ledger": (share.ledger or 0) + delta}
    return store(s, region, account, region, Version(stamp, share._replace(**changes), op or stamp, before.last))


def updated(m: Model, s: State, u: Update) -> State | None:
    """An update is carried out, if GUARD and its own conditions hold."""
    share = s.rows[5 * u.region + 2 * u.account].share
    if share is None or not sound(share) or not _fits(m, share, u):
        return None
    changes: dict[str, Any] = {u.attribute: u.new}
    t = commit(s, u.region, u.account, u.delta, op=u.op, **changes)
    if u.op or not u.alone or not m.resent:
        return t._replace(again=s.again - {u})
    return t._replace(again=s.again | {u._replace(op=t.rows[5 * u.region + 2 * u.account].last)})


def _fits(m: Model, share: Share, u: Update) -> bool:
    match u.attribute:
        case "granted":
            unchanged = counter_is(m, share.granted, u.seen) or not m.rules.grant_seen
            return unchanged and share.balance >= -u.delta and share.status % 2 == 1
        case "accepted":
            return counter_is(m, share.accepted, u.seen) or not m.rules.accept_seen
        case _:
            return share.status // 2 == u.seen // 2


def book(s: State, region: int, *entry: Any) -> State:
    """Put a journal entry."""
    return s._replace(books=changed(s.books, region, s.books[region] | {entry}))


def lone(m: Model, name: str) -> bool:
    """Whether nobody else asks for this id: then the server may have made it, and its grant is a lone update."""
    return sum(order.name == name for order in m.orders) == 1


def executed(s: State, name: str, here: int, region: int) -> bool:
    """Whether ``here`` knows an execution of this id in ``region``."""
    return any(entry[:3] == ("pay", name, region) for entry in s.books[here])


def counter_is(m: Model, counter: int | None, seen: int) -> bool:
    """``attribute_not_exists(counter)`` for zero, else ``counter = :seen``."""
    return counter == seen or (m.rules.missing_is_zero and counter is None and seen == 0)


def posted(s: State, region: int, account: int) -> int:
    """What the journal says that this region did to the account."""
    total = 0
    for kind, _, where, *what in s.books[region]:
        if where == region and kind == "opening" and what[0] == account:
            total += what[1]
        elif where == region and kind in ("pay", "void"):
            _, payer, payee, amount = what
            total += (amount if kind == "pay" else -amount) * ((payee == account) - (payer == account))
    return total
