"""What must occur in a run of many histories: every fault and every movement, or the run proves less than it says."""

from collections.abc import Mapping

FAULTS = (
    "fault: contended",
    "fault: lost",
    "fault: late",
    "late request arrives",
    "fault: unanswered",
    "fault: repeated",
    "fault: resent",
    "fault: dies",
    "fault: killed",
    "fault: crash",
    "fault: link cut both ways",
    "fault: link cut one way",
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
    "hand: forge_touch",
    "hand: forge_old",
    "hand: forge_row",
    "hand: forge_status",
    "hand: forge_counters",
    "hand: plain program",
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
    "incident: different-transfers",
    "incident: overdrawn",
    "incident: foreign-write",
    "incident: deleted-by-hand",
    "mended: restored",
    "mended: left to the sweep",
    "incident: rebuilt",
    "entry: rebuilt",
    "incident: given-back",
    "incident: unknown-share",
    "incident: not-money",
    "incident: not-a-currency",
    "adopted",
    "sweep",
    "probe",
    "probe, links cut",
)


def missing(counts: Mapping[str, int], regions: int | None = None) -> list[str]:
    """What never occurred. With one region there is nothing to cut, to grant or to mirror."""
    if regions == 1:
        return []
    return [name for name in (*FAULTS, *MOVEMENTS) if not counts.get(name)]


def table(counts: Mapping[str, int]) -> str:
    """All counts: faults, movements, and the rest."""
    rest = sorted(set(counts) - {*FAULTS, *MOVEMENTS, "operations"})
    parts = []
    for title, names in (("Faults", FAULTS), ("Movements", MOVEMENTS), ("Also", tuple(rest))):
        parts.append(title)
        parts += [f"  {counts.get(name, 0):>12,}  {name}" for name in names]
    return "\n".join(parts)
