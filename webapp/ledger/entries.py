"""Journal entries: what the books say. Each is put once, and again only where a hand has changed or deleted it.

The key of an entry is (``entry_id``, ``region``), so two regions never write the same one. ``position``
(time~id~region) orders transfers and incidents in the indexes; other entries have none and stay out of them.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from itertools import groupby
from typing import Any

from ledger.money import is_currency
from ledger.names import is_account_id
from ledger.requests import Item, Key

JOURNAL = "journal-table"
FORMAT = Decimal(1)  # of every row and entry, so that mixed releases can tell them apart
VOID = "~void"
INCIDENT = "~incident"
INCIDENT_LOG = "incidents"  # the one partition of the incidents index
TIMES = ("executed_at", "voided_at", "found_at", "opened_at", "rebuilt_at", "undone_at", "created_at")
_NAMESPACE = uuid.UUID("6f1d3a52-98d9-4a5c-9c0b-52a4d3a0d6a1")
_TEXTS = ("from_account", "to_account", "currency", "executed_at", "principal", "request_id", "position")
_ALL_DIGITS = Context(prec=50)  # a number of the table has 38 at most
_IMAGE_LIMIT = 20_000  # characters of a row's image kept in an incident; an item may have 400 KB in all


def transfer_id(principal: str, key: str) -> str:
    """The id of the transfer that ``principal`` asks for under an idempotency key.

    UUIDv5, so that no client can aim at an entry that is not its own.
    """
    return str(uuid.uuid5(_NAMESPACE, json.dumps(["transfer", principal, key])))


def creation_id(principal: str, key: str) -> str:
    """The id under which the creation of an account by ``principal`` with an idempotency key is remembered."""
    return str(uuid.uuid5(_NAMESPACE, json.dumps(["create_account", principal, key])))


def digest(*parts: str | None) -> str:
    """A digest of a request's body, to tell a repetition from another request under the same key."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Transfer:
    """One execution of a transfer. ``amount`` in major units; ``executed_at`` UTC, ISO 8601.

    ``accepted`` says what the payer's share took over from other regions in the same write.
    """

    transfer_id: str
    region: str
    from_account: str
    to_account: str
    amount: Decimal
    currency: str
    reference: str | None
    executed_at: str
    principal: str
    request_id: str
    accepted: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What a repetition under the same key must have in common."""
        amount = f"{self.amount.normalize():f}"
        return digest(self.from_account, self.to_account, amount, self.reference)

    @property
    def order(self) -> tuple[str, str]:
        """Of several executions of one id, the one that sorts first stands."""
        return (self.executed_at, self.region)

    def entry(self) -> dict[str, Any]:
        """The journal entry."""
        item: dict[str, Any] = {
            **transfer_key(self.transfer_id, self.region),
            "v": FORMAT,
            "kind": "transfer",
            "position": f"{self.executed_at}~{self.transfer_id}~{self.region}",
            "from_account": self.from_account,
            "to_account": self.to_account,
            "amount": self.amount,
            "currency": self.currency,
            "executed_at": self.executed_at,
            "principal": self.principal,
            "request_id": self.request_id,
            "digest": self.digest,
        }
        if self.reference is not None:
            item["reference"] = self.reference
        if self.accepted:
            item["accepted"] = dict(self.accepted)
        return _sealed(item)


def read_transfer(item: Item | None) -> Transfer | None:
    """The transfer in a journal entry; ``None`` for any other entry, or none.

    A row that a hand has put or changed, of this kind but not as the ledger writes it, is none.
    """
    if item is None or item.get("kind") != "transfer" or not is_sealed(item):
        return None
    amount, reference, accepted = item.get("amount"), item.get("reference"), item.get("accepted", {})
    if not isinstance(amount, Decimal) or not isinstance(reference, str | None) or not isinstance(accepted, Mapping):
        return None
    sound = (
        amount > 0
        and all(isinstance(item.get(name), str) for name in _TEXTS)
        and is_account_id(item["from_account"])
        and is_account_id(item["to_account"])
        and item["from_account"] != item["to_account"]
        and is_currency(item["currency"])
    )
    if not sound:
        return None
    return Transfer(
        transfer_id=item["entry_id"],
        region=item["region"],
        from_account=item["from_account"],
        to_account=item["to_account"],
        amount=amount,
        currency=item["currency"],
        reference=reference,
        executed_at=item["executed_at"],
        principal=item["principal"],
        request_id=item["request_id"],
        accepted=accepted,
    )


def is_opening(item: Item) -> bool:
    """Whether ``item`` is an opening deposit as the ledger puts it."""
    sound = item.get("kind") == "opening" and is_sealed(item) and isinstance(item.get("account_id"), str)
    return sound and isinstance(item.get("amount"), Decimal) and is_currency(item.get("currency"))


def writer(region: str) -> str:
    """The region that has put an entry, from the entry's ``region``: ``eu-central-1~incident`` was put there."""
    return region.partition("~")[0]


