"""Looking again at what looked wrong: one account or one journal id, read consistently in every region.

A share's balance belongs to exactly the entries that were there at one moment. So the share is read, then the newest
entries, then the share again: if it is the same row, it was the same all the time. Entries older than ``since`` were
all there before the tables were read; what they come to is known. Those between are read before, to keep the moment
short. All are found by the indexes of the journal, which lag by milliseconds: what is missing for that reason, or was
undone in between, is there when it is looked at the next time. What is missing for longer: see ``confirming``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Context, Decimal, localcontext

from ledger import entries
from ledger.adopting import OBJECTIONS, unknown_id
from ledger.auditing.accounts import (
    Account,
    Figures,
    check_account,
    figures,
    is_below_zero,
    share_keys,
)
from ledger.auditing.facts import SOUND, Entry, EntryFacts, copy_of, entry_facts, share_facts, writer_of
from ledger.auditing.findings import Finding
from ledger.auditing.ids import Entries, executions, is_too_long
from ledger.auditing.reading import readable
from ledger.context import Ledger, timestamp
from ledger.entries import INCIDENT, INCIDENT_LOG, JOURNAL, VOID
from ledger.money import ZERO
from ledger.names import is_account_id
from ledger.requests import Item, Key, Query, Store
from ledger.statements import RECEIVED, SENT
from ledger.topology import Topology
from ledger.writes import ACCOUNTS

EXACT = Context(prec=300)  # any sum of what DynamoDB can hold: 1E-130 to 9.9E+125
_PAGE = 100  # entries of one query
_ATTEMPTS = 5  # at finding a moment in which the share holds still
_A_MOMENT = timedelta(seconds=10)  # in which entries appear after their time, and more than clocks are apart
EVER = "~"  # after every time
_INCIDENTS = "incidents"  # index


@dataclass(frozen=True, slots=True)
class Posting:
    """What one execution did to one account in a region. ``void_key``: the sort key of what would undo it."""

    entry_id: str
    region: str
    void_key: str
    amount: Decimal
    currency: str


@dataclass(slots=True)
class Known:
    """What the tables said of an account: the keys of its rows, and what entries older than ``since`` come to.

    ``undone_later``: executions older than ``since`` that a region is still to undo. ``created`` and ``taken``
    (without what is not older): see ``Account``.
    """

    account_id: str
    keys: set[str] = field(default_factory=set)
    posted: dict[str, Decimal] = field(default_factory=dict)
    currencies: set[str] = field(default_factory=set)
    undone_later: list[Posting] = field(default_factory=list)
    created: bool = False
    taken: Decimal = ZERO


type Look = tuple[list[Finding], Figures | None]
"""What was found when an account or id was looked at once, and an account's figures."""


def checked(account: Account, topology: Topology) -> Look:
    """What there is to say of an account that was read."""
    with localcontext(EXACT):
        return check_account(account, topology), figures(account, topology) if share_keys(account, topology) else None


def look_at_account(ledger: Ledger, known: Known, since: str) -> Account:
    """Read an account again. Raises ``Unreadable``."""
    account = Account(known.account_id, posted=dict(known.posted), currencies=set(known.currencies))
    account.created, account.taken = known.created, known.taken
    regions = ledger.topology.regions
    with localcontext(EXACT):
        for region in regions:
            with readable(region):
                _read(ledger, account, known, region, since)
        for region in regions if is_below_zero(account, ledger.topology) else ():
            with readable(region):
                _read_causes(ledger, account, region, since)
    return account


def _read(ledger: Ledger, account: Account, known: Known, region: str, since: str) -> None:
    store, topology = ledger.stores[region], ledger.topology
    is_account = is_account_id(account.account_id)
    keys = sorted(known.keys | set(topology.share_keys(account.account_id).values() if is_account else ()))
    rows = dict(zip(keys, store.get([(ACCOUNTS, {"account_id": key}) for key in keys]), strict=True))
    for key, row in rows.items():
        if row is not None:
            account.copies.setdefault(key, {})[region] = copy_of(row)
    if not is_account:
        _read_reports(ledger, account, rows, region)
        return
    own = topology.share_key(account.account_id, region)
    row = rows[own]
    later = [posting for posting in known.undone_later if posting.region == region]
    undone = _voids(store, {posting.entry_id: posting.void_key for posting in later})
    newest, newest_undone = dict[str, EntryFacts](), set[str]()
    for _ in range(_ATTEMPTS):
        until = max(since, timestamp(ledger.clock.now() - _A_MOMENT))
        for earlier in _executions(ledger, account.account_id, region, since, until):
            _post(account, region, earlier, _undone(store, earlier))
        since = until
        (row,) = store.get([(ACCOUNTS, {"account_id": own})])
        newest = {}
        for page in _executions(ledger, account.account_id, region, since):
            newest |= page
        newest_undone = _undone(store, newest)
        if store.get([(ACCOUNTS, {"account_id": own})]) == [row]:
            break
    else:
        account.unsteady.add(region)
    _post(account, region, newest, newest_undone)
    if row is not None:
        account.copies.setdefault(own, {})[region] = copy_of(row)
        account.shares[own] = share_facts(row, topology)
    else:
        account.copies.get(own, {}).pop(region, None)
    for posting in later:
        if posting.entry_id in undone:
            account.post(region, -posting.amount, posting.currency)
            account.taken += max(ZERO, posting.amount)
    _read_entries(ledger, account, own, region)
    _read_reports(ledger, account, {**rows, own: row}, region)


