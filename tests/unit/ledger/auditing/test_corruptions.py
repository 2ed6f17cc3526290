"""Books that are wrong in one place: the audit finds the place, whether the change is fresh or old.

Every change is made behind the ledger's back and the same in all regions (but for the replicas'), without any event:
so nobody mends it.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from ledger.auditing.findings import Severity
from ledger.auditing.report import Verdict
from ledger.entries import JOURNAL, Transfer, incident, void
from ledger.requests import Item
from ledger.writes import ACCOUNTS, LISTED
from tests.simulator.schema import RowKey
from tests.simulator.values import freeze_map
from tests.support.cloud import AP, EU, Cloud
from tests.unit.ledger.auditing.books import audited, history, later

D = Decimal
AWAY = f"cloud@{EU}"


def change(cloud: Cloud, table: str, key: RowKey, row: Mapping[str, Any] | None, regions: tuple[str, ...] = ()) -> None:
    """Put another row (``None``: none) in place of one, in all regions or in some."""
    for region in regions or cloud.names:
        rows = cloud.world.regions[region].tables[table]
        version = rows.rows.get(key)
        stamp = version.stamp if version is not None else (0.0, 0.0, 0)
        rows.store(key, None if row is None else freeze_map(row), stamp, 0.0)


def row_of(cloud: Cloud, key: str) -> dict[str, Any]:
    row = cloud.row(key)
    assert row is not None
    return dict(row)


def entry_of(cloud: Cloud, wanted: Callable[[Item], bool]) -> tuple[RowKey, dict[str, Any]]:
    entry = next(entry for entry in cloud.world.items(cloud.home, JOURNAL) if wanted(entry))
    return (entry["entry_id"], entry["region"]), dict(entry)


def _paid(entry: Item) -> bool:
    return entry["kind"] == "transfer" and entry["amount"] == 300


def _undone(entry: Item) -> bool:
    return entry["kind"] == "void"


def _of(kind: str, subject: str) -> Callable[[Item], bool]:
    return lambda entry: entry["kind"] == kind and subject in (entry.get("account_id"), entry.get("share"))


def set_in_row(key: str, **changes: Any) -> Callable[[Cloud], None]:
    return lambda cloud: change(cloud, ACCOUNTS, key, row_of(cloud, key) | changes)


def add_to_row(key: str, *names: str, by: str) -> Callable[[Cloud], None]:
    def corrupt(cloud: Cloud) -> None:
        row = row_of(cloud, key)
        change(cloud, ACCOUNTS, key, row | {name: row[name] + D(by) for name in names})

    return corrupt


def add_to_counter(key: str, counter: str, region: str, by: str) -> Callable[[Cloud], None]:
    def corrupt(cloud: Cloud) -> None:
        row = row_of(cloud, key)
        counters = {**row[counter], region: row[counter][region] + D(by)}
        change(cloud, ACCOUNTS, key, row | {counter: counters})

    return corrupt


def drop_row(key: str) -> Callable[[Cloud], None]:
    return lambda cloud: change(cloud, ACCOUNTS, key, None)


def drop_entry(wanted: Callable[[Item], bool]) -> Callable[[Cloud], None]:
    return lambda cloud: change(cloud, JOURNAL, entry_of(cloud, wanted)[0], None)


def set_in_entry(wanted: Callable[[Item], bool], **changes: Any) -> Callable[[Cloud], None]:
    def corrupt(cloud: Cloud) -> None:
        key, entry = entry_of(cloud, wanted)
        change(cloud, JOURNAL, key, entry | changes)

    return corrupt


def both_balances(key: str, by: str) -> Callable[[Cloud], None]:
    return add_to_row(key, "balance", "ledger_balance", by=by)


def forge_transfer(cloud: Cloud) -> None:
    """A payment that never took place, in a whole entry."""
    _, entry = entry_of(cloud, _paid)
    change(cloud, JOURNAL, ("forged", AP), entry | {"entry_id": "forged", "region": AP})


def forge_void(cloud: Cloud) -> None:
    """The undoing of a payment that stands, in a whole entry."""
    _, entry = entry_of(cloud, _paid)
    forged = void(entry, AP, cloud.ledgers[AP].now())
    change(cloud, JOURNAL, (forged["entry_id"], forged["region"]), forged)


def forge_share(cloud: Cloud) -> None:
    """A whole share of the ledger's form, for an account that has none there."""
    row = row_of(cloud, "cloud")
    forged = {"account_id": "gold", "balance": D(99), "ledger_balance": D(99), "share": "gold"}
    change(cloud, ACCOUNTS, "gold", row | forged)


