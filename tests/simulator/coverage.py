"""What must occur in a run of many histories: every fault and every movement, or the run proves less than it says."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ledger.requests import Write
from ledger.writes import ACCOUNTS
from tests.simulator.streams import Record

FAULTS = (
    "fault: contended",
    "fault: throttled",
    "fault: lost",
    "fault: late",
    "late request arrives",
    "late request arrives, and writes",
    "fault: unanswered",
    "fault: unanswered, written",
    "fault: repeated",
    "fault: resent",
    "fault: resent, written",
    "fault: dies",
    "fault: dies, having written",
    "fault: killed",
    "fault: crash",
    "fault: link cut both ways",
    "fault: link cut one way",
    "fault: torn read",
    "clocks that differ",
    "writes of equal times",
    "write on top of a faster clock's",
    "write lost to a faster clock's",
    "fault: duplicate batch",
    "fault: records lost",
    "fault: record given up",
    "fault: stream trimmed",
    "hand: hand_set",
    "hand: hand_set_both",
    "hand: hand_put",
    "hand: hand_delete",
    "hand: hand_new",
    "hand: hand_new_both",
    "hand: hand_share",
    "hand: hand_stray",
    "hand: hand_huge",
    "hand: hand_copy_new",
    "hand: hand_copy_share",
    "hand: forge_copy",
    "hand: forge_currency",
    "hand: forge_touch",
    "hand: forge_old",
    "hand: forge_row",
    "hand: forge_status",
    "hand: forge_copied_status",
    "hand: forge_counters",
    "hand: forge_entry",
    "hand: forge_other_entry",
    "hand: plain program",
    "hand: plain program at another endpoint",
)

MOVEMENTS = (
    "creation: answered",
    "creation: answered account-exists",
    "creation: answered idempotency-key-reused",
    "creation: answered region-unreachable",
    "entry: share",
    "entry: opening",
    "entry: transfer",
    "payment: answered",
    "payment: answered insufficient-funds",
    "payment: answered region-unreachable",
    "payment: answered account-frozen",
    "payment: answered currency-mismatch",
    "payment: answered idempotency-key-reused",
    "payment: answered busy",
    "replay",
    "grant",
    "accept, paying",
    "accept, settling",
    "status changed",
    "status mirrored",
    "entry: void",
    "entry: undone",
    "incident: different-transfers",
    "incident: overdrawn",
    "incident: foreign-write",
    "incident: deleted-by-hand",
    "incident: journal-changed",
    "mended: old row put back",
    "mended: deleted row put again",
    "mended: shifted",
    "mended: left to the sweep",
    "incident: rebuilt",
    "entry: rebuilt",
    "incident: given-back",
    "incident: unknown-share",
    "incident: status-taken-back",
    "incident: not-an-account-id",
    "incident: too-large",
    "incident: not-money",
    "incident: not-a-currency",
    "adopted",
    "sweep",
    "read: account",
    "read: accounts",
    "read: statement",
    "read: transfer",
    "probe",
    "probe, links cut",
)


OF_SEVERAL_REGIONS = frozenset(
    {
        "fault: link cut both ways",
        "fault: link cut one way",
        "writes of equal times",
        "clocks that differ",
        "write on top of a faster clock's",
        "write lost to a faster clock's",
        "hand: plain program at another endpoint",
        "hand: forge_copied_status",
        "creation: answered region-unreachable",
        "payment: answered region-unreachable",
        "grant",
        "accept, paying",
        "accept, settling",
        "status mirrored",
        "entry: void",
        "incident: different-transfers",
        "incident: overdrawn",
        "incident: given-back",
        "incident: status-taken-back",
        "probe, links cut",
    }
)
"""What cannot occur where there is one region."""

ENOUGH = 2_000  # histories from which all must have occurred


def count_entries(counts: Counter[str], entries: Iterable[Mapping[str, Any]], writes: Sequence[Write]) -> None:
    """Count what one request has put into the journal."""
    for entry in entries:
        kind = entry.get("kind")
        counts[f"entry: {kind}" if kind != "incident" else f"incident: {entry['reason']}"] += 1
        if kind == "opening" and entry.get("source") == "adopted":
            counts["adopted"] += 1
        if kind == "incident" and "outcome" in entry:
            counts[f"mended: {_way(writes) if entry['outcome'] == 'restored' else entry['outcome']}"] += 1


def _way(writes: Sequence[Write]) -> str:
    """How a row was restored."""
    write = next(write for write in writes if write.table == ACCOUNTS)
    if write.action == "Update":
        return "shifted"
    return "deleted row put again" if write.condition.startswith("attribute_not_exists") else "old row put back"


def count_moves(counts: Counter[str], rows: Iterable[Record], *, paying: bool) -> None:
    """Count how money and statuses have moved between regions with one request."""
    for record in rows:
        old, new = record.old, record.new
        if old is None or new is None:
            continue
        if _total(new, "granted") > _total(old, "granted"):
            counts["grant"] += 1
        if _total(new, "accepted") > _total(old, "accepted"):
            counts["accept, paying" if paying else "accept, settling"] += 1
        if new.get("status") != old.get("status"):
            counts["status mirrored" if "@" in new["account_id"] else "status changed"] += 1


def _total(row: Mapping[str, Any], counters: str) -> Any:
    found = row.get(counters)
    return sum(found.values()) if isinstance(found, Mapping) else 0


def missing(counts: Mapping[str, int], histories: int, regions: int | None = None) -> list[str]:
    """What never occurred in so many ``histories`` and should have. ``regions``: all of them had so many."""
    if histories < ENOUGH:
        return []
    exempt = OF_SEVERAL_REGIONS if regions == 1 else frozenset()
    return [name for name in (*FAULTS, *MOVEMENTS) if name not in exempt and not counts.get(name)]


def table(counts: Mapping[str, int]) -> str:
    """All counts: faults, movements, and the rest."""
    rest = sorted(set(counts) - {*FAULTS, *MOVEMENTS, "operations"})
    parts = []
    for title, names in (("Faults", FAULTS), ("Movements", MOVEMENTS), ("Also", tuple(rest))):
        parts.append(title)
        parts += [f"  {counts.get(name, 0):>12,}  {name}" for name in names]
    return "\n".join(parts)
