"""People with a console, and what they write into the tables in any region."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import Any

from ledger.requests import Malformed
from tests.simulator.observer import ACCOUNTS, JOURNAL, Observer
from tests.simulator.streams import Record
from tests.simulator.values import FrozenMap
from tests.simulator.world import World

_ODD: tuple[Any, ...] = (Decimal(-5), "12", Decimal("1.234567"), None, Decimal("1E30"))
_ENTRIES = ("transfer", "void")
_OTHER_ENTRIES = ("opening", "share", "creation", "rebuilt", "undone")
_RECENT = 12  # changes: clients ask again for what they have asked for just now
_CHANGES_OF_ENTRIES: tuple[dict[str, Any], ...] = ({"amount": Decimal(1)}, {"kind": "nonsense"}, {"currency": "KRW"})
_LONGEST_KEY = "k" * 1024  # nothing can be put before or after it to make a key of it
_FULL = 400 * 1024 - 60  # bytes of a note that leave no room for the ledger's attributes


class Hands:
    """Each method does one thing to a row that ``random`` chooses; it returns what it did in words."""

    def __init__(self, world: World, observer: Observer, topology: Any) -> None:
        self._world = world
        self._observer = observer
        self._topology = topology
        self.names: list[str] = []
        """Accounts that came into being by hand."""

    def act(self, kind: str, random: Random) -> str:
        """Do what a step says. Nothing, where there is no row to do it to, or where DynamoDB does not take it."""
        method: Callable[[Random], str] = getattr(self, kind)
        with suppress(Malformed):
            return method(random)
        return ""

    def _share(self, random: Random) -> tuple[str, FrozenMap] | None:
        found = [(region, rows) for region in self._world.names if (rows := self._world.items(region, ACCOUNTS))]
        if not found:
            return None
        region, rows = random.choice(found)
        return region, random.choice(rows)

    def _touch(self, region: str, key: str) -> None:
        self._observer.touched.add(self._topology.account_of(key))
        self._observer.skip(region)

    def _put(self, region: str, row: dict[str, Any]) -> str:
        self._world.put(region, ACCOUNTS, row)
        self._touch(region, row["account_id"])
        return f"a hand puts { {name: _brief(value) for name, value in row.items()} } in {region}"

    def _update(self, region: str, key: str, changes: dict[str, Any]) -> str:
        self._world.update(region, ACCOUNTS, {"account_id": key}, changes)
        self._touch(region, key)
        return f"a hand sets {changes} of {key} in {region}"

    def hand_set(self, random: Random) -> str:
        """SET balance."""
        found = self._share(random)
        if found is None:
            return ""
        return self._update(found[0], found[1]["account_id"], {"balance": _amount(random)})

    def hand_set_both(self, random: Random) -> str:
        """SET balance, in every region another."""
        found = self._share(random)
        if found is None:
            return ""
        key = found[1]["account_id"]
        return "; ".join(self._update(region, key, {"balance": _amount(random)}) for region in self._world.names)

    def hand_put(self, random: Random) -> str:
        """Put a bare item over a share."""
        found = self._share(random)
        if found is None:
            return ""
        row = {"account_id": found[1]["account_id"], "balance": _amount(random), "currency": "USD"}
        return self._put(found[0], row)

    def hand_delete(self, random: Random) -> str:
        """Delete a share."""
        found = self._share(random)
        if found is None:
            return ""
        region, row = found
        self._world.delete(region, ACCOUNTS, {"account_id": row["account_id"]})
        self._touch(region, row["account_id"])
        return f"a hand deletes {row['account_id']} in {region}"

    def hand_new(self, random: Random) -> str:
        """Put a row of a new account id; sometimes of what is no money."""
        return self._put(random.choice(self._world.names), self._new_row(random, odd=random.random() < 0.3))

    def hand_new_both(self, random: Random) -> str:
        """Put rows of one new account id in all regions, with different balances."""
        row = self._new_row(random, odd=False)
        return "; ".join(self._put(region, {**row, "balance": _amount(random)}) for region in self._world.names)

    def hand_share(self, random: Random) -> str:
        """Put a row in the name of a region's share."""
        region = random.choice(self._world.names)
        account = random.choice([self._topology.account_of(row["account_id"]) for row in self._rows()] or ["stranger"])
        return self._put(region, {"account_id": f"{account}@{region}", "balance": _amount(random)})

    def hand_stray(self, random: Random) -> str:
        """Put a row under a key that no account can have."""
        key = random.choice(("no account", "-", "a1@nowhere", "ü", "~", _LONGEST_KEY))
        return self._put(random.choice(self._world.names), {"account_id": key, "balance": _amount(random)})

    def hand_huge(self, random: Random) -> str:
        """Put a row of a new account id that has no room for anything more."""
        region, name = random.choice(self._world.names), f"huge{random.randrange(2)}"
        if name not in self.names:
            self.names.append(name)
        self._put(region, {"account_id": name, "balance": _amount(random), "note": "x" * _FULL})
        return f"a hand puts a row of 400 KB as {name} in {region}"

    def hand_copy_new(self, random: Random) -> str:
        """Copy a row of the ledger's, with everything that it has, to a new account id."""
        found, name = self._share(random), f"copy{random.randrange(3)}"
        if found is None or name in self.names:
            return ""
        self.names.append(name)
        return self._put(found[0], {**found[1], "account_id": name})

    def hand_copy_share(self, random: Random) -> str:
        """Copy a row to the key of a region's share of another account, where there is none."""
        found = self._share(random)
        if found is None:
            return ""
        account = self._topology.account_of(random.choice(self._world.items(found[0], ACCOUNTS))["account_id"])
        key = f"{account}@{random.choice(self._world.names)}"
        if any(self._world.item(region, ACCOUNTS, {"account_id": key}) for region in self._world.names):
            return ""
        return self._put(found[0], {**found[1], "account_id": key})

    def forge_copy(self, random: Random) -> str:
        """Copy a row over the row of another share."""
        found = self._share(random)
        if found is None:
            return ""
        key = random.choice(self._world.items(found[0], ACCOUNTS))["account_id"]
        return self._put(found[0], {**found[1], "account_id": key}) if key != found[1]["account_id"] else ""

    def forge_currency(self, random: Random) -> str:
        """SET currency."""
        found = self._share(random)
        if found is None:
            return ""
        return self._update(found[0], found[1]["account_id"], {"currency": random.choice(("USD", "KRW", "BHD", "XXX"))})

    def forge_touch(self, random: Random) -> str:
        """SET something that the ledger does not look at: the row wins over what it was made from."""
        found = self._share(random)
        if found is None:
            return ""
        return self._update(found[0], found[1]["account_id"], {"note": f"n{random.randrange(100)}"})

    def forge_old(self, random: Random) -> str:
        """Put an old image of a row back."""
        region = random.choice(self._world.names)
        now = {row.get("last") for name in self._world.names for row in self._world.items(name, ACCOUNTS)}
        # Not one that goes on in the chain from another old image: that is the ledger's work to the last letter.
        images = [
            record.old
            for record in self._world.regions[region].tables[ACCOUNTS].records
            if record.old and record.old.get("prev") not in now
        ]
        return self._put(region, dict(random.choice(images))) if images else ""

    def forge_row(self, random: Random) -> str:
        """SET balance, and the ledger's own number with it."""
        found = self._share(random)
        if found is None:
            return ""
        amount = _amount(random)
        return self._update(found[0], found[1]["account_id"], {"balance": amount, "ledger_balance": amount})

    def forge_status(self, random: Random) -> str:
        """SET status."""
        found = self._share(random)
        if found is None:
            return ""
        return self._update(found[0], found[1]["account_id"], {"status": random.choice(("active", "frozen"))})

    def forge_copied_status(self, random: Random) -> str:
        """SET status of a home share in another region, where the region's own share copies it; or its version, too."""
        home, *others = self._world.names
        rows = [row for row in self._rows() if self._topology.owner(row["account_id"]) == home]
        if not others or not rows:
            return ""
        row = random.choice(rows)
        changes: dict[str, Any] = {"status": random.choice(("active", "frozen", "frozen"))}
        version = row.get("status_version")
        if random.random() < 0.5 and isinstance(version, Decimal):
            changes["status_version"] = version + random.randrange(1, 4)
        return self._update(random.choice(others), row["account_id"], changes)

    def forge_entry(self, random: Random) -> str:
        """Delete the entry of a payment or of a void, or SET something in it."""
        region = random.choice(self._world.names)
        records = self._world.regions[region].tables[JOURNAL].records[-_RECENT:]
        return self._forge_entry(region, records, _ENTRIES, random)

    def forge_other_entry(self, random: Random) -> str:
        """Delete an entry of any other kind but an incident, or SET something in it."""
        region = random.choice(self._world.names)
        records = self._world.regions[region].tables[JOURNAL].records
        return self._forge_entry(region, records[random.choice((0, -_RECENT)) :], _OTHER_ENTRIES, random)

    def _forge_entry(self, region: str, records: Sequence[Record], kinds: Sequence[str], random: Random) -> str:
        found = [record.new for record in records if record.new is not None and record.new.get("kind") in kinds]
        if not found:
            return ""
        entry = random.choice(found)
        key = {name: entry[name] for name in ("entry_id", "region")}
        standing = self._world.regions[region].tables[JOURNAL].item((entry["entry_id"], entry["region"]))
        if random.random() < 0.5:
            if self._is_last_of_account(entry):
                return ""
            self._world.delete(region, JOURNAL, key)
            what = "deletes"
        else:
            self._world.update(region, JOURNAL, key, random.choice(_CHANGES_OF_ENTRIES))
            what = "changes"
        self._observer.touched_entries.add(entry["entry_id"])
        self._observer.skip(region)
        for changed in (entry, standing if standing is not None else entry):
            for name in ("from_account", "to_account", "account_id", "share"):
                if name in changed:
                    self._touch(region, changed[name])
        return f"a hand {what} the entry {key} in {region}"

    def _is_last_of_account(self, entry: FrozenMap) -> bool:
        """Whether nothing else in the journal says that there is such an account: its name would be free again."""
        kind, _, account_id = entry["entry_id"].partition("~")
        other = {"opening": "share", "share": "opening"}.get(kind)
        if other is None:
            return False
        journals = [region.tables[JOURNAL] for region in self._world.regions.values()]
        return any(journal.item((f"{other}~{account_id}", entry["region"])) is None for journal in journals)

    def forge_counters(self, random: Random) -> str:
        """SET granted or accepted."""
        found = self._share(random)
        if found is None:
            return ""
        counters = {region: _amount(random) for region in self._world.names if random.random() < 0.6}
        name = random.choice(("granted", "accepted"))
        return self._update(found[0], found[1]["account_id"], {name: counters})

    def _rows(self) -> list[FrozenMap]:
        return self._world.items(self._world.names[0], ACCOUNTS)

    def _new_row(self, random: Random, *, odd: bool) -> dict[str, Any]:
        name = f"hand{random.randrange(3)}"
        if name not in self.names:
            self.names.append(name)
        row: dict[str, Any] = {"account_id": name, "balance": random.choice(_ODD) if odd else _amount(random)}
        if random.random() < 0.6:
            row["currency"] = random.choice(("USD", "KRW", "XXX")) if odd else "USD"
        return row


def _amount(random: Random) -> Decimal:
    return Decimal(random.randrange(0, 300))


def _brief(value: Any) -> Any:
    return value if not isinstance(value, str) or len(value) < 100 else f"{value[:10]}… ({len(value)} characters)"
