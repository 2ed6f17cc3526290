"""What is not right with one account: its shares against the records, against each other, and their copies."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from ledger.auditing.facts import BARE, OUT_OF_USE, SOUND, Copy, ShareFacts
from ledger.auditing.findings import Finding, Severity
from ledger.money import ZERO, is_currency, text
from ledger.shares import FROZEN
from ledger.topology import Topology


@dataclass(slots=True)
class Account:
    """All that was read about one account. Keys are those of rows of the accounts table.

    ``posted``: what the journal says each region did to the account, without the opening. ``created``: a request to
    create it was remembered. ``taken``: what was taken from it without asking whether it was there, by voids and to
    put shares right. ``reported``: an incident of these days says that it is below zero; ``nobodys``: rows that an
    incident says are no account's. ``unsteady``: regions whose share changed while it was looked at.
    """

    account_id: str
    copies: dict[str, dict[str, Copy]] = field(default_factory=dict)
    shares: dict[str, ShareFacts] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    opening: tuple[Decimal, str] | None = None
    posted: dict[str, Decimal] = field(default_factory=dict)
    currencies: set[str] = field(default_factory=set)
    created: bool = False
    taken: Decimal = ZERO
    reported: bool = False
    nobodys: set[str] = field(default_factory=set)
    unsteady: set[str] = field(default_factory=set)

    def post(self, region: str, amount: Decimal, currency: str) -> None:
        """Add what one entry did to the account's share in a region."""
        self.posted[region] = self.posted.get(region, ZERO) + amount
        self.currencies.add(currency)

    def recorded(self, region: str, home: str) -> Decimal:
        """All that the journal says about the share of a region."""
        opening = self.opening[0] if self.opening is not None and region == home else ZERO
        return self.posted.get(region, ZERO) + opening

    @property
    def currency(self) -> str:
        """The account's currency, from whatever names one."""
        named = [self.opening[1] if self.opening else "", *(share.currency for share in self.shares.values())]
        return next((code for code in [*named, *sorted(self.currencies)] if is_currency(code)), "")

    def money(self, amount: Decimal) -> str:
        """An amount in words."""
        exact = is_currency(self.currency) and amount.is_finite()
        return f"{text(amount, self.currency) if exact else f'{amount:f}'} {self.currency}".strip()


@dataclass(frozen=True, slots=True)
class Figures:
    """An account in figures, in major units. ``difference``: what the shares hold beyond the records."""

    account_id: str
    currency: str
    shares: int
    balance: Decimal
    on_the_way: Decimal
    opening: Decimal
    difference: Decimal


def share_keys(account: Account, topology: Topology) -> dict[str, str]:
    """The keys that the account's shares have or should have, by region."""
    home = topology.home
    return {
        region: key
        for region, key in topology.share_keys(account.account_id).items()
        if key in account.copies
        or key in account.opened
        or region in account.posted
        or (region == home and account.opening is not None)
    }


def figures(account: Account, topology: Topology) -> Figures:
    """What the account's shares hold, and what they should."""
    balance = on_the_way = difference = ZERO
    for region, key in share_keys(account, topology).items():
        share = account.shares.get(key)
        if share is not None and _counts(account, key, share):
            balance += share.balance if share.balance is not None else ZERO
            on_the_way += sum(share.granted.values(), ZERO) - sum(share.accepted.values(), ZERO)
        difference += _residual(account, key, region, topology)
    opening = account.opening[0] if account.opening is not None else ZERO
    return Figures(account.account_id, account.currency, len(account.shares), balance, on_the_way, opening, difference)


def _counts(account: Account, key: str, share: ShareFacts) -> bool:
    """Whether the row is a share: what a hand has put is none before it is adopted, or if it cannot be."""
    registered = key == account.account_id and account.opening is not None
    return key in account.opened or registered or (share.state != BARE and key not in account.nobodys)


def _residual(account: Account, key: str, region: str, topology: Topology) -> Decimal:
    """What a share holds beyond what the records say."""
    share, recorded = account.shares.get(key), account.recorded(region, topology.home)
    if share is None or not _counts(account, key, share):
        return -recorded
    balance = share.balance if share.balance is not None else ZERO
    return balance + sum(share.granted.values(), ZERO) - sum(share.accepted.values(), ZERO) - recorded


def is_below_zero(account: Account, topology: Topology) -> bool:
    """Whether the account as a whole is."""
    whole = figures(account, topology)
    return whole.balance + whole.on_the_way < 0