def forge_second_share(cloud: Cloud) -> None:
    """A share in a region where a known account has never been."""
    cloud.create("new", 5)
    cloud.settle()
    row = row_of(cloud, AWAY)
    key = f"new@{EU}"
    change(cloud, ACCOUNTS, key, row | {"account_id": key, "granted": {}, "accepted": {}, "share": key})


def erase(cloud: Cloud) -> None:
    """An account that nobody has paid to or from is gone with its entries, but for the request that created it."""
    cloud.create("victim", 1000, key="key")
    cloud.settle()
    change(cloud, ACCOUNTS, "victim", None)
    for kind in ("share", "opening"):
        change(cloud, JOURNAL, (f"{kind}~victim", AP), None)


def unlist(cloud: Cloud) -> None:
    change(
        cloud, ACCOUNTS, "cloud", {name: value for name, value in row_of(cloud, "cloud").items() if name != "bucket"}
    )


def hush(cloud: Cloud) -> None:
    """Two payments under one id, of which one was undone, and nothing says that they were not the same."""
    cloud.pay(AP, "cloud", "it", 1, key="one id")
    cloud.pay(EU, "cloud", "it", 2, key="one id")
    cloud.settle()
    assert audited(cloud).verdict is Verdict.RIGHT
    drop_entry(lambda entry: entry.get("reason") == "different-transfers")(cloud)


def overdraw(cloud: Cloud) -> None:
    """A payment of more than there was, with an incident of old, and one of today that only says that it is so."""
    cloud.create("poor", 10)
    cloud.settle()
    forged = Transfer("forged", AP, "poor", "it", D(50), "USD", None, cloud.ledgers[AP].now(), "p", "r").entry()
    change(cloud, JOURNAL, ("forged", AP), forged)
    for key, by in (("poor", "-50"), ("it", "50")):
        both_balances(key, by)(cloud)
    for name, reason, at in (("old", "status-taken-back", "2020"), ("overdrawn~poor~", "overdrawn", "")):
        now = at or cloud.ledgers[AP].now()
        entry = incident(name + now[:10] if not at else name, AP, reason, now, account="poor")
        change(cloud, JOURNAL, (entry["entry_id"], entry["region"]), entry)


def swap(cloud: Cloud) -> None:
    """Move money from one share to another, so that all sums stay."""
    both_balances("cloud", "-5")(cloud)
    both_balances("it", "5")(cloud)


def copy_only(table: str, key: Callable[[Cloud], RowKey], **changes: Any) -> Callable[[Cloud], None]:
    """Change the copy in Frankfurt of what Seoul has written."""

    def corrupt(cloud: Cloud) -> None:
        found = key(cloud)
        row = cloud.world.regions[AP].tables[table].item(found)
        assert row is not None
        change(cloud, table, found, {**row, **changes}, (EU,))

    return corrupt