def by_id(pages: Iterable[Sequence[Item]]) -> Iterator[list[list[Item]]]:
    """The journal's entries grouped by id, page by page. Entries of one id stand together in a scan."""
    held: list[Item] = []
    for page in pages:
        groups = [list(group) for _, group in groupby([*held, *page], key=lambda entry: entry["entry_id"])]
        held = groups.pop() if groups else []
        yield groups
    if held:
        yield [held]


def standing(executions: Sequence[Transfer]) -> Transfer:
    """The one of several executions of an id that stands."""
    return min(executions, key=lambda execution: execution.order)


def transfer_key(entry_id: str, region: str) -> Key:
    """Key of what ``region`` has entered under ``entry_id``: a transfer, or anything else that it alone enters."""
    return {"entry_id": entry_id, "region": region}


def key_of(entry: Item) -> Key:
    """Key of an entry that was read, or that is about to be put."""
    return {name: entry[name] for name in ("entry_id", "region")}


def void_key(execution: Item) -> Key:
    """Key of the entry that undoes the transfer whose entry is ``execution``, and no other.

    Where a hand deletes an entry, the same region may execute the same id once more.
    """
    return {"entry_id": execution["entry_id"], "region": f"{execution['region']}{VOID}~{execution['seal'][:16]}"}


def share_entry_key(share_key: str, region: str) -> Key:
    """Key of the entry that says a share was opened. It forbids opening the share again."""
    return {"entry_id": f"share~{share_key}", "region": region}


def rebuilt_id(share_key: str) -> str:
    """Id of the entry that says a share was rebuilt: older events may not put it back any more."""
    return f"rebuilt~{share_key}"


def rebuilt(share_key: str, region: str, now: str) -> dict[str, Any]:
    """The entry of a share's first rebuilding."""
    key = transfer_key(rebuilt_id(share_key), region)
    return _sealed({**key, "v": FORMAT, "kind": "rebuilt", "share": share_key, "rebuilt_at": now})


def rebuilding_key(op: str, region: str) -> Key:
    """Key of the incident of the rebuilding ``op``, with the row that it has put."""
    return transfer_key(f"rebuilt~{op}", region + INCIDENT)


def undone_key(entry: Item, region: str) -> Key:
    """Key of the entry that says ``entry`` is out of the shares again (see ``preserving``)."""
    return transfer_key(f"undone~{entry['seal']}", region)


def undone(entry: Item, region: str, now: str) -> dict[str, Any]:
    """The entry that is put when, of two entries under one key, ``entry`` is the one that does not stay."""
    return _sealed({**undone_key(entry, region), "v": FORMAT, "kind": "undone", "undone_at": now})


def opening_key(account_id: str, home: str) -> Key:
    """Key of the entry that says where an account's first money came from."""
    return {"entry_id": f"opening~{account_id}", "region": home}