def check_account(account: Account, topology: Topology) -> list[Finding]:
    """Everything that is not right with an account."""
    found = [
        *_strays(account, topology),
        *_whole(account, topology),
        *_counters(account, topology),
        *_deficits(account, topology),
    ]
    for region, key in share_keys(account, topology).items():
        found += [*_row(account, key, region, topology), *_copies(account, key, region, topology)]
        if region in account.unsteady:
            words = f"{key}: is paid from or to all the time, its balance could not be held against the records"
            found.append(Finding(Severity.MOVING, "busy", key, "", words))
        else:
            found += _balance(account, key, region, topology)
    return found


def _strays(account: Account, topology: Topology) -> Iterator[Finding]:
    """Rows with keys that no share can have."""
    for key, copies in account.copies.items():
        if topology.owner(key) is not None:
            continue
        if key in account.nobodys:
            yield Finding(Severity.NOTE, "nobodys-row", key, "", f"{key}: a row that is nobody's, left alone")
        else:
            evidence = " ".join(f"{region} {copy.fingerprint}" for region, copy in sorted(copies.items()))
            words = f"{key}: a row that the ledger has not made, and no incident says so"
            yield Finding(Severity.WRONG, "forged-row", key, evidence, words)


def _row(account: Account, key: str, region: str, topology: Topology) -> Iterator[Finding]:
    share, opened = account.shares.get(key), key in account.opened
    if share is None:
        if opened or account.opening is not None:
            words = f"{key}: the journal says that it was opened, and there is no such row in {region}"
            yield Finding(Severity.WRONG, "missing-row", key, region, words)
        return
    evidence = account.copies[key][region].fingerprint
    if key in account.nobodys and not opened and share.state != SOUND:
        yield Finding(Severity.NOTE, "nobodys-row", key, "", f"{key}: a row that is nobody's, left alone")
    elif share.state == OUT_OF_USE:
        words = f"{key}: out of use until the sweep has rebuilt it"
        yield Finding(Severity.WAITING, "out-of-use", key, evidence, words, share.updated)
    elif share.state == BARE and not opened:
        words = f"{key}: a row that the ledger has not made and has not adopted"
        yield Finding(Severity.WRONG, "forged-row", key, evidence, words)
    elif share.state != SOUND:
        words = f"{key}: changed by a hand; payments do not touch it"
        yield Finding(Severity.WRONG, "damaged-row", key, evidence, words, share.updated)
    elif not opened:
        words = f"{key}: a share that the journal does not know"
        yield Finding(Severity.WRONG, "forged-row", key, evidence, words, share.updated)
    elif share.listed != (region == topology.home):
        words = f"{key}: is {'' if share.listed else 'not '}in the list of accounts, in which home shares are"
        yield Finding(Severity.WRONG, "listing", key, "", words, share.updated)


def _balance(account: Account, key: str, region: str, topology: Topology) -> Iterator[Finding]:
    residual = _residual(account, key, region, topology)
    share = account.shares.get(key)
    if not residual or share is None or not _counts(account, key, share):
        if residual:
            recorded = account.money(account.recorded(region, topology.home))
            words = f"{key}: no share, and the records say {recorded}, counters apart"
            yield Finding(Severity.WRONG, "balance", key, str(residual.normalize()), words)
        return
    holds = account.money(share.balance) if share.balance is not None else "no number"
    says = account.money((share.balance if share.balance is not None else ZERO) - residual)
    words = f"{key}: holds {holds}, the records say {says}: {account.money(abs(residual))} too "
    words += "much" if residual > 0 else "little"
    yield Finding(Severity.WRONG, "balance", key, str(residual.normalize()), words, share.updated)


def _copies(account: Account, key: str, region: str, topology: Topology) -> Iterator[Finding]:
    copies = account.copies.get(key, {})
    own = copies.get(region)
    for other in topology.others(region):
        copy = copies.get(other)
        evidence = f"{other} {copy.last if copy is not None else ''}"
        if own is None and copy is not None:
            words = f"{key}: a row in {other}, but not in {region}, which alone writes it"
            yield Finding(Severity.WRONG, "replica-differs", key, f"{other} {copy.fingerprint}", words, copy.time)
        elif own is not None and copy is None:
            words = f"{key}: has not arrived in {other}"
            yield Finding(Severity.WAITING, "replica-behind", key, evidence, words, own.time)
        elif own is not None and copy is not None and copy.fingerprint != own.fingerprint:
            # Of two versions nothing says which is the newer: a payment's time is that of its beginning.
            if copy.last == own.last:
                evidence = f"{other} {copy.fingerprint} {own.fingerprint}"
                words = f"{key}: the copy in {other} is not what {region} has written"
                yield Finding(Severity.WRONG, "replica-differs", key, evidence, words, own.time)
            else:
                words = f"{key}: {other} has the version of {copy.time or 'an unknown time'}"
                yield Finding(Severity.WAITING, "replica-behind", key, evidence, words, own.time)


