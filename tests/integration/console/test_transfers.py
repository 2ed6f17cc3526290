"""Transfers in the admin: looked up by id or account, and everything that explains one."""

from dataclasses import replace
from typing import Any

import pytest

from ledger import entries
from ledger.dynamodb import decode, encode
from tests.integration.api.cloud import AWAY, HOME, Cloud
from tests.integration.api.faults import cut
from tests.integration.console.browsing import Somebody, link, text
from tests.integration.console.test_accounts import KNOWN, operations

LIST = "/admin/console/transfer/"


def paid(somebody: Somebody, amount: Any = 5, **headers: str) -> dict[str, Any]:
    """Two accounts and a payment between them."""
    somebody.app.create("cloud", 1000)
    somebody.app.create("it", 0)
    answer: dict[str, Any] = somebody.app.pay("cloud", "it", amount, **headers).json()
    return answer


def test_a_transfer_is_found_by_its_id_in_any_letters(cloud: Cloud, ann: Somebody) -> None:
    transfer_id = paid(ann)["transfer_id"]
    cloud.calls.clear()
    for query in (transfer_id, transfer_id.upper(), f"  {transfer_id} "):
        page = ann.get(f"{LIST}?q={query}")
        assert operations(cloud) == [*KNOWN, "BatchGetItem", "BatchGetItem"]
        assert link(page, transfer_id) == f"{LIST}{transfer_id}/change/"
        assert link(page, "it") == "/admin/console/account/it/change/"


def test_transfers_are_found_by_an_account_newest_first_in_pages(cloud: Cloud, ann: Somebody) -> None:
    paid(ann)
    for minor in range(60):
        ann.app.pay("cloud", "it", f"6.{minor:02}")
    cloud.calls.clear()
    first = ann.get(f"{LIST}?q=it")
    assert operations(cloud) == [*KNOWN, "Query", "Query", "BatchGetItem"]
    second = ann.get(LIST + link(first, "Next page"))
    assert [text(page).count("posted") for page in (first, second)] == [50, 11]
    assert text(first).index("6.59 USD") < text(first).index("6.58 USD")


def test_without_a_question_nothing_is_read(cloud: Cloud, ann: Somebody) -> None:
    assert "Transfers are found by their id or by an account" in text(ann.get(LIST))
    assert operations(cloud) == KNOWN
    assert "neither a transfer id nor an account id" in text(ann.get(f"{LIST}?q=a b"))
    assert "knows no transfer of nobody" in text(ann.get(f"{LIST}?q=nobody"))


def test_everything_that_explains_a_transfer_is_on_its_page(cloud: Cloud, ann: Somebody) -> None:
    transfer = paid(ann, "12.5", x_request_id="request-77")
    cloud.calls.clear()
    page = text(ann.get(f"{LIST}{transfer['transfer_id']}/change/"))
    assert operations(cloud) == [*KNOWN, "BatchGetItem", "BatchGetItem", "Query"]
    for said in ("Amount 12.50 USD", "From cloud", "To it", f"In {HOME}", "Caller anonymous", "Request id request-77",
                 "taken over from other regions with it none", "stands"):  # fmt: skip
        assert said in page, said
    assert "executed_at" not in page
    assert "&quot;request_id&quot;" in ann.get(f"{LIST}{transfer['transfer_id']}/change/?raw")


def test_money_taken_over_from_another_region_is_said(cloud: Cloud, ann: Somebody, ann_away: Somebody) -> None:
    paid(ann)
    cloud.replicate()
    answer = ann_away.app.pay("cloud", "it", 100).json()
    page = text(ann_away.get(f"{LIST}{answer['transfer_id']}/change/"))
    assert f"497.50 from {HOME}" in page


def test_a_second_execution_is_shown_as_what_becomes_of_it(cloud: Cloud, ann: Somebody, ann_away: Somebody) -> None:
    transfer_id = paid(ann, 5, idempotency_key="k")["transfer_id"]
    cloud.replicate()
    entry = next(row for row in cloud.items(HOME, "journal-table") if row["entry_id"]["S"] == transfer_id)
    executed = entries.read_transfer(decode(entry))
    assert executed is not None
    second = replace(executed, region=AWAY, executed_at="2999-01-01T00:00:00.000000Z")
    cloud.put(HOME, "journal-table", encode(second.entry()))
    page = text(ann.get(f"{LIST}{transfer_id}/change/"))
    assert "will be voided : an earlier one stands" in page
    cloud.put(HOME, "journal-table", encode(entries.void(second.entry(), HOME, "2999-01-01T00:00:01.000000Z")))
    page = text(ann.get(f"{LIST}{transfer_id}/change/"))
    assert f"voided 2999-01-01 00:00:01 , because the one in {HOME} stands" in page


def test_a_transfer_that_has_not_arrived_is_asked_for(cloud: Cloud, ann: Somebody, ann_away: Somebody) -> None:
    transfer_id = paid(ann)["transfer_id"]
    assert "Amount 5.00 USD" in text(ann_away.get(f"{LIST}{transfer_id}/change/"))
    cloud.faults.append(cut(HOME))
    for path in (f"{LIST}{transfer_id}/change/", f"{LIST}?q={transfer_id}"):
        assert f"It may be in {HOME}, which cannot be asked now" in text(ann_away.get(path, 404))


@pytest.mark.parametrize("name", ["x", "0" * 36, "4bb1ce76-2958-57ce-a39a-dbd6b19deffa", "_00"])
def test_what_is_no_transfer_is_not_found(ann: Somebody, name: str) -> None:
    ann.get(f"{LIST}{name}/change/", 404)
