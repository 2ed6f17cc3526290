"""Settle an account in this region: accept what was granted, follow the home share's status, cover a deficit.

Everything is decided from the newest rows, never from an event: doing it twice, late or out of order changes
nothing.
"""

from collections.abc import Mapping

from ledger import entries, funds, opening
from ledger.context import Ledger
from ledger.entries import JOURNAL
from ledger.errors import Busy, LedgerError, RegionUnreachable, UnknownAccount
from ledger.requests import Cancelled, Unreachable, Write
from ledger.shares import Counter, Share, acceptable, believe, holdings, over_accepted, total
from ledger.writes import ACCOUNTS, change_share, put_entry, status_unchanged, with_token

ATTEMPTS = 3  # a condition fails when someone else did the work; then look again


def has_work(here: str, home: str, shares: Mapping[str, Share]) -> bool:
    """Whether settling the account would do or check anything in region ``here``."""
    own = shares.get(here)
    others = [share for region, share in shares.items() if region != here]
    if own is None:
        return any(share.granted_to(here) > 0 for share in others)
    return own.balance < 0 or bool(acceptable(own, others)) or _newer_status(own, shares.get(home)) is not None


def settle(ledger: Ledger, account_id: str) -> int:
    """Settle the account in this region; returns the number of things done.

    What depends on a region out of reach, or on a row that is damaged, is left for the sweep.
    """
    done = 0
    for _ in range(ATTEMPTS):
        shares = funds.images(ledger, account_id)
        own = shares.get(ledger.here)
        if own is None:
            return done + _open(ledger, account_id, shares)
        accepts = acceptable(own, shares.values())
        status = _newer_status(own, shares.get(ledger.topology.home))
        if not accepts and status is None:
            return done + (_cover(ledger, own) if own.balance < 0 else 0)
        op = ledger.new_id()
        write = change_share(
            ledger.key(account_id),
            ledger.here,
            op=op,
            now=ledger.now(),
            delta=total(accepts),
            accepts=accepts,
            status=status,
        )
        key = ledger.key(account_id)
        check = with_token(key, ledger.here) if status is None else _home_has(ledger, account_id, status)
        try:
            ledger.local.write([write, check], op)
            done += 1
        except Cancelled:
            continue
    return done


def _open(ledger: Ledger, account_id: str, shares: Mapping[str, Share]) -> int:
    if not any(share.granted_to(ledger.here) > 0 for share in shares.values()):
        return 0
    try:
        return int(opening.open_share(ledger, account_id))
    except (RegionUnreachable, UnknownAccount, Busy):
        return 0  # the home share has not arrived yet, or the own share was deleted by hand: the sweep comes back


def _newer_status(own: Share, registered: Share | None) -> tuple[str, int, int] | None:
    """The status to copy from the home share: (status, its version, the version seen).

    Also another one under the same version: the own share may have copied what a hand wrote into a replica, and what
    home itself never saw.
    """
    if registered is None or registered.region == own.region or registered.status_version < own.status_version:
        return None
    if (registered.status_version, registered.status) == (own.status_version, own.status):
        return None
    return (registered.status, registered.status_version, own.status_version)


def _home_has(ledger: Ledger, account_id: str, status: tuple[str, int, int]) -> Write:
    return status_unchanged(ledger.topology.share_key(account_id, ledger.topology.home), status[0], status[1])


