"""Incidents, newest first, and who has acknowledged them.

An acknowledgement is a row of the control table, put once for each incident and region that somebody acknowledged it
in: two regions that do it at once write two rows.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from console import control
from ledger.context import Ledger
from ledger.entries import INCIDENT, INCIDENT_LOG, JOURNAL, transfer_key, writer
from ledger.errors import LedgerError
from ledger.requests import Item, Query

PARTITION = "acknowledgement"
NEWEST = 50  # looked through for those of one account or transfer
_SHOWN_APART = frozenset(
    [
        "entry_id",
        "region",
        "v",
        "kind",
        "incident_log",
        "position",
        "seal",
        "reason",
        "found_at",
        "old_image",
        "new_image",
    ]
)


class AlreadyAcknowledged(LedgerError):
    """Somebody was faster."""

    code = "already-acknowledged"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who has looked at an incident, and what they say of it."""

    operator: str
    at: str
    note: str
    region: str


@dataclass(frozen=True, slots=True)
class IncidentSeen:
    """One incident. ``details`` are what it says beside its images, by name; images are JSON text, maybe cut off."""

    entry_id: str
    region: str
    reason: str
    found_at: str
    position: str
    details: Mapping[str, str]
    old_image: str | None
    new_image: str | None
    entry: Item
    acknowledgements: tuple[Acknowledgement, ...] = ()

    @property
    def incident_id(self) -> str:
        """Its id in addresses."""
        return f"{self.entry_id}~{self.region}"

    @property
    def account_id(self) -> str | None:
        """The account that it is about, if it names one."""
        named = self.details.get("account") or self.details.get("share", "")
        return named.partition("@")[0] or None

    def names(self, subject: str) -> bool:
        """Whether it is about the account or transfer ``subject``."""
        about = (self.account_id, self.details.get("transfer_id"), self.details.get("entry", "").partition(" ")[0])
        return subject in about


def page(ledger: Ledger, limit: int, before: str | None = None) -> tuple[list[IncidentSeen], str | None]:
    """Up to ``limit`` incidents, newest first, older than the place ``before``; and where the next page begins.

    An index query and a batch read (who has acknowledged them). An answer ends at 1 MB, and incidents have large
    images, so a short answer is not the end: only an empty one is, which costs one more query on the last page.
    """
    found, place = _newest(ledger, limit, before)
    return _acknowledged(ledger, found), place


def naming(ledger: Ledger, subject: str) -> tuple[list[IncidentSeen], int]:
    """Those of the newest incidents that are about an account or a transfer, and how many were looked through.

    One index query; there is no index by account.
    """
    newest = _query(ledger, NEWEST, None)
    return [incident for incident in map(_read, newest) if incident.names(subject)], len(newest)


def look(ledger: Ledger, incident_id: str) -> IncidentSeen | None:
    """One incident with its acknowledgements: two requests."""
    entry_id, _, region = incident_id.rpartition("~")
    if not entry_id or region not in ledger.topology.regions:
        return None
    (item,) = ledger.local.get([(JOURNAL, transfer_key(entry_id, region + INCIDENT))])
    if item is None or item.get("kind") != "incident":
        return None
    (found,) = _acknowledged(ledger, [_read(item)])
    return found


def acknowledge(ledger: Ledger, incident: IncidentSeen, operator: str, note: str) -> None:
    """Say that somebody has looked at it. Raises ``AlreadyAcknowledged`` if somebody has, in this region."""
    attributes = {"operator": operator, "note": note, "incident": incident.incident_id}
    if not control.put(ledger, PARTITION, _sort_key(incident, ledger.here), attributes):
        raise AlreadyAcknowledged("Somebody has acknowledged this incident already.")


def _newest(ledger: Ledger, limit: int, before: str | None) -> tuple[list[IncidentSeen], str | None]:
    found: list[IncidentSeen] = []
    place = before
    while items := _query(ledger, limit + 1 - len(found), place):
        found += map(_read, items)
        if len(found) > limit:
            return found[:limit], found[limit - 1].position
        place = found[-1].position
    return found, None


def _query(ledger: Ledger, limit: int, before: str | None) -> list[Item]:
    return ledger.local.query(
        Query(JOURNAL, "incidents", "incident_log", INCIDENT_LOG, "position", limit, descending=True, before=before)
    )


def _read(item: Item) -> IncidentSeen:
    images = [item.get(name) for name in ("old_image", "new_image")]
    return IncidentSeen(
        entry_id=item["entry_id"],
        region=writer(item["region"]),
        reason=str(item.get("reason", "")),
        found_at=str(item.get("found_at", "")),
        position=item["position"],
        details={name: str(value) for name, value in sorted(item.items()) if name not in _SHOWN_APART},
        old_image=images[0] if isinstance(images[0], str) else None,
        new_image=images[1] if isinstance(images[1], str) else None,
        entry=item,
    )


def _acknowledged(ledger: Ledger, incidents: Sequence[IncidentSeen]) -> list[IncidentSeen]:
    """``incidents`` with their acknowledgements of all regions, as far as they are here."""
    regions = ledger.topology.regions
    keys = [control.key(PARTITION, _sort_key(one, region)) for one in incidents for region in regions]
    rows = ledger.local.get([(control.CONTROL, key) for key in keys]) if keys else []
    width = len(regions)
    by_incident = [rows[n * width : (n + 1) * width] for n in range(len(incidents))]
    return [
        replace(one, acknowledgements=tuple(_read_acknowledgement(row) for row in own if row is not None))
        for one, own in zip(incidents, by_incident, strict=True)
    ]


def _read_acknowledgement(row: Item) -> Acknowledgement:
    return Acknowledgement(*(str(row.get(name, "")) for name in ("operator", "at", "note", "region")))


def _sort_key(incident: IncidentSeen, region: str) -> str:
    """Digested: an incident's id can be as long as a sort key."""
    return f"{hashlib.sha256(json.dumps([incident.entry_id, incident.region]).encode()).hexdigest()}~{region}"
