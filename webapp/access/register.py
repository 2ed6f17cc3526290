"""API keys in the control table, which every region has a copy of.

All of them stand in one partition, so that a query lists them; a key has these rows, and each row has one writing
region, so "last writer wins" never has to choose:

| sort key | what | written |
| --- | --- | --- |
| ``<key id>`` | the key | once, where it was made |
| ``<key id>~revoked~<region>`` | that it is revoked | once, at that region's endpoint |
| ``<key id>~used~<region>`` | when it was last used in that region | by that region |

A key is revoked if any region says so. Such a row is never changed and never deleted, and no other write touches it:
nothing that a region writes late, a last use for example, can bring a revoked key back.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from access.keys import SCOPES, Key, is_debit, is_digest, is_key_id, is_principal
from ledger.context import Ledger
from ledger.requests import Cancelled, Contended, Item, Query, Store, Unreachable, Write

CONTROL = "control-table"
PARTITION = "api-key"
FORMAT = Decimal(1)
PAGE = 200  # rows; a row has some KB at most, and an answer 1 MB

_REVOKED, _USED = "~revoked~", "~used~"
_TEXTS = ("digest", "principal", "region", "created_at")


class KeyExists(Exception):
    """A key of this id was made before, and it is another one."""


class UnknownKey(Exception):
    """No region that answers knows the key. ``missed``: the regions that did not answer."""

    def __init__(self, missed: tuple[str, ...]) -> None:
        perhaps = f" These did not answer and may know it: {', '.join(missed)}." if missed else ""
        super().__init__(f"No region that answers knows a key with this id.{perhaps} See listkeys.")
        self.missed = missed


@dataclass(frozen=True, slots=True)
class Revocation:
    """Where a revocation was written. In the regions that were ``missed`` it arrives when the link is up again."""

    written: tuple[str, ...]
    missed: tuple[str, ...]


def add(ledger: Ledger, key: Key) -> None:
    """Store a new key in this region, from where it spreads.

    Raises ``KeyExists`` if there is another one of that id, ``Contended`` and ``Unreachable``.
    """
    item: dict[str, Any] = {
        "digest": key.digest,
        "principal": key.principal,
        "scopes": list(key.scopes),
        "debits": list(key.debits),
        "created_at": key.created_at,
    }
    if key.expires_at is not None:
        item["expires_at"] = key.expires_at
    try:
        ledger.local.write([_put(key.key_id, ledger.here, item)], ledger.new_id())
    except Cancelled as cancelled:
        stored = cancelled.reasons[0].item
        if stored is None or stored.get("digest") != key.digest:  # else an answer was lost, and the client repeated it
            raise KeyExists("There is a key of this id already.") from cancelled


def find(ledger: Ledger, key_id: str) -> Key | None:
    """The key as this region knows it now: one request. Raises ``Contended`` and ``Unreachable``."""
    return _find(ledger.local, key_id)


def _find(store: Store, key_id: str) -> Key | None:
    query = Query(CONTROL, None, "pk", PARTITION, "sk", PAGE, prefix=key_id)
    return read(store.query(query))


def everything(ledger: Ledger, after: str = "") -> Iterator[Key]:
    """All keys that this region knows, in order of their ids; only those after the id ``after``.

    Read page by page, as they are taken. Raises ``Contended`` and ``Unreachable``.
    """
    place = f"{after}~~" if after else None  # behind all rows of that key
    for _, items in groupby(_rows(ledger.local, place), key=lambda item: str(item["sk"]).partition("~")[0]):
        if (key := read(list(items))) is not None:
            yield key


def _rows(store: Store, after: str | None) -> Iterator[Item]:
    while page := store.query(Query(CONTROL, None, "pk", PARTITION, "sk", PAGE, after=after)):
        yield from page
        after = page[-1]["sk"]


def revoke(ledger: Ledger, key_id: str) -> Revocation:
    """Revoke a key at the endpoint of every region that answers. Raises ``UnknownKey``, or if none answers
    ``Contended`` and ``Unreachable``. Revoking again changes nothing.
    """
    regions = (ledger.here, *ledger.others)
    _must_exist(ledger, key_id, regions)
    written, missed = [], []
    for region in regions:
        revocation = _put(f"{key_id}{_REVOKED}{region}", region, {"revoked_at": ledger.now()})
        try:
            with suppress(Cancelled):  # it says so already
                ledger.stores[region].write([revocation], ledger.new_id())
        except (Contended, Unreachable):
            missed.append(region)
        else:
            written.append(region)
    if not written:
        raise Unreachable(", ".join(missed))
    return Revocation(tuple(written), tuple(missed))


def _must_exist(ledger: Ledger, key_id: str, regions: Sequence[str]) -> None:
    missed = []
    for region in regions:
        try:
            if _find(ledger.stores[region], key_id) is not None:
                return
        except (Contended, Unreachable):
            missed.append(region)
    raise UnknownKey(tuple(missed))


def note_use(ledger: Ledger, key_id: str, at: str) -> None:
    """Store when a key was last used in this region. Raises ``Contended`` and ``Unreachable``."""
    write = Write(
        "Update",
        CONTROL,
        _key(f"{key_id}{_USED}{ledger.here}"),
        condition="attribute_not_exists(#at) OR #at < :at",
        update="SET #at = :at, #region = :region, #v = :v",
        names={"#at": "last_used_at", "#region": "region", "#v": "v"},
        values={":at": at, ":region": ledger.here, ":v": FORMAT},
    )
    with suppress(Cancelled):  # another process has said a later time
        ledger.local.write([write], ledger.new_id())


def _put(sort_key: str, region: str, attributes: dict[str, Any]) -> Write:
    item = {**_key(sort_key), "v": FORMAT, "region": region, **attributes}
    return Write("Put", CONTROL, item, condition="attribute_not_exists(#pk)", names={"#pk": "pk"})


def _key(sort_key: str) -> dict[str, str]:
    return {"pk": PARTITION, "sk": sort_key}


def read(items: Sequence[Item]) -> Key | None:
    """The key in its rows. ``None`` without a row of the key itself, or if that is none that ``add`` writes."""
    rows = {str(item["sk"]): item for item in items}
    row = next((row for sort_key, row in rows.items() if is_key_id(sort_key)), None)
    if row is None or not all(isinstance(row.get(name), str) for name in _TEXTS):
        return None
    scopes, debits, expires_at = row.get("scopes"), row.get("debits"), row.get("expires_at")
    sound = (
        is_digest(row["digest"])
        and is_principal(row["principal"])
        and isinstance(scopes, list)
        and isinstance(debits, list)
        and isinstance(expires_at, str | None)
        and all(scope in SCOPES for scope in scopes)
        and all(isinstance(pattern, str) and is_debit(pattern) for pattern in debits)
    )
    if not sound:
        return None
    key_id = row["sk"]
    # That the row is there is what counts, whatever a hand has made of its time.
    revoked = [str(row.get("revoked_at", "")) for name, row in rows.items() if name.startswith(f"{key_id}{_REVOKED}")]
    used = [str(row.get("last_used_at", "")) for name, row in rows.items() if name.startswith(f"{key_id}{_USED}")]
    return Key(
        key_id=key_id,
        digest=row["digest"],
        principal=row["principal"],
        scopes=tuple(scopes or ()),
        debits=tuple(debits or ()),
        region=row["region"],
        created_at=row["created_at"],
        expires_at=expires_at,
        revoked_at=min(revoked, default=None),
        last_used_at=max(used, default=None),
    )