CORRUPTIONS: dict[str, tuple[Callable[[Cloud], None], str, str]] = {
    "balance changed by hand": (add_to_row("cloud", "balance", by="1000"), "damaged-row", "cloud"),
    "balance and ledger_balance changed": (both_balances("cloud", "0.01"), "balance", "cloud"),
    "balance lowered away from home": (both_balances(AWAY, "-0.01"), "balance", AWAY),
    "money moved from share to share": (swap, "balance", "it"),
    "counter of grants raised": (add_to_counter("cloud", "granted", EU, "50"), "balance", "cloud"),
    "counter of grants lowered": (add_to_counter("cloud", "granted", EU, "-50"), "over-accepted", "cloud"),
    "counter of acceptances raised": (add_to_counter(AWAY, "accepted", AP, "50"), "balance", AWAY),
    "counter of acceptances lowered": (add_to_counter(AWAY, "accepted", AP, "-50"), "balance", AWAY),
    "counters lost": (set_in_row("cloud", granted={}), "balance", "cloud"),
    "currency of a share changed": (set_in_row("cloud", currency="EUR"), "currencies", "cloud"),
    "transfer deleted": (drop_entry(_paid), "balance", AWAY),
    "amount of a transfer changed": (set_in_entry(_paid, amount=D(299)), "changed-entry", "*"),
    "recipient of a transfer changed": (set_in_entry(_paid, to_account="kiosk"), "changed-entry", "*"),
    "transfer forged": (forge_transfer, "changed-entry", "forged"),
    "share deleted": (drop_row(AWAY), "missing-row", AWAY),
    "account deleted": (drop_row("kiosk"), "missing-row", "kiosk"),
    "void of a duplicate deleted": (drop_entry(_undone), "balance", "*"),
    "void of a duplicate changed": (set_in_entry(_undone, amount=D(1)), "changed-entry", "*"),
    "void forged for what stands": (forge_void, "forged-void", "*"),
    "opening deleted": (drop_entry(_of("opening", "cloud")), "no-opening", "cloud"),
    "opening raised": (set_in_entry(_of("opening", "cloud"), amount=D(2000)), "balance", "cloud"),
    "entry of a share deleted": (drop_entry(_of("share", AWAY)), "forged-row", AWAY),
    "replica of a share changed": (copy_only(ACCOUNTS, lambda _: "cloud", balance=D(1)), "replica-differs", "cloud"),
    "replica of an entry changed": (
        copy_only(JOURNAL, lambda cloud: entry_of(cloud, _of("opening", "cloud"))[0], amount=D(1)),
        "replica-differs",
        "opening~cloud",
    ),
    "account erased with its entries": (erase, "no-opening", "victim"),
    "account taken out of the list": (unlist, "listing", "cloud"),
    "share away from home put into the list": (set_in_row(AWAY, bucket=LISTED), "listing", AWAY),
    "incident about what was undone deleted": (hush, "unreported", "*"),
    "payment of more than there was": (overdraw, "overdrawn", "poor"),
    "share forged for no account": (forge_share, "forged-row", "gold"),
    "share forged for an account": (forge_second_share, "forged-row", f"new@{EU}"),
    "row that is nobody's": (
        lambda cloud: change(cloud, ACCOUNTS, "gold@nowhere", {"account_id": "gold@nowhere", "balance": D(1)}),
        "forged-row",
        "gold@nowhere",
    ),
    "row that nobody adopts": (
        lambda cloud: change(cloud, ACCOUNTS, "gold", {"account_id": "gold", "balance": D(1)}),
        "forged-row",
        "gold",
    ),
    "entry that is nobody's": (
        lambda cloud: change(cloud, JOURNAL, ("note", AP), {"entry_id": "note", "region": AP, "text": "hello"}),
        "changed-entry",
        "note",
    ),
}


@pytest.mark.parametrize("age", [lambda _: None, later], ids=["fresh", "old"])
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_it_is_found(cloud: Cloud, name: str, age: Callable[[Cloud], None]) -> None:
    corrupt, kind, subject = CORRUPTIONS[name]
    history(cloud)
    age(cloud)
    assert audited(cloud).verdict is Verdict.RIGHT
    corrupt(cloud)
    report = audited(cloud)
    assert report.verdict is Verdict.WRONG
    wrong = [(finding.kind, finding.subject) for finding in report.of(Severity.WRONG)]
    assert any(found == kind and subject in ("*", about) for found, about in wrong), wrong
    assert report.of(Severity.MOVING) == []


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_it_is_found_from_the_other_region_while_payments_go_on(cloud: Cloud, name: str) -> None:
    corrupt, kind, subject = CORRUPTIONS[name]
    history(cloud)
    cloud.create("a", 100)
    cloud.create("b", 100)
    cloud.settle()
    corrupt(cloud)

    def meanwhile() -> None:
        cloud.pay(AP, "a", "b", 1)
        cloud.pay(EU, "b", "a", 1)
        cloud.deliver()

    report = audited(cloud, EU, meanwhile)
    wrong = [(finding.kind, finding.subject) for finding in report.of(Severity.WRONG)]
    assert any(found == kind and subject in ("*", about) for found, about in wrong), wrong
    assert not {"a", "b"} & {about.partition("@")[0] for _, about in wrong}
