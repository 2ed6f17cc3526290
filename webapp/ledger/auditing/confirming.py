"""Making sure before money is called missing: the journal is read once more, and not by an index.

Looking again finds the newest entries of an account by the journal's indexes and by their times. An index may lag for
as long as it likes, and a payment's time is that of its beginning: one that was held up long enough is as old as what
was read before it was there. Either would be the same in every look, and look like money lost or made.

So the rows of an account are read, then all of the journal, then the rows again. Whatever the ledger does to a share
changes its row in the same transaction. So to a row that is the same, exactly the entries that were read belong,
whatever time they bear.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import localcontext

from ledger.auditing.accounts import Account
from ledger.auditing.facts import copy_of, entry_facts, writer_of
from ledger.auditing.gathering import account_of, by_account, by_key, entries_of, post
from ledger.auditing.looking import EVER, EXACT, Known, look_at_account
from ledger.auditing.options import Options
from ledger.auditing.reading import Page, Progress, read_all, readable
from ledger.auditing.spool import Spool
from ledger.context import Ledger
from ledger.entries import JOURNAL
from ledger.topology import Topology
from ledger.writes import ACCOUNTS

_AT_ONCE = 100  # rows of one request

type Versions = Mapping[str, str]
"""Digests of an account's rows by their keys, each read where it is written."""


@dataclass(frozen=True, slots=True)
class Records:
    """All that the journal says of an account, and its rows before that was read."""

    known: Known
    versions: Versions


def read_records(ledger: Ledger, accounts: Sequence[Known], options: Options, progress: Progress) -> dict[str, Records]:
    """Read the journal for ``accounts``; by account ids. Nothing else of it is kept. Raises ``Unreadable``."""
    read = {known.account_id: Known(known.account_id, keys=known.keys) for known in accounts}
    with Spool(options.directory, options.parts) as ids, Spool(options.directory, options.parts) as lines:
        versions = _read_versions(ledger, list(read))
        for page in read_all(ledger, options.segments, options.workers, progress, (JOURNAL,)):
            _keep(page, read, ids, ledger.topology)
        with localcontext(EXACT):
            for part in ids.parts():
                for entry_id, found in by_key(part).items():
                    post(entry_id, entries_of(found), lines, EVER)
            for part in lines.parts():
                for account_id, found in by_account(part).items():
                    if account_id in read:
                        read[account_id] = replace(account_of(account_id, found)[1], keys=read[account_id].keys)
    return {account_id: Records(known, versions[account_id]) for account_id, known in read.items()}


def look_surely(ledger: Ledger, records: Records) -> Account | None:
    """The account as its records say, or ``None`` if it has not held still since before they were read."""
    account = look_at_account(ledger, records.known, EVER)
    keys = ledger.topology.share_keys(account.account_id)
    versions = {
        key: account.copies[key][region].fingerprint
        for region, key in keys.items()
        if region in account.copies.get(key, {})
    }
    return account if versions == records.versions else None


def _read_versions(ledger: Ledger, account_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {account_id: {} for account_id in account_ids}
    for region in ledger.topology.regions:
        for first in range(0, len(account_ids), _AT_ONCE):
            some = account_ids[first : first + _AT_ONCE]
            keys = [ledger.topology.share_key(account_id, region) for account_id in some]
            with readable(region):
                rows = ledger.stores[region].get([(ACCOUNTS, {"account_id": key}) for key in keys])
            for account_id, key, row in zip(some, keys, rows, strict=True):
                if row is not None:
                    found[account_id][key] = copy_of(row).fingerprint
    return found


def _keep(page: Page, wanted: Mapping[str, Known], ids: Spool, topology: Topology) -> None:
    """Keep what the region has put itself, if it concerns an account that is ``wanted``."""
    for item in page.items:
        if writer_of(item["region"]) != page.region:
            continue
        facts = entry_facts(item, topology)
        if any(topology.account_of(name) in wanted for name in facts.accounts):
            copy = copy_of(item)
            ids.add(item["entry_id"], item["region"], page.region, copy.fingerprint, copy.time, facts.to_json())