def _post(account: Account, region: str, executed: Mapping[str, EntryFacts], undone: set[str]) -> None:
    """Add what a region has executed from or to the account, and not ``undone``."""
    for entry_id, facts in executed.items():
        received = facts.accounts[1] == account.account_id
        if entry_id not in undone:
            account.post(region, facts.amount if received else -facts.amount, facts.currency)
        elif received:
            account.taken += facts.amount


def _read_causes(ledger: Ledger, account: Account, region: str, since: str) -> None:
    """What incidents from ``since`` on say about how the account may have come below zero."""
    after, full = since, True
    while full:
        query = Query(JOURNAL, _INCIDENTS, "incident_log", INCIDENT_LOG, "position", _PAGE, after=after)
        page = ledger.stores[region].query(query)
        for item in page:
            facts = entry_facts(item, ledger.topology) if item["region"] == region + INCIDENT else None
            if facts is not None and not facts.flaw and account.account_id in facts.accounts:
                account.taken += facts.amount if facts.at >= since else ZERO
        full = len(page) == _PAGE
        after = str(page[-1]["position"]) if page else after


def _read_entries(ledger: Ledger, account: Account, own: str, region: str) -> None:
    """Whether the share was opened, the account's opening, and whether an incident says that it is overdrawn."""
    now = ledger.clock.now()
    days = [timestamp(now - timedelta(days=back))[:10] for back in (0, 1)]
    overdrawn = [f"overdrawn~{account.account_id}~{day}" for day in days]
    keys: list[tuple[str, Key]] = [
        (JOURNAL, entries.share_entry_key(own, region)),
        (JOURNAL, entries.opening_key(account.account_id, region)),
        *((JOURNAL, entries.transfer_key(name, region + INCIDENT)) for name in overdrawn),
    ]
    share, opening, *incidents = ledger.stores[region].get(keys)
    if share is not None:
        account.opened.add(own)
    if opening is not None and (facts := entry_facts(opening, ledger.topology)).moves:
        account.opening = (facts.amount, facts.currency)
    account.reported = account.reported or any(map(entries.is_sealed, incidents))


def _read_reports(ledger: Ledger, account: Account, rows: dict[str, Item | None], region: str) -> None:
    """Which of the rows that this region answers for are known to be nobody's: an incident says so."""
    topology = ledger.topology
    for key, row in rows.items():
        if row is None or (topology.owner(key) or topology.home) != region:
            continue
        if share_facts(row, topology).state == SOUND or key in account.opened:
            continue
        names = [entries.transfer_key(unknown_id(key, row, why), region + INCIDENT) for why in OBJECTIONS]
        if any(incident is not None for incident in ledger.stores[region].get([(JOURNAL, name) for name in names])):
            account.nobodys.add(key)


def _executions(
    ledger: Ledger, account_id: str, region: str, since: str, until: str = EVER
) -> Iterator[dict[str, EntryFacts]]:
    """What a region has executed from or to the account from ``since`` on and before ``until``, by id, page by page."""
    store = ledger.stores[region]
    for index, attribute in (SENT, RECEIVED):
        after = since
        while after < until:
            query = Query(JOURNAL, index, attribute, account_id, "position", _PAGE, after=after)
            page = store.query(query)
            found: dict[str, EntryFacts] = {}
            for item in page:
                facts = entry_facts(item, ledger.topology) if item["region"] == region else None
                if facts is not None and facts.kind == "transfer" and facts.moves and since <= facts.at < until:
                    found[item["entry_id"]] = facts
            yield found
            after = str(page[-1]["position"]) if len(page) == _PAGE else until


def _undone(store: Store, executed: Mapping[str, EntryFacts]) -> set[str]:
    return _voids(store, {entry_id: facts.void_key for entry_id, facts in executed.items()})


def _voids(store: Store, void_keys: Mapping[str, str]) -> set[str]:
    """Which of the ids have an entry under their void's sort key."""
    if not void_keys:
        return set()
    rows = store.get([(JOURNAL, entries.transfer_key(entry_id, key)) for entry_id, key in void_keys.items()])
    return {entry_id for entry_id, row in zip(void_keys, rows, strict=True) if row is not None}


def look_at_id(ledger: Ledger, entry_id: str, region_keys: set[str]) -> Entries:
    """Read the entries of one id again: those known, and what every region has executed and undone under it.

    And whether an incident says that another payment was undone than the one that stands.
    """
    found: dict[str, Entry] = {}
    with localcontext(EXACT):
        _read_id(ledger, entry_id, sorted(region_keys | set(ledger.topology.regions)), found)
        voids = {facts.void_key for facts in executions(found).values()} - found.keys()
        _read_id(ledger, entry_id, sorted(voids), found)
        for key, entry in found.items():
            if VOID in key and not is_too_long(entry_id):
                entry.reported = _is_reported(ledger, entry_id, writer_of(key))
    return found


def _read_id(ledger: Ledger, entry_id: str, keys: list[str], found: dict[str, Entry]) -> None:
    for region in ledger.topology.regions if keys else ():
        with readable(region):
            rows = ledger.stores[region].get([(JOURNAL, entries.transfer_key(entry_id, key)) for key in keys])
        for key, row in zip(keys, rows, strict=True):
            if row is not None:
                entry = found.setdefault(key, Entry())
                entry.copies[region] = copy_of(row)
                if writer_of(key) == region:
                    entry.facts = entry_facts(row, ledger.topology)


def _is_reported(ledger: Ledger, entry_id: str, region: str) -> bool:
    if region not in ledger.stores:
        return False
    with readable(region):
        key = entries.transfer_key(f"different-transfers~{entry_id}", region + INCIDENT)
        (incident,) = ledger.stores[region].get([(JOURNAL, key)])
    return entries.is_sealed(incident)
