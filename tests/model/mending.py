"""What moves by itself: replication, hands, and what the resolver and the sweep of each region do about them.

``replication`` and ``resolvers`` go on until nothing is left to do. An event may be handled late, again and in any
order; one that tells of a row which fails GUARD may also never be handled.
"""

from collections.abc import Iterator
from typing import Any

from tests.model.payments import opened
from tests.model.protocol import (
    IDLE,
    Event,
    Model,
    Share,
    State,
    Steps,
    Update,
    Version,
    at,
    book,
    changed,
    commit,
    lone,
    number,
    posted,
    sound,
    store,
    updated,
)

type Tasks = Iterator[tuple[str, State, tuple[Any, ...]]]


def replication(m: Model, s: State) -> Steps:
    """What is first in an item's way arrives; the last writer wins. Entries are written by one region only."""
    for i, way in enumerate(s.ways):
        if way:
            here, account, owner = 1 - i // 4, i % 4 // 2, i % 2
            j, t = 4 * here + i % 4, s._replace(ways=changed(s.ways, i, way[1:]))
            if way[0].stamp > s.rows[j].stamp:
                t = t._replace(rows=changed(s.rows, j, way[0]))
                if here == owner and _foreign(s.rows[j], way[0]):
                    t = t._replace(events=(*t.events, Event(account, owner, s.rows[j], way[0])))
            yield f"row {account} of {owner} arrives in {here}", t
    for here in (0, 1):
        for entry in sorted(s.books[1 - here] - s.books[here], key=str):  # the same order in every process
            if entry[0] == "pay" and not lone(m, entry[1]):  # read by nobody otherwise
                yield f"entry {entry[1:4]} arrives in {here}", book(s, here, *entry)


