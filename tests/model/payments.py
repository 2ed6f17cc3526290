"""What programs do for clients: pay, with a grant of the other region if need be, and create. Any of them may die."""

from collections.abc import Iterator
from typing import Any

from tests.model.protocol import (
    IDLE,
    Model,
    Order,
    Share,
    State,
    Steps,
    Update,
    at,
    book,
    changed,
    commit,
    counter_is,
    executed,
    lone,
    number,
    sound,
    updated,
)

DONE: tuple[Any, ...] = ("done",)
WRONG: tuple[Any, ...] = ("refused, though executed",)

type Next = Iterator[tuple[State, tuple[Any, ...]]]


def programs(m: Model, s: State) -> Steps:
    """Each program takes its next step, or dies; a dead one's client may begin again."""
    for i, (order, program) in enumerate(zip(m.orders, s.programs, strict=True)):
        steps = {"idle": begin, "ask": ask, "grant": grant, "post": post, "open": open_share}
        if program[0] in steps:
            for t, then in steps[program[0]](m, s, order, program):
                if (t, then) != (s, program):
                    label = f"{order.name} in {order.region}: {program[0]}, then {then[0]}"
                    yield label, t._replace(programs=changed(s.programs, i, then))
            if program != IDLE:
                yield f"{order.name} in {order.region} dies", s._replace(programs=changed(s.programs, i, IDLE))


def begin(m: Model, s: State, o: Order, _: tuple[Any, ...]) -> Next:
    """A request arrives. ``before``: whether its id had been executed then (it must not be told that it failed)."""
    if o.payer is None:
        yield from create(s, o)
    else:
        before = any(executed(s, o.name, region, region) for region in (0, 1))
        yield from post(m, s, o, ("post", before, None, 0))


def create(s: State, o: Order) -> Next:
    """Home share, entries and, for another region, the grant of the opening money: one transaction at home."""
    if at(s, 0, o.payee, 0) is None and ("share", o.payee, 0) not in s.books[0]:
        money = 0 if o.region else o.amount
        s = commit(s, 0, o.payee, base=Share(money, money, o.amount if o.region else None))
        s = book(book(s, 0, "share", o.payee, 0), 0, "opening", o.payee, 0, o.payee, o.amount)
    yield s, DONE


def post(m: Model, s: State, o: Order, program: tuple[Any, ...]) -> Next:
    """The one write: debit (what was granted is accepted with it), credit, entry, the check on the other's entry."""
    _, before, seen, new = program
    here, known = o.region, [executed(s, o.name, o.region, region) for region in (o.region, 1 - o.region)]
    payer, payee = at(s, here, o.payer or 0, here), at(s, here, o.payee, here)
    unchanged = seen is None or not m.rules.accept_seen or not payer or counter_is(m, payer.accepted, seen)
    if known[1] or (known[0] and m.rules.entry_once):
        yield s, DONE
    elif payer is None or payee is None:
        yield from prepare_open(m, s, here, o.payer or 0 if payer is None else o.payee)
    elif not (sound(payer) and sound(payee) and payer.status % 2 and payee.status % 2 and unchanged):
        yield s, IDLE
    elif (payer.ledger or 0) + new - (seen or 0) < o.amount:
        yield s, look(m, s, o, before) if seen is None else IDLE
    else:
        accepted = payer.accepted if seen is None else new
        t = commit(s, here, o.payer or 0, new - (seen or 0) - o.amount, accepted=accepted)
        t = commit(t, here, o.payee, o.amount)
        for time in (0, 1) if here == 0 else (0,):  # the regions' clocks: either may be behind
            yield book(t, here, "pay", o.name, here, time, o.payer, o.payee, o.amount), DONE


def look(m: Model, s: State, o: Order, before: bool) -> tuple[Any, ...]:
    """What has been granted and is visible here comes first; then the other region is asked."""
    own, giver = at(s, o.region, o.payer or 0, o.region), at(s, o.region, o.payer or 0, 1 - o.region)
    seen, new = (own and own.accepted) or 0, (number(giver.granted)) if giver and sound(giver) else 0
    if own and own.balance + new - seen >= o.amount:
        return ("post", before, seen, max(seen, new))
    if own and m.rules.ask_all:
        return ("ask", before, seen, own.balance)
    return WRONG if before else IDLE


def ask(m: Model, s: State, o: Order, program: tuple[Any, ...]) -> Next:
    """The other region's share and entry, read where they are written. Only then may there be too little."""
    (_, before, seen, balance), other = program, 1 - o.region
    giver = at(s, other, o.payer or 0, other) or Share(0, 0)
    needed = o.amount - balance - (number(giver.granted)) + seen
    if executed(s, o.name, other, other):
        yield s, DONE
    elif not sound(giver):
        yield s, IDLE
    elif needed <= 0:
        yield s, ("post", before, seen, number(giver.granted))
    elif not giver.status % 2 or giver.balance < needed:
        yield s, WRONG if before and giver.status % 2 else IDLE
    else:
        yield s, ("grant", before, seen, number(giver.granted), max(needed, giver.balance // 2))


def grant(m: Model, s: State, o: Order, program: tuple[Any, ...]) -> Next:
    """At the giver's endpoint: GUARD, enough there, active, the counter as it was read, no execution of this id."""
    (_, before, seen, granted, size), other = program, 1 - o.region
    t = updated(m, s, Update(o.payer or 0, other, "granted", granted, granted + size, -size))
    if t is None or executed(s, o.name, other, other):
        yield s, IDLE
    else:  # with a client's id, an entry is looked at in the same transaction: that has a token
        yield t if lone(m, o.name) else t._replace(again=s.again), ("post", before, seen, granted + size)


def prepare_open(m: Model, s: State, here: int, account: int) -> Next:
    """Read what a new share copies: the home share as it is known here, or at home."""
    home = at(s, here, account, 0) or at(s, 0, account, 0)
    yield s, ("open", account, home.status, home.granted or 0) if here and home and sound(home) else IDLE


def open_share(m: Model, s: State, o: Order, program: tuple[Any, ...]) -> Next:
    """Put the share."""
    yield opened(m, s, o.region, *program[1:]), IDLE


def opened(m: Model, s: State, here: int, account: int, status: int, granted: int) -> State:
    """A share where there is none, its ``share~`` entry where there is none, and the bare row absent or as copied."""
    home, known = at(s, here, account, 0), ("share", account, here) in s.books[here]
    current = home is None or home.status == status
    if at(s, here, account, here) is not None or (known and m.rules.share_entry):
        return s
    if not current and m.rules.open_status:
        return s
    s = commit(s, here, account, base=Share(granted, granted, None, granted or None, status))
    s = book(s, here, "share", account, here)
    return s if current else book(s, here, "stale", account, here)
