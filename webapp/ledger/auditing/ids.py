"""What is not right with one journal id: its entries, their copies in the regions, its executions and their voids."""

from collections.abc import Iterator, Mapping

from ledger.auditing.facts import Entry, EntryFacts, writer_of
from ledger.auditing.findings import Finding, Severity
from ledger.money import is_currency, text
from ledger.topology import Topology

type Entries = Mapping[str, Entry]
"""The entries of one id by their sort key (``region``)."""

# Bytes. The longest ids that the ledger gives have the key of a share in them. DynamoDB takes 2,048, so a name that is
# made from an id of a hand may be none that can be asked for.
LONGEST_ID = 512


def check_id(entry_id: str, found: Entries, topology: Topology) -> list[Finding]:
    """Everything that is not right with an id."""
    return [
        *_id(entry_id),
        *_copies(entry_id, found, topology),
        *_flaws(entry_id, found),
        *_executions(entry_id, found),
        *_voids(entry_id, found),
    ]


def is_too_long(entry_id: str) -> bool:
    """Whether the ledger cannot have given this id."""
    return len(entry_id.encode("utf-8", "surrogatepass")) > LONGEST_ID


def _id(entry_id: str) -> Iterator[Finding]:
    if is_too_long(entry_id):
        words = f"{entry_id[:40]}…: an id of more than {LONGEST_ID} bytes, and the ledger gives none"
        yield Finding(Severity.WRONG, "foreign-id", entry_id, "", words)


def _copies(entry_id: str, found: Entries, topology: Topology) -> Iterator[Finding]:
    for region_key, entry in found.items():
        writer, name = writer_of(region_key), f"{entry_id} of {region_key}"
        if writer not in topology.regions:
            yield Finding(Severity.WRONG, "forged-entry", entry_id, region_key, f"{name}: no region of that name")
            continue
        own = entry.copies.get(writer)
        since = own.time if own is not None else ""
        for region in topology.regions:
            copy = entry.copies.get(region)
            evidence = f"{region_key} {region} {copy.fingerprint if copy is not None else ''}"
            if own is None and copy is not None:
                words = f"{name}: stands in {region}, but not in {writer}, which alone writes it"
                yield Finding(Severity.WRONG, "forged-entry", entry_id, evidence, words, copy.time)
            elif own is not None and copy is None:
                words = f"{name}: has not arrived in {region}"
                yield Finding(Severity.WAITING, "replica-behind", entry_id, evidence, words, since)
            elif own is not None and copy is not None and copy.fingerprint != own.fingerprint:
                words = f"{name}: the copy in {region} says something else than that in {writer}"
                yield Finding(Severity.WRONG, "replica-differs", entry_id, evidence, words, since)


def _flaws(entry_id: str, found: Entries) -> Iterator[Finding]:
    for region_key, entry in found.items():
        if entry.facts is not None and entry.facts.flaw:
            words = f"{entry_id} of {region_key}: {entry.facts.flaw}"
            yield Finding(Severity.WRONG, "changed-entry", entry_id, f"{region_key} {words}", words, entry.facts.at)


def executions(found: Entries) -> dict[str, EntryFacts]:
    """The executions of a transfer id by region."""
    return {
        region: entry.facts
        for region, entry in found.items()
        if entry.facts is not None and entry.facts.kind == "transfer" and entry.facts.moves
    }


def void_of(found: Entries, execution: EntryFacts) -> EntryFacts | None:
    """The entry that undoes an execution."""
    entry = found.get(execution.void_key)
    return entry.facts if entry is not None and entry.facts is not None and entry.facts.moves else None


def stands_in(executed: Mapping[str, EntryFacts]) -> str:
    """The region whose execution stands."""
    return min(executed, key=lambda region: (executed[region].at, region))


def undone_later(found: Entries) -> dict[str, EntryFacts]:
    """The executions that are to be undone and are not yet, by region."""
    executed = executions(found)
    if len(executed) < 2:
        return {}
    stands = stands_in(executed)
    return {region: facts for region, facts in executed.items() if region != stands and void_of(found, facts) is None}


def _executions(entry_id: str, found: Entries) -> Iterator[Finding]:
    for region, facts in undone_later(found).items():
        stands = stands_in(executions(found))
        visible = region in found[stands].copies
        amount = _money(facts)
        words = f"{entry_id}: {stands} executed it first, and {region} has not undone its own execution of {amount}"
        why = "" if visible else f"; the first has not arrived in {region}"
        # However old it is: both executions stand in the records, so no money is lost or made, and whoever undoes it
        # may come late. A void that somebody has deleted is missing in a balance.
        yield Finding(Severity.WAITING, "duplicate", entry_id, region, words + why, facts.at)


def _voids(entry_id: str, found: Entries) -> Iterator[Finding]:
    executed = executions(found)
    for key, entry in found.items():
        void, region = entry.facts, writer_of(key)
        if void is None or void.kind != "void" or not void.moves:
            continue
        if region in executed and key != executed[region].void_key:
            continue  # of an execution that a hand had hidden, and that this one has taken the place of
        if region not in executed or region == stands_in(executed):
            words = f"{entry_id}: {region} has undone what it was not to undo"
            yield Finding(Severity.WRONG, "forged-void", entry_id, region, words, void.at)
        elif (void.accounts, void.amount, void.currency) != (
            executed[region].accounts,
            executed[region].amount,
            executed[region].currency,
        ):
            words = f"{entry_id}: the void of {region} says {_money(void)}, the transfer {_money(executed[region])}"
            yield Finding(Severity.WRONG, "forged-void", entry_id, f"{region} {words}", words, void.at)
        elif _undid_another(executed, region, void) and not entry.reported:
            words = (
                f"{entry_id}: {region} has undone another payment than stands in {void.stands_in}: no incident says so"
            )
            yield Finding(Severity.WRONG, "unreported", entry_id, region, words, void.at)


def _undid_another(executed: Mapping[str, EntryFacts], region: str, void: EntryFacts) -> bool:
    """Whether what a region undid is another payment than the one that made it undo it, which is an incident."""
    first = executed.get(void.stands_in)
    return first is not None and first.digest != executed[region].digest


def _money(facts: EntryFacts) -> str:
    amount = text(facts.amount, facts.currency) if is_currency(facts.currency) else f"{facts.amount:f}"
    return f"{amount} {facts.currency} from {facts.accounts[0]} to {facts.accounts[1]}"