def hands(m: Model, s: State) -> Steps:
    """A hand writes in any region, at any time by its clock: before or after writes of the owner it has not seen."""
    for here in (0, 1) if s.hands else ():
        account, owner = s.hands[0]
        before = s.rows[4 * here + 2 * account + owner]
        stamp, odd = before.stamp, before.stamp + 1 + before.stamp % 2
        newest = s.rows[4 * owner + 2 * account + owner].stamp
        for kind, row in _by_hand(m, s, here, before):
            for new in range(odd, max(odd, newest + 3) + 1, 2) if here != owner else (stamp // 2 * 2 + 2,):
                version = row._replace(stamp=new)
                t = store(s, here, account, owner, version)._replace(hands=s.hands[1:])
                if here == owner and _foreign(before, version):
                    t = t._replace(events=(*t.events, Event(account, owner, before, version)))
                yield f"hand: {kind} row {account} of {owner} in {here}, stamp {new}", t
    home = at(s, 0, 0, 0)
    if s.freezes and home:
        written = updated(m, s, Update(0, 0, "status", home.status, home.status + 3 - home.status % 2 * 2)) or s
        yield "account 0 is frozen or let go", written._replace(freezes=s.freezes - 1)


def repetitions(m: Model, s: State) -> Steps:
    """What the network sends twice. Where it is refused, nothing changes."""
    for u in sorted(s.again, key=str):
        t = updated(m, s, u)
        if t is not None:
            yield f"{u.attribute} of {u.account} in {u.region}, stamp {u.op}, is carried out again", t


def _by_hand(m: Model, s: State, here: int, before: Version) -> Iterator[tuple[str, Version]]:
    """What hands leave of the row. "note": no number changes, but where the copy is old, that is put back.

    "undo": someone who has seen a foreign write puts back what stood there before it.
    """
    row, account, owner = before.share, *s.hands[0]
    for kind in m.kinds:
        match kind:
            case "bare":
                yield kind, Version(0, Share(1, None))
            case "undo":
                yield from ((kind, e.old) for e in s.events if e[:2] == s.hands[0] and e.region == here and e.old.share)
            case "delete" if row:
                yield kind, Version(0, None)
            case "note" if row:
                yield kind, before
            case "copy" if row:  # the other account's row, with everything that it has
                other = s.rows[4 * here + 2 * (1 - account) + owner]
                if other.share:
                    yield kind, other._replace(share=other.share._replace(copied=m.rules.own_key))
            case "status" if row:  # the other one, under the version that is there
                yield kind, before._replace(share=row._replace(status=row.status ^ 1))
            case "set" if row:
                yield kind, before._replace(share=row._replace(balance=row.balance + 1))
            case "forge" if row:
                more: dict[str, Any] = {"balance": row.balance + 1, "ledger": number(row.ledger) + 1}
                yield kind, before._replace(share=row._replace(**more))
            case "grant" if row:
                less: dict[str, Any] = {"balance": row.balance - 1, "ledger": number(row.ledger) - 1}
                yield kind, before._replace(share=row._replace(**less, granted=number(row.granted) + 1))


def _foreign(old: Version, new: Version) -> bool:
    """Whether the resolver sees that the ledger has not written this version: GUARD fails, or the chain is broken."""
    return not sound(new.share) or old.share is None or new.prev != old.last


def resolvers(m: Model, s: State) -> Steps:
    """Each region's resolver finds work, or goes on with it. Everything from state: no event is needed."""
    for here in (0, 1):
        task = s.resolvers[here]
        finds = (_tasks, _voids, _adoptions, _covers) if task == IDLE else ()
        steps = _going_on(m, s, here, *task) if task != IDLE else (step for find in finds for step in find(m, s, here))
        for label, t, then in steps:
            yield f"resolver {here}: {label}", t._replace(resolvers=changed(t.resolvers, here, then))


def _tasks(m: Model, s: State, here: int) -> Tasks:
    """Read rows, and keep what was read until the write."""
    for account in (0, 1):
        own, other, home = (at(s, here, account, owner) for owner in (here, 1 - here, 0))
        granted = number(other.granted) if other and sound(other) else 0
        known = ("share", account, here) in s.books[here]
        if own is None and here and home and granted and not known:
            yield "reads, to open", s, ("open", account, home.status, granted)
        if not sound(own) and (known or (own and ("opening", account, 0) in {entry[:3] for entry in s.books[0]})):
            there = at(s, 1 - here, account, 1 - here)
            seen = there if there and sound(there) else Share(0, 0, status=0)
            version, copy = s.rows[4 * here + 2 * account + here], at(s, 1 - here, account, here)
            kept = max(number(row.granted) if row else 0 for row in (own, copy if sound(copy) else None))
            memory = (version, seen.granted, number(seen.accepted), kept, seen.status)
            yield "reads, to rebuild", s, ("rebuild", account, *memory)
        if not own or not sound(own):
            continue
        if granted > number(own.accepted):
            yield "reads, to accept", s, ("accept", account, number(own.accepted), granted)
        if here and home and sound(home) and home.status != own.status and home.status // 2 >= own.status // 2:
            t = updated(m, s, Update(account, here, "status", own.status, home.status, alone=not m.rules.copied_once))
            yield "mirrors the status", t or s, IDLE
        if number(own.accepted) > granted:
            first, giver = number(own.accepted), at(s, 1 - here, account, 1 - here)
            if not m.rules.own_first:
                first = number(giver.granted) if giver and sound(giver) else first
            yield "reads one share, to give back", s, ("give back", account, first)


def _going_on(m: Model, s: State, here: int, kind: str, account: int, *memory: Any) -> Tasks:
    """Write, if what was read is still so."""
    own, giver = at(s, here, account, here), at(s, 1 - here if m.rules.giver_at_endpoint else here, account, 1 - here)
    match kind:
        case "open":
            yield "opens", opened(m, s, here, account, *memory), IDLE
        case "accept":
            seen, new = memory
            yield "accepts", updated(m, s, Update(account, here, "accepted", seen, new, new - seen)) or s, IDLE
        case "give back" if len(memory) == 1:
            ready = own and giver and sound(own) and sound(giver)
            if ready and own and giver:
                pair = (*memory, number(giver.granted)) if m.rules.own_first else (number(own.accepted), *memory)
                yield "reads the other share, to give back", s, ("give back", account, *pair)
            else:
                yield "cannot give back now", s, IDLE
        case "give back":
            seen, new = memory
            fits = own and sound(own) and seen > new and number(own.accepted) == seen
            t = book(commit(s, here, account, new - seen, accepted=new), here, "back", account, here) if fits else s
            yield "gives back" if fits else "has nothing to give back", t, IDLE
        case _:
            yield "rebuilds", _rebuilt(m, s, here, account, *memory), IDLE


def _rebuilt(
    m: Model, s: State, here: int, account: int, seen: Version, granted: Any, accepted: int, kept: int, status: int
) -> State:
    """What the journal says, and the counters of the other region and of the row itself; if the row is as it was."""
    if s.rows[4 * here + 2 * account + here][1:] != seen[1:]:
        return s
    journal = s if m.rules.scan else _without_payments(s, here)
    before = posted(journal, here, account) + number(granted)
    given = max(accepted, kept)
    given = given if before >= given else accepted
    balance = before - given
    status = status if here and status else max(status, seen.share.status if seen.share else 1)
    share = Share(balance, balance, given or None, granted, status, rebuilt=seen.stamp // 2 * 2 + 2)
    t = book(commit(s, here, account, base=share), here, "share", account, here)
    return book(t, here, "rebuilt", account, here)


def _without_payments(s: State, here: int) -> State:
    """The journal as an index may have it that has not been told of any payment yet."""
    return s._replace(books=changed(s.books, here, frozenset(e for e in s.books[here] if e[0] != "pay")))


def _voids(m: Model, s: State, here: int) -> Tasks:
    """One id in two regions: the execution with the smallest (time, region) stands, the other region undoes its own."""
    for kind, name, region, time, payer, payee, amount in sorted((e for e in s.books[here] if e[0] == "pay"), key=str):
        done = m.rules.void_once and ("void", name, region, time, payer, payee, amount) in s.books[here]
        if region != here or done or not m.rules.void:
            continue
        for other in s.books[here]:
            stands = (other[3], other[2]) < (time, here) if other[:3] == (kind, name, 1 - here) else None
            due = stands or (stands is False and not m.rules.one_stands)
            if due and sound(at(s, here, payer, here)) and sound(at(s, here, payee, here)):
                t = commit(commit(s, here, payer, amount), here, payee, -amount)
                yield "voids", book(t, here, "void", name, region, time, payer, payee, amount), IDLE


def _adoptions(m: Model, s: State, here: int) -> Tasks:
    """A row that nobody made becomes an account, at home."""
    for account in (0, 1) if here == 0 or not m.rules.adopt_at_home else ():
        stamp, row, last, _ = s.rows[4 * here + 2 * account]
        if row and row.ledger is None and ("share", account, 0) not in s.books[here]:
            new = stamp // 2 * 2 + 2
            t = store(s, here, account, 0, Version(new, Share(row.balance, row.balance), new, last))
            t = book(book(t, here, "share", account, 0), here, "opening", account, 0, account, row.balance)
            yield "adopts", book(t, here, "adopted", account, 0), IDLE


def _covers(m: Model, s: State, here: int) -> Tasks:
    """A share below zero: the other region grants what is missing."""
    for account in (0, 1):
        own, giver = at(s, here, account, here), at(s, 1 - here, account, 1 - here)
        if own and giver and sound(own) and sound(giver) and own.balance < 0 < giver.balance and giver.status % 2:
            missing = -own.balance - number(giver.granted) + number(own.accepted)
            if missing > 0:
                size = min(giver.balance, max(missing, giver.balance // 2))
                seen = number(giver.granted)
                yield "covers", updated(m, s, Update(account, 1 - here, "granted", seen, seen + size, -size)) or s, IDLE


def events(m: Model, s: State) -> Steps:
    """The event of a foreign write is handled: it is undone once, from the images in the event."""
    for i, event in enumerate(s.events):
        if not event.done or not m.rules.restore_once:
            t = _restored(m, s, event)
            t = t._replace(events=changed(s.events, i, event._replace(done=True)))
            yield f"event of foreign write {i} is handled", t


def _restored(m: Model, s: State, event: Event) -> State:
    """The first way that is possible: the old row again, Old - New added, out of use until the sweep rebuilds it."""
    account, here, (_, old, was, _), (_, new, names, _), _ = event
    stands = s.rows[4 * here + 2 * account + here]
    row, is_new = stands.share, stands[1:] == event.new[1:]
    known, rebuilt = (((kind, account, here) in s.books[here]) for kind in ("share", "rebuilt"))
    if not sound(old) and not known and not sound(new):
        return s  # not a share; if it is a row at home, it is adopted
    adopted = ("adopted", account, here) in s.books[here]
    if adopted and sound(row) and not sound(old) and (new is None or new.ledger is None):
        return s  # from before the adoption
    if old is None and new is not None and sound(new):
        if is_new and (not known or rebuilt):
            return commit(s, here, account, ledger=None)
        return s
    if old is not None and sound(old):
        if new is not None and is_new and not (rebuilt and m.rules.restore_first):
            return commit(s, here, account, base=old._replace(status=_status(here, old, new)))
        if new is None and row is None and not rebuilt:
            return commit(s, here, account, base=old)
    since = row is not None and new is not None and row.rebuilt != new.rebuilt and m.rules.restore_rebuilt
    status_stands = row and new and old and (row.status == new.status or old.status == new.status)
    fits = not since and (names == was or not m.rules.restore_version)
    if row and new and old and status_stands and sound(row) and sound(new) and fits and old.ledger is not None:
        return commit(s, here, account, base=_shifted(m, here, row, old, new))
    if not m.rules.restore_or_rebuild:
        return s
    return book(s, here, "rebuilt", account, here) if row is None else commit(s, here, account, ledger=None)


def _status(here: int, old: Share, new: Share) -> int:
    """The status as it was; home gives it a version above both, which the other region will copy."""
    newest = max(old.status, new.status) // 2
    return old.status if here or old.status == new.status else 2 * (newest + 1) + old.status % 2


def _shifted(m: Model, here: int, row: Share, old: Share, new: Share) -> Share:
    """Old - New, added to whatever the share is now: its own later writes stay."""
    if not m.rules.restore_difference:
        return old
    delta, counters = number(old.ledger) - number(new.ledger), list[int | None]()
    for now, was, wrote in zip(row[2:4], old[2:4], new[2:4], strict=True):
        if not m.rules.restore_counters:
            counters.append(max(number(now), number(was)))
        else:
            known = m.rules.restore_missing or (was is not None and wrote is not None)
            counters.append(number(now) + number(was) - number(wrote) if known else now)
    status = row.status if old.status == new.status else _status(here, old, new)
    return Share(row.balance + delta, number(row.ledger) + delta, counters[0], counters[1], status, row.rebuilt)