def _cover(ledger: Ledger, own: Share) -> int:
    """Ask the other regions for what the share is below zero; an incident if the whole account is."""
    known: dict[str, Share] = {}
    for region in ledger.others:
        key = ledger.topology.share_key(own.account_id, region)
        try:
            row, opened = ledger.stores[region].get(
                [(ACCOUNTS, {"account_id": key}), (JOURNAL, entries.share_entry_key(key, region))]
            )
        except Unreachable:
            return 0
        share = believe(row, ledger.topology)
        if (row is not None or opened is not None) and (share is None or share.currency != own.currency):
            return 0  # a hand's work, as is a currency that differs: when it is mended, the sweep comes back
        if share is not None:
            known[region] = share
    held = holdings([own, *known.values()], ledger.here)
    if held.balance < 0 and funds.stood_together(ledger, own.account_id, {**known, own.region: own}):
        now = ledger.now()
        name = f"overdrawn~{own.account_id}~{now[:10]}"  # one a day and region while it lasts
        found = entries.incident(name, ledger.here, "overdrawn", now, account=own.account_id, balance=held.balance)
        report_once(ledger, found)
    missing = -own.balance - total(acceptable(own, known.values()))
    for giver in sorted(known.values(), key=lambda share: (-share.balance, share.region)):
        if missing <= 0 or giver.balance <= 0:
            break
        try:
            known[giver.region] = funds.ask(ledger, giver, missing, None)
        except LedgerError:
            return 0
        missing -= giver.balance - known[giver.region].balance
    accepts = acceptable(own, known.values())
    if not accepts:
        return 0
    op = ledger.new_id()
    write = change_share(
        ledger.key(own.account_id), ledger.here, op=op, now=ledger.now(), delta=total(accepts), accepts=accepts
    )
    try:
        ledger.local.write([write, with_token(ledger.key(own.account_id), ledger.here)], op)
    except Cancelled:
        return 0  # accepted meanwhile by someone else
    return 1


def follow_home(ledger: Ledger, account_id: str) -> int:
    """Take the home share's status back if this region's is ahead of it: it was copied from what a hand had written.

    The own share is read first and then home's, consistently, where it is written. Left for the next sweep if home
    cannot be asked now.
    """
    home = ledger.topology.home
    key = ledger.key(account_id)
    (row,) = ledger.local.get([(ACCOUNTS, {"account_id": key})])
    own = believe(row, ledger.topology)
    if own is None or ledger.here == home:
        return 0
    try:
        (home_row,) = ledger.home.get([(ACCOUNTS, {"account_id": ledger.topology.share_key(account_id, home)})])
    except Unreachable:
        return 0
    registered = believe(home_row, ledger.topology)
    if registered is None or registered.status_version >= own.status_version:
        return 0
    now, op = ledger.now(), ledger.new_id()
    status = (registered.status, registered.status_version, own.status_version)
    write = change_share(key, ledger.here, op=op, now=now, status=status)
    found = entries.incident(f"status-taken-back~{op}", ledger.here, "status-taken-back", now, account=account_id)
    try:
        ledger.local.write([write, put_entry(found)], op)
    except Cancelled:
        return 0
    return 1


def give_back(ledger: Ledger, account_id: str) -> int:
    """Give back what was accepted beyond what was ever granted: an image that was believed has lost since.

    The own share is read first and then the giver's, consistently, where it is written: a replica may not have the
    grant yet. What cannot be asked now is left for the next sweep.
    """
    done = 0
    for region in ledger.others:
        giver_key = ledger.topology.share_key(account_id, region)
        (row,) = ledger.local.get([(ACCOUNTS, {"account_id": ledger.key(account_id)})])
        own = believe(row, ledger.topology)
        if own is None or not own.accepted_from(region):
            continue
        try:
            (giver_row,) = ledger.stores[region].get([(ACCOUNTS, {"account_id": giver_key})])
        except Unreachable:
            continue
        giver = believe(giver_row, ledger.topology)
        if giver is None or not (excess := over_accepted(own, giver)):
            continue
        now, op = ledger.now(), ledger.new_id()
        counter = Counter(seen=own.accepted_from(region), new=giver.granted_to(ledger.here))
        write = change_share(
            ledger.key(account_id), ledger.here, op=op, now=now, delta=-excess, accepts={region: counter}
        )
        found = entries.incident(
            f"given-back~{op}", ledger.here, "given-back", now, account=account_id, amount=excess, giver=region
        )
        try:
            ledger.local.write([write, put_entry(found)], op)
        except Cancelled:
            continue
        done += 1
    return done


def report_once(ledger: Ledger, found: Mapping[str, object]) -> bool:
    """Put an incident alone. False if it is known already."""
    try:
        ledger.local.write([put_entry(found)], ledger.new_id())
    except Cancelled:
        return False
    return True
