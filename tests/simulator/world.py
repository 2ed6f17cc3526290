"""A simulated global table: regions with a copy of each table, and what is on its way between them.

"How DynamoDB global tables work" (multi-Region eventual consistency): a write is conditional and transactional in its
own region only; its changes go to every other region one by one; the last writer of an item wins. Nothing here moves
by itself: who runs the world delivers each change when it likes, in order for each item, in any order between items.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from random import Random
from typing import Any

from ledger.requests import Key, Write
from tests.simulator.endpoint import Call, Endpoint, Hook
from tests.simulator.region import Region
from tests.simulator.schema import RowKey, schemas
from tests.simulator.table import Stamp, Table, Version
from tests.simulator.values import FrozenMap, InvalidRequest, freeze_map

type ItemKey = tuple[str, RowKey]
"""An item of a global table: the table's name and the row's key."""

type Link = dict[ItemKey, list[Version]]
"""What is on its way in one direction: versions of each item in their order."""


class World:
    """The regions, their clocks and the links between them.

    ``clock`` gives seconds; each ``Region.skew`` is added to it. ``tie`` gives the rank of a region's write among
    writes of the same time: random, unless the one who runs the world sets another.

    ``causal`` says whether a write on top of a newer version (from a region whose clock is ahead) is stamped as later
    than that: AWS promises "last writer wins" for concurrent writes only and is silent on this. If not causal, such a
    write is answered as done, and then lost in every region when the newer version comes again.
    """

    def __init__(
        self,
        regions: Sequence[str],
        clock: Callable[[], float],
        random: Random,
        *,
        causal: bool = True,
    ) -> None:
        self.names = tuple(regions)
        self.clock = clock
        self.random = random
        self.causal = causal
        self.tie: Callable[[str], float] = lambda _region: random.random()
        self.hook: Hook | None = None
        """Consulted before and after every request of every store; see ``endpoint.py``."""
        self.between: Callable[[Call], None] | None = None
        """Called between two items of one read: they are not read at one moment."""
        self.cuts: set[tuple[str, str]] = set()
        """Directions (from, to) in which nothing gets through: no change, no request, no answer."""
        self.occurred: Counter[str] = Counter()
        """How often the rare cases of "last writer wins" occurred."""
        self.invalid: list[InvalidRequest] = []
        """Every request that DynamoDB would refuse as wrong in itself, also if the program swallowed the error."""
        self.regions: Mapping[str, Region] = {
            name: Region(name, position, {schema.name: Table(schema, name) for schema in schemas()}, self)
            for position, name in enumerate(self.names)
        }
        self._links: dict[tuple[str, str], Link] = {
            (source, target): {} for source in self.names for target in self.names if source != target
        }
        self._outgoing = {
            name: [link for (source, _), link in self._links.items() if source == name] for name in self.names
        }

    # ---- Calls --------------------------------------------------------------------------------------------------

    def store(self, caller: str, target: str) -> Endpoint:
        """The tables at ``target``'s endpoint as a program in region ``caller`` sees them."""
        return Endpoint(self, caller, target)

    def stores(self, caller: str) -> dict[str, Endpoint]:
        """Every region's endpoint, for a program in region ``caller``."""
        return {target: Endpoint(self, caller, target) for target in self.names}

    def cut(self, source: str, target: str) -> None:
        """Let nothing through from ``source`` to ``target``. A call needs both directions: one for the answer."""
        self.cuts.add((source, target))

    def heal(self) -> None:
        """Let everything through again."""
        self.cuts.clear()

    # ---- Replication --------------------------------------------------------------------------------------------

    def pending(self, source: str, target: str) -> list[Version]:
        """What can arrive next: the oldest change of each item, in the order in which the items came."""
        return [changes[0] for changes in self._links[source, target].values()]

    def in_flight(self) -> int:
        """How many changes are on their way, over all links."""
        return sum(len(changes) for link in self._links.values() for changes in link.values())

    def deliver(self, source: str, target: str, which: int | ItemKey = 0, *, newest: bool = False) -> Version:
        """Let one change arrive: position in ``pending`` or the item. With ``newest`` older ones of it are skipped.

        That every version arrives is promised nowhere, only that the last one does.
        """
        if (source, target) in self.cuts:
            raise ValueError(f"nothing gets through from {source} to {target}")
        link = self._links[source, target]
        item = next(islice(link, which, None)) if isinstance(which, int) else which
        changes = link[item]
        if newest:
            change = max(changes, key=lambda version: version.stamp)
            changes.clear()
        else:
            change = changes.pop(0)
        if not changes:
            del link[item]
        self._receive(target, change)
        return change

    def deliver_all(self, source: str | None = None, target: str | None = None) -> int:
        """Let everything arrive (of one link, or of all that start or end somewhere) that is not cut off."""
        count = 0
        for (start, end), link in self._links.items():
            if source in (None, start) and target in (None, end) and (start, end) not in self.cuts:
                while link:
                    self.deliver(start, end)
                    count += 1
        return count

    def send(self, source: str, version: Version) -> None:
        """Put what ``source`` wrote on its way to all other regions. For ``Region``."""
        item = (version.table, version.key)
        for link in self._outgoing[source]:
            changes = link.get(item)
            if changes is None:
                link[item] = [version]
            else:
                changes.append(version)

    def later(self, region: Region, row: Version, stamp: Stamp) -> Stamp:
        """The stamp for a write in ``region`` on top of ``row``, which is newer than its clock. For ``Region``."""
        time, tie, writer = row.stamp
        if self.causal or writer == region.position:
            if writer != region.position:
                self.occurred["write on top of a faster clock's"] += 1
            return time, tie + 1, region.position
        self.occurred["write lost to a faster clock's"] += 1
        self._links[self.names[writer], region.name].setdefault((row.table, row.key), []).append(row)
        return stamp

    def _receive(self, target: str, change: Version) -> None:
        region = self.regions[target]
        table = region.tables[change.table]
        row = table.rows.get(change.key)
        if row is not None and change.stamp[0] == row.stamp[0] and change.stamp[2] != row.stamp[2]:
            self.occurred["writes of equal times"] += 1
        if row is None or change.stamp > row.stamp:
            table.store(change.key, change.item, change.stamp, region.now)

    # ---- Hands and eyes -----------------------------------------------------------------------------------------

    def put(self, region: str, table: str, item: Mapping[str, Any]) -> None:
        """What a person does with ``aws dynamodb put-item`` at a region's endpoint: no condition."""
        self.regions[region].write([Write("Put", table, freeze_map(item), "")], "")

    def update(self, region: str, table: str, key: Key, changes: Mapping[str, Any], remove: Sequence[str] = ()) -> None:
        """``aws dynamodb update-item``: set top-level attributes and remove some; a missing row comes into being."""
        names = {f"#n{position}": name for position, name in enumerate((*changes, *remove))}
        aliases = list(names)
        values = {f":v{position}": value for position, value in enumerate(changes.values())}
        update = ""
        if changes:
            update = "SET " + ", ".join(f"{name} = {value}" for name, value in zip(aliases, values, strict=False))
        if remove:
            update += " REMOVE " + ", ".join(aliases[len(changes) :])
        self.regions[region].write([Write("Update", table, key, "", update, names, values)], "")

    def delete(self, region: str, table: str, key: Key) -> None:
        """``aws dynamodb delete-item``."""
        self.regions[region].remove(table, key)

    def item(self, region: str, table: str, key: Key) -> FrozenMap | None:
        """One row as it stands in a region, past all faults."""
        rows = self.regions[region].tables[table]
        return rows.item(rows.key(key))

    def items(self, region: str, table: str) -> list[FrozenMap]:
        """All rows of a region's table in order of their keys, past all faults."""
        return self.regions[region].tables[table].items()

    def differing(self) -> list[ItemKey]:
        """The items whose copies are not the same in all regions."""
        first, *others = self.regions.values()
        return sorted(
            {
                (name, key)
                for other in others
                for name, table in first.tables.items()
                for key in table.rows.keys() | other.tables[name].rows.keys()
                if table.item(key) != other.tables[name].item(key)
            }
        )