def opening(
    account_id: str, home: str, amount: Decimal, currency: str, now: str, *, source: str, granted_to: str
) -> dict[str, Any]:
    """The opening deposit. ``source`` is ``"created"`` or ``"adopted"``; ``granted_to`` the asking region."""
    return _sealed(
        {
            **opening_key(account_id, home),
            "v": FORMAT,
            "kind": "opening",
            "account_id": account_id,
            "amount": amount,
            "currency": currency,
            "created_at": now,
            "source": source,
            "granted_to": granted_to,
        }
    )


def share_opened(share_key: str, region: str, now: str, currency: str | None) -> dict[str, Any]:
    """The entry that is put with every new share. ``currency``: ``None`` if it is put again, after a hand."""
    entry = {**share_entry_key(share_key, region), "v": FORMAT, "kind": "share", "share": share_key, "opened_at": now}
    return _sealed(entry if currency is None else {**entry, "currency": currency})


def creation(entry_id: str, home: str, account_id: str, body_digest: str, now: str) -> dict[str, Any]:
    """What an idempotency key was used for when it created an account."""
    return _sealed(
        {
            **transfer_key(entry_id, home),
            "v": FORMAT,
            "kind": "creation",
            "account_id": account_id,
            "digest": body_digest,
            "created_at": now,
        }
    )


def void(execution: Item, stands_in: str, now: str) -> dict[str, Any]:
    """The undoing of the transfer whose entry is ``execution``: that of the same id in ``stands_in`` stands."""
    return _sealed(
        {
            **void_key(execution),
            "v": FORMAT,
            "kind": "void",
            "from_account": execution["from_account"],
            "to_account": execution["to_account"],
            "amount": execution["amount"],
            "currency": execution["currency"],
            "stands_in": stands_in,
            "voided_at": now,
        }
    )


def incident(name: str, region: str, reason: str, now: str, **details: Any) -> dict[str, Any]:
    """Something that should not have happened, under a ``name`` that is the same however often it is found.

    ``details`` are kept as they are; rows (``old``, ``new``) as JSON text of bounded length.
    """
    kept = {key: value for key, value in details.items() if value is not None and key not in ("old", "new")}
    images = {f"{key}_image": image(details[key]) for key in ("old", "new") if details.get(key) is not None}
    return _sealed(
        {
            "entry_id": name,
            "region": region + INCIDENT,
            "v": FORMAT,
            "kind": "incident",
            "incident_log": INCIDENT_LOG,
            "position": f"{now}~{name}~{region}",
            "reason": reason,
            "found_at": now,
            **kept,
            **images,
        }
    )


def _sealed(entry: Mapping[str, Any]) -> dict[str, Any]:
    """``entry`` with its seal: entries are never changed, so one that no longer fits its seal is not the ledger's."""
    return {**entry, "seal": _seal(entry)}


def _seal(entry: Item) -> str:
    unsealed = {name: value for name, value in entry.items() if name != "seal"}
    return hashlib.sha256(_text(unsealed).encode()).hexdigest()


def is_sealed(entry: Item | None) -> bool:
    """Whether ``entry`` is as the ledger put it. No secret is in the seal: it shows mistakes, not forgeries."""
    return entry is not None and entry.get("seal") == _seal(entry)


def image(row: Item) -> str:
    """A row as text of bounded length, the same in every process."""
    text = _text(row)
    return text if len(text) <= _IMAGE_LIMIT else text[:_IMAGE_LIMIT] + "…"


def _text(row: Item) -> str:
    return json.dumps(row, default=_plain, sort_keys=True, ensure_ascii=False)


def _plain(value: object) -> object:
    """A JSON value for what a row can hold besides strings, booleans and maps: numbers, sets, binaries.

    Numbers without trailing zeros: that is how DynamoDB gives them back.
    """
    if isinstance(value, Decimal):
        return f"{value.normalize(_ALL_DIGITS):f}" if value.is_finite() else str(value)
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
