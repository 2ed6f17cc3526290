"""One transfer, with everything that explains it."""

from dataclasses import dataclass

from ledger import entries
from ledger.context import Ledger
from ledger.entries import JOURNAL, Transfer, read_transfer
from ledger.errors import RegionUnreachable
from ledger.requests import Contended, Item, Store, Unreachable


@dataclass(frozen=True, slots=True)
class Execution:
    """What one region executed under an id. ``stands``: it counts, or will; else it is or will be undone by a void."""

    transfer: Transfer
    void: Item | None
    entry: Item
    stands: bool


@dataclass(frozen=True, slots=True)
class TransferSeen:
    """All executions of one id, the standing one first. ``missed``: regions that were asked and did not answer."""

    executions: list[Execution]
    missed: tuple[str, ...]

    @property
    def standing(self) -> Execution:
        """The execution that counts."""
        return self.executions[0]


def look(ledger: Ledger, transfer_id: str) -> TransferSeen | None:
    """The transfer of this id: two requests, and as many to each other region if this one does not know it.

    ``None``: there is none. Raises ``RegionUnreachable`` if that is not certain.
    """
    executions, missed = _executions(ledger, ledger.local, transfer_id), []
    if not executions:
        for region in ledger.others:
            try:
                executions += _executions(ledger, ledger.stores[region], transfer_id, region)
            except (Unreachable, Contended):
                missed.append(region)
    if not executions:
        if missed:
            raise RegionUnreachable(tuple(missed))
        return None
    stands = entries.standing([transfer for transfer, _, _ in executions])
    found = [Execution(transfer, void, entry, transfer is stands) for transfer, void, entry in executions]
    return TransferSeen(sorted(found, key=lambda one: one.transfer.order), tuple(missed))


def _executions(ledger: Ledger, store: Store, transfer_id: str, *only: str) -> list[tuple[Transfer, Item | None, Item]]:
    regions = only or ledger.topology.regions
    items = store.get([(JOURNAL, entries.transfer_key(transfer_id, region)) for region in regions])
    found = [(one, item) for item in items if item is not None and (one := read_transfer(item)) is not None]
    voids = store.get([(JOURNAL, entries.void_key(entry)) for _, entry in found]) if found else []
    return [(transfer, void, entry) for (transfer, entry), void in zip(found, voids, strict=True)]