def _whole(account: Account, topology: Topology) -> Iterator[Finding]:
    """The account as such: it has an opening and one currency, and all shares have its status."""
    name, keys = account.account_id, share_keys(account, topology)
    sound = {region: account.shares[key] for region, key in keys.items() if _is_sound(account, key)}
    if account.opening is None and (sound or account.posted or account.created):
        words = f"{name}: has no opening entry: nothing says where its first money came from"
        yield Finding(Severity.WRONG, "no-opening", name, "", words)
    currencies = {share.currency for share in sound.values()} | account.currencies
    currencies |= {account.opening[1]} if account.opening is not None else set()
    if len(currencies) > 1:
        words = f"{name}: has more than one currency: {', '.join(sorted(currencies))}"
        yield Finding(Severity.WRONG, "currencies", name, words, words)
    registered = sound.get(topology.home)
    for share in sound.values():
        if registered is not None and (share.status, share.version) != (registered.status, registered.version):
            words = f"{name}: {registered.status} at home, a share elsewhere still is {share.status}"
            evidence = f"{registered.version} {share.version}"
            yield Finding(Severity.WAITING, "status-behind", name, evidence, words, registered.updated)


def _is_sound(account: Account, key: str) -> bool:
    return key in account.shares and account.shares[key].state == SOUND


def _counters(account: Account, topology: Topology) -> Iterator[Finding]:
    """What was granted against what was accepted, for each pair of regions."""
    shares = {
        region: share
        for region, key in topology.share_keys(account.account_id).items()
        if (share := account.shares.get(key)) is not None and _counts(account, key, share)
    }
    ways = {(giver, taker) for giver, share in shares.items() for taker in share.granted}
    ways |= {(giver, taker) for taker, share in shares.items() for giver in share.accepted}
    for giver, taker in sorted(ways):
        gave, took = shares.get(giver), shares.get(taker)
        granted = gave.granted.get(taker, ZERO) if gave is not None else ZERO
        accepted = took.accepted.get(giver, ZERO) if took is not None else ZERO
        if granted > accepted:
            words = f"{account.account_id}: {account.money(granted - accepted)} on the way from {giver} to {taker}"
            since = gave.updated if gave is not None else ""
            yield Finding(
                Severity.WAITING, "on-the-way", account.account_id, f"{giver} {taker} {accepted}", words, since
            )
        elif accepted > granted:
            more = account.money(accepted - granted)
            words = f"{account.account_id}: {taker} has taken {more} more from {giver} than {giver} has given"
            evidence = f"{giver} {taker} {granted} {accepted}"
            yield Finding(Severity.WRONG, "over-accepted", account.account_id, evidence, words)


def _deficits(account: Account, topology: Topology) -> Iterator[Finding]:
    """Shares below zero are covered from the others; a whole account below zero has an incident."""
    whole = figures(account, topology)
    total, name = whole.balance + whole.on_the_way, account.account_id
    if total < 0:
        if -total > account.taken:
            severity, why = Severity.WRONG, ": what was undone, restored or given back does not explain it"
        elif not account.reported:
            severity, why = Severity.WAITING, ", and no incident says so since yesterday: the sweep is to report it"
        else:
            severity, why = Severity.NOTE, ""
        words = f"{name}: is below zero: {account.money(total)}{why}"
        yield Finding(severity, "overdrawn", name, str(total.normalize()), words)
        return
    for key, share in account.shares.items():
        if _counts(account, key, share) and share.balance is not None and share.balance < 0:
            frozen = share.status == FROZEN
            words = f"{key}: {account.money(share.balance)}, to be covered by the account's other shares"
            severity = Severity.NOTE if frozen else Severity.WAITING
            yield Finding(severity, "deficit", key, f"{share.balance}", words, share.updated)
