import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import entries
from ledger.entries import Transfer, read_transfer
from tests.support.cloud import AP, EU

NOW = "2026-01-01T00:00:00.000000Z"


def transfer(**changes: Any) -> Transfer:
    """Some transfer."""
    plain: dict[str, Any] = {
        "transfer_id": "t-1",
        "region": AP,
        "from_account": "cloud",
        "to_account": "it",
        "amount": Decimal("12.50"),
        "currency": "USD",
        "reference": None,
        "executed_at": NOW,
        "principal": "tester",
        "request_id": "r-1",
    }
    return Transfer(**plain | changes)


@pytest.mark.parametrize("changes", [{}, {"reference": "rent"}, {"accepted": {EU: Decimal(5)}}], ids=str)
def test_an_entry_reads_back_as_the_transfer_it_was_made_from(changes: dict[str, Any]) -> None:
    assert read_transfer(transfer(**changes).entry()) == transfer(**changes)


def test_only_entries_of_transfers_are_read_as_such() -> None:
    assert read_transfer(None) is None
    assert read_transfer(entries.void(transfer().entry(), EU, NOW)) is None
    assert read_transfer(entries.share_opened("cloud", AP, NOW, "USD")) is None


WEIRD: list[Any] = [..., None, True, Decimal(5), b"x", {"a"}, [], {}, {"S": "x"}]


@pytest.mark.parametrize("name", ["from_account", "to_account", "currency", "executed_at", "principal", "request_id"])
@pytest.mark.parametrize("value", [*WEIRD, ""], ids=str)
def test_an_entry_put_by_hand_with_a_wrong_text_is_no_transfer(name: str, value: object) -> None:
    item = {key: kept for key, kept in (transfer().entry() | {name: value}).items() if kept is not ...}
    if value == "" and name in ("executed_at", "principal", "request_id"):
        return
    assert read_transfer(item) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "5"},
        {"amount": Decimal(0)},
        {"amount": Decimal(-5)},
        {"amount": True},
        {"accepted": [Decimal(1)]},
        {"reference": Decimal(1)},
        {"to_account": "cloud"},
        {"from_account": f"cloud@{EU}"},
        {"currency": "XAU"},
    ],
    ids=str,
)
def test_an_entry_put_by_hand_that_no_payment_can_leave_is_no_transfer(changes: dict[str, Any]) -> None:
    assert read_transfer({**transfer().entry(), **changes}) is None


def test_ids_depend_on_the_principal_the_key_and_the_purpose() -> None:
    ids = {
        entries.transfer_id("a", "k"),
        entries.transfer_id("b", "k"),
        entries.transfer_id("a", "l"),
        entries.transfer_id("", "ak"),
        entries.creation_id("a", "k"),
    }
    assert len(ids) == 5
    assert entries.transfer_id("a", "k") == entries.transfer_id("a", "k")


def test_the_digest_is_that_of_the_body_whatever_its_zeros() -> None:
    assert transfer().digest == transfer(amount=Decimal("12.5"), region=EU, executed_at="later").digest
    assert transfer(amount=Decimal("1E+2")).digest == transfer(amount=Decimal(100)).digest
    others = [
        transfer(amount=Decimal(12)),
        transfer(reference=""),
        transfer(from_account="x"),
        transfer(to_account="x"),
    ]
    assert transfer().digest not in {other.digest for other in others}


def test_the_earliest_execution_stands_and_the_region_decides_between_equal_times() -> None:
    early, late, other = transfer(region=EU), transfer(executed_at="2026-02"), transfer(region=AP)
    assert entries.standing([late, early]) is early
    assert entries.standing([early, other]) is other


def test_no_two_kinds_of_entry_have_one_key() -> None:
    keys = [
        transfer().entry(),
        entries.void(transfer().entry(), EU, NOW),
        entries.incident("t-1", AP, "reason", NOW),
        entries.share_opened("t-1", AP, NOW, "USD"),
        entries.opening("t-1", AP, Decimal(1), "USD", NOW, source="created", granted_to=AP),
        entries.rebuilt("t-1", AP, NOW),
    ]
    assert len({(item["entry_id"], item["region"]) for item in keys}) == len(keys)


ROWS = st.dictionaries(
    st.text(max_size=5),
    st.none()
    | st.booleans()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.decimals()
    | st.frozensets(st.binary(max_size=3))
    | st.frozensets(st.decimals(allow_nan=False))
    | st.dictionaries(st.text(max_size=3), st.lists(st.binary(max_size=3), max_size=2), max_size=2),
)


@given(ROWS)
def test_any_row_becomes_text_in_an_incident(row: dict[str, Any]) -> None:
    found = entries.incident("name", AP, "reason", NOW, old=row, new=None, account=None)
    assert isinstance(json.loads(found["old_image"]), dict)
    assert "new_image" not in found
    assert "account" not in found


def test_the_image_of_a_huge_row_is_cut() -> None:
    assert len(entries.image({"text": "x" * 390_000})) < 21_000
