"""From lines of the spooled files to accounts and journal ids, and from ids to what they did to accounts."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ledger.auditing.accounts import Account
from ledger.auditing.facts import Copy, Entry, EntryFacts, ShareFacts
from ledger.auditing.ids import Entries, executions, undone_later, void_of
from ledger.auditing.looking import Known, Posting
from ledger.auditing.spool import Lines, Spool
from ledger.money import ZERO

_SUMS = ("posted", "taken")  # kinds of lines that end in an amount
_ONCE = ("created",)  # kinds of lines that say nothing new when they are repeated


def by_key(part: Lines) -> dict[str, list[list[Any]]]:
    """All lines of a part by key."""
    found: dict[str, list[list[Any]]] = defaultdict(list)
    for key, values in part:
        found[key].append(values)
    return found


def by_account(part: Lines) -> dict[str, list[list[Any]]]:
    """The lines of a part by account. What was posted is added up at once: one account may have any number of them."""
    found: dict[str, list[list[Any]]] = defaultdict(list)
    sums: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for account_id, values in part:
        if values[0] in _SUMS:
            *what, amount = values
            sums[account_id, *what] += Decimal(amount)
        elif values[0] not in _ONCE or values not in found[account_id]:
            found[account_id].append(values)
    for (account_id, *what), total in sums.items():
        found[account_id].append([*what, total])
    return found


def entries_of(lines: Iterable[list[Any]]) -> dict[str, Entry]:
    """The entries of one id."""
    found: dict[str, Entry] = {}
    for region_key, region, fingerprint, time, facts in lines:
        entry = found.setdefault(region_key, Entry())
        entry.copies[region] = Copy(fingerprint, time)
        if facts is not None:
            entry.facts = EntryFacts.from_json(facts)
    return found


def post(entry_id: str, found: Entries, accounts: Spool, since: str) -> None:
    """Write what the entries of one id did, under the accounts that they did it to.

    A void counts as being as old as what it undoes. One whose execution does not stand there any more, because an
    earlier one of the same region has come back, has taken from the payee all the same.
    """
    executed = executions(found)
    counted = {facts.void_key for facts in executed.values()}
    for region, facts in executed.items():
        _post(accounts, region, facts, 1, recent=facts.at >= since)
        void = void_of(found, facts)
        if void is not None:
            _post(accounts, region, void, -1, recent=facts.at >= since)
            accounts.add(void.accounts[1], "taken", facts.at >= since, str(void.amount))
    for region_key, entry in found.items():
        match entry.facts:
            case EntryFacts(kind="void", moves=True) as void if region_key not in counted:
                accounts.add(void.accounts[1], "taken", False, str(void.amount))
            case EntryFacts(kind="opening", moves=True) as opening:
                accounts.add(opening.accounts[0], "opening", str(opening.amount), opening.currency)
            case EntryFacts(kind="share", flaw="") as share:
                accounts.add(share.accounts[0].partition("@")[0], "opened", share.accounts[0])
            case EntryFacts(kind="creation", flaw="") as creation:
                accounts.add(creation.accounts[0], "created")
            case EntryFacts(kind="incident", flaw="") as incident:
                for account_id in incident.accounts:
                    if incident.amount:
                        accounts.add(account_id, "taken", incident.at >= since, str(incident.amount))
            case _:
                continue
    for region, facts in undone_later(found).items():
        if facts.at < since:
            for account_id, amount in zip(facts.accounts, (-facts.amount, facts.amount), strict=True):
                accounts.add(account_id, "later", entry_id, region, facts.void_key, str(amount), facts.currency)


def _post(accounts: Spool, region: str, facts: EntryFacts, sign: int, *, recent: bool) -> None:
    for account_id, amount in zip(facts.accounts, (-sign * facts.amount, sign * facts.amount), strict=True):
        accounts.add(account_id, "posted", region, facts.currency, recent, str(amount))


def account_of(account_id: str, lines: Iterable[list[Any]]) -> tuple[Account, Known]:
    """An account as the tables said, and what is needed to look at it again."""
    account, known = Account(account_id), Known(account_id)
    for kind, *values in lines:
        match kind:
            case "row":
                key, region, fingerprint, time, last, facts = values
                account.copies.setdefault(key, {})[region] = Copy(fingerprint, time, last)
                known.keys.add(key)
                if facts is not None:
                    account.shares[key] = ShareFacts.from_json(facts)
            case "posted":
                region, currency, recent, amount = values
                account.post(region, amount, currency)
                if not recent:
                    known.posted[region] = known.posted.get(region, ZERO) + amount
                    known.currencies.add(currency)
            case "taken":
                recent, amount = values
                account.taken += amount
                known.taken += ZERO if recent else amount
            case "opening":
                account.opening = (Decimal(values[0]), values[1])
            case "opened":
                account.opened.add(values[0])
            case "created":
                account.created = known.created = True
            case "later":
                entry_id, region, void_key, amount, currency = values
                known.undone_later.append(Posting(entry_id, region, void_key, Decimal(amount), currency))
            case _:
                raise ValueError(f"a line of kind {kind!r}")
    return account, known
