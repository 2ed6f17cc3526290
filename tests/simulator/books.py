"""What the journal says, as anyone may add it up who knows none of the ledger's code but how a void is named."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ledger.entries import void_key

type Entry = Mapping[str, Any]

SIDES = ("from_account", "to_account")


class Books:
    """The entries of a journal by kind, and what they did to accounts."""

    def __init__(self, journal: Iterable[Entry]) -> None:
        self.openings: list[Entry] = []
        self.shares: list[Entry] = []
        self.transfers: list[Entry] = []
        self.voids: list[Entry] = []
        self.incidents: list[Entry] = []
        kinds = {
            "opening": self.openings,
            "share": self.shares,
            "transfer": self.transfers,
            "void": self.voids,
            "incident": self.incidents,
        }
        for entry in journal:
            if (found := kinds.get(entry.get("kind", ""))) is not None:
                found.append(entry)
        self._void_keys = {(entry["entry_id"], entry["region"]) for entry in self.voids}

    def is_undone(self, execution: Entry) -> bool:
        """Whether there is a void of this execution of a transfer."""
        key = void_key(execution)
        return (key["entry_id"], key["region"]) in self._void_keys

    def posted(self) -> Mapping[tuple[str, str], Decimal]:
        """What each region did to each account."""
        posted: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for entry in self.openings:
            posted[entry["account_id"], entry["region"]] += entry["amount"]
        for entry in self.transfers:
            if not self.is_undone(entry):
                posted[entry["from_account"], entry["region"]] -= entry["amount"]
                posted[entry["to_account"], entry["region"]] += entry["amount"]
        return posted

    def undone_to(self) -> Mapping[str, Decimal]:
        """What each account had received and lost again by voids: all that voids can have brought it below zero by."""
        undone: dict[str, Decimal] = defaultdict(Decimal)
        for entry in self.voids:
            undone[entry["to_account"]] += entry["amount"]
        return undone
