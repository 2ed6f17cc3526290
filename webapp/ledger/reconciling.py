"""The sweep: everything that the streams should have led to, found and done from state alone.

Streams are trimmed after 24 hours, their failure queues carry positions and not records, and a hand may delete.
So on a schedule each region looks at all its rows once. It writes only what it writes otherwise, so the regions'
sweeps never race, and running it beside traffic is safe.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import batched

from ledger import adopting, condemning, entries, rebuilding, settling, voiding
from ledger.context import Ledger
from ledger.entries import JOURNAL, read_transfer
from ledger.rehearsing import Rehearsed
from ledger.requests import Item
from ledger.shares import ACTIVE, Share, believe, holdings, over_accepted
from ledger.topology import SEPARATOR
from ledger.writes import ACCOUNTS, put_entry

READ_AT_ONCE = 50  # accounts or shares whose rows are read in one BatchGetItem


@dataclass
class Sweep:
    """What a sweep did (``mended``: a line for every thing done) and what it must leave for the next one.

    In a rehearsal (see ``rehearsing.py``) ``mended`` is what it would do first with each subject. ``on_the_way``: by
    account, the currency and what one region had granted to another, as this region saw it before it accepted its own.
    """

    mended: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    on_the_way: dict[str, tuple[str, Decimal]] = field(default_factory=dict)

    def attempt(self, subject: str, why: str, work: Callable[[], int]) -> None:
        """Do ``work`` on ``subject``; one subject that cannot be mended now never stops the sweep."""
        try:
            self.mended += [f"{subject}: {why}"] * work()
        except Rehearsed as would:
            self.mended.append(f"{subject}: {why}: {would}")
        except Exception as error:  # noqa: BLE001  a row that a hand has put may be like nothing that was thought of
            self.left.append(f"{subject}: {type(error).__name__}: {error}")


def reconcile(ledger: Ledger) -> Sweep:
    """Look at every row of both tables in this region, and mend what is this region's to mend.

    Memory: a page of rows, and the keys of damaged shares and of accounts with money on the way. Raises ``Contended``
    or ``Unreachable`` if the table cannot be scanned.
    """
    sweep = Sweep()
    damaged: set[str] = set()
    for page in ledger.local.scan(ACCOUNTS):
        damaged |= _look_at_rows(ledger, page, sweep)
    for entries_of_ids in entries.by_id(ledger.local.scan(JOURNAL)):
        damaged |= _look_at_entries(ledger, entries_of_ids, sweep)
    books = rebuilding.read_books(ledger, damaged)
    for key, found in books.items():
        sweep.attempt(key, "changed by a hand, or missing", partial(rebuilding.rebuild, ledger, key, found))
    return sweep


def _look_at_rows(ledger: Ledger, page: Sequence[Item], sweep: Sweep) -> set[str]:
    """Mend what one page of rows shows; returns the keys of own shares that must be rebuilt."""
    damaged: set[str] = set()
    own: list[Item] = []
    moving: dict[str, None] = {}  # accounts whose money or status has moved between regions
    for row in page:
        owner = ledger.topology.owner(row["account_id"])
        share = believe(row, ledger.topology)
        if share is not None and _may_move(share):
            moving[share.account_id] = None
        if owner == ledger.here:
            own.append(row)
        elif owner is None and ledger.here == ledger.topology.home:
            sweep.attempt(
                row["account_id"], "no account can have such a row", partial(adopting.report_stray, ledger, row)
            )
    for rows in batched(own, READ_AT_ONCE):
        for row, opened in zip(rows, _were_opened(ledger, rows), strict=True):
            if opened and believe(row, ledger.topology) is None:
                damaged.add(row["account_id"])
            elif not opened:
                sweep.attempt(
                    row["account_id"], "the journal does not know this row", partial(_unknown, ledger, row, damaged)
                )
    for account_ids in batched(moving, READ_AT_ONCE):
        _settle(ledger, account_ids, sweep)
    return damaged


def _may_move(share: Share) -> bool:
    """Whether money or status of the account has moved between regions, or should."""
    moved = bool(share.granted) or bool(share.accepted) or share.balance < 0
    return moved or share.status_version > 1 or share.status != ACTIVE


def _were_opened(ledger: Ledger, rows: Sequence[Item]) -> list[bool]:
    """Whether the journal knows each share."""
    keys = [(JOURNAL, entries.share_entry_key(row["account_id"], ledger.here)) for row in rows]
    return [entry is not None for entry in ledger.local.get(keys)]


def _unknown(ledger: Ledger, row: Item, damaged: set[str]) -> int:
    """A row without a ``share~`` entry: put by hand, or the entry was deleted by hand.

    Of an account that the books know, the share is rebuilt from them: what a hand has put there is money from nowhere.
    The bare row of an unknown account is adopted; if it pretends to be a share, it is taken out of use before.
    """
    key = row["account_id"]
    sound = believe(row, ledger.topology) is not None
    done = int(sound and condemning.condemn(ledger, key, row, is_new=False))
    if adopting.is_registered(ledger, ledger.topology.account_of(key)):
        opened = put_entry(entries.share_opened(key, ledger.here, ledger.now(), None))
        ledger.local.write([opened], ledger.new_id())
        damaged.add(key)  # not before: a share without its entry must not be in use
        return done + 1
    if SEPARATOR in key:
        return done + adopting.report_stray(ledger, row)
    return done + int(adopting.adopt(ledger, key))


def _settle(ledger: Ledger, account_ids: Sequence[str], sweep: Sweep) -> None:
    keys = [
        (ACCOUNTS, {"account_id": key}) for some in account_ids for key in ledger.topology.share_keys(some).values()
    ]
    shares: dict[str, dict[str, Share]] = {account_id: {} for account_id in account_ids}
    for row in ledger.local.get(keys):
        if (share := believe(row, ledger.topology)) is not None:
            shares[share.account_id][share.region] = share
    for account_id, images in shares.items():
        if (granted := holdings(images.values(), ledger.here).in_transit) > 0:
            sweep.on_the_way[account_id] = (next(iter(images.values())).currency, granted)
        if settling.has_work(ledger.here, ledger.topology.home, images):
            sweep.attempt(
                account_id, "something to accept, to follow or to cover", partial(settling.settle, ledger, account_id)
            )
        own, registered = images.get(ledger.here), images.get(ledger.topology.home)
        if own is not None and (registered is None or registered.status_version < own.status_version):
            follow = partial(settling.follow_home, ledger, account_id)
            sweep.attempt(account_id, "its status is ahead of the home share's", follow)
        if own is not None and any(
            region not in images or over_accepted(own, images[region]) > 0 for region in own.accepted
        ):
            sweep.attempt(account_id, "accepted more than was granted", partial(settling.give_back, ledger, account_id))


def _look_at_entries(ledger: Ledger, groups: Iterable[list[Item]], sweep: Sweep) -> set[str]:
    """Void what one page of the journal shows to be executed twice; returns the keys of own shares that are missing."""
    opened: list[str] = []
    for group in groups:
        executed_in = {entry["region"] for entry in group if read_transfer(entry) is not None}
        if ledger.here in executed_in and len(executed_in) > 1:
            transfer_id = group[0]["entry_id"]
            sweep.attempt(transfer_id, "another region's execution stands", partial(_void, ledger, transfer_id))
        opened += [key for entry in group if (key := _share_of(ledger, entry)) is not None]
    missing: set[str] = set()
    for keys in batched(opened, READ_AT_ONCE):
        rows = ledger.local.get([(ACCOUNTS, {"account_id": key}) for key in keys])
        missing |= {key for key, row in zip(keys, rows, strict=True) if row is None}
    return missing


def _share_of(ledger: Ledger, entry: Item) -> str | None:
    """The key of the own share that ``entry`` says was opened."""
    key = entry.get("share")
    if entry.get("kind") != "share" or not isinstance(key, str) or ledger.topology.owner(key) != ledger.here:
        return None
    put_here = entries.share_entry_key(key, ledger.here) == entries.key_of(entry)
    return key if put_here else None


def _void(ledger: Ledger, transfer_id: str) -> int:
    return int(voiding.void_own(ledger, transfer_id))
