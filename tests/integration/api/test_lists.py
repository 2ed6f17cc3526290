"""``GET /accounts`` and ``GET /account/{account_id}/transfers``: pages and their cursors."""

import pytest

from tests.integration.api.cloud import HOME, App, Cloud


def pages(app: App, path: str, limit: int) -> list[list[dict[str, str]]]:
    """All pages of a list."""
    found, cursor = [], ""
    while True:
        page = app.get(f"{path}?limit={limit}{cursor}").json()
        found.append(page["items"])
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1, 1, 1, 1]), (2, [2, 2]), (3, [3, 1]), (4, [4]), (100, [4])])
def test_accounts_come_in_order_of_their_ids(home: App, limit: int, sizes: list[int]) -> None:
    for account_id in ("d", "a", "c", "b"):
        home.create(account_id)
    found = pages(home, "/accounts", limit)
    assert [len(page) for page in found] == sizes
    assert [account["account_id"] for page in found for account in page] == ["a", "b", "c", "d"]


def test_no_accounts_is_an_empty_page(home: App) -> None:
    assert home.get("/accounts/").json() == {"items": [], "next_cursor": None}


def test_a_damaged_row_does_not_end_the_list(cloud: Cloud, home: App) -> None:
    for account_id in ("a", "b", "c"):
        home.create(account_id)
    (row,) = [item for item in cloud.items(HOME, "account-table") if item["account_id"]["S"] == "b"]
    cloud.put(HOME, "account-table", {**row, "balance": {"N": "7"}})
    found = pages(home, "/accounts", 1)
    assert [[account["account_id"] for account in page] for page in found] == [["a"], [], ["c"]]


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1, 1, 1, 1]), (2, [2, 2]), (3, [3, 1]), (100, [4])])
def test_transfers_come_newest_first(home: App, limit: int, sizes: list[int]) -> None:
    for account_id in ("cloud", "it", "other"):
        home.create(account_id, 100)
    made = [
        home.pay(sender, recipient, amount).json()
        for amount, (sender, recipient) in enumerate(
            [("cloud", "it"), ("it", "cloud"), ("other", "it"), ("cloud", "other"), ("cloud", "it")], start=1
        )
    ]
    found = pages(home, "/account/it/transfers", limit)
    assert [len(page) for page in found] == sizes
    wanted = [transfer for transfer in reversed(made) if "it" in (transfer["from_account"], transfer["to_account"])]
    assert [transfer for page in found for transfer in page] == wanted


def test_an_account_without_transfers_has_an_empty_page(home: App) -> None:
    home.create("cloud")
    assert home.get("/account/cloud/transfers/").json() == {"items": [], "next_cursor": None}


def test_an_unknown_account_has_no_page(home: App) -> None:
    response = home.get("/account/nobody/transfers")
    assert (response.status_code, response.json()["code"]) == (404, "unknown-account")


def test_a_cursor_of_one_account_is_worth_nothing_for_another(home: App) -> None:
    for account_id in ("cloud", "it", "other"):
        home.create(account_id, 100)
    for _ in range(2):
        home.pay("cloud", "it", 1)
        home.pay("cloud", "other", 1)
    cursor = home.get("/account/it/transfers?limit=1").json()["next_cursor"]
    for path in ("/account/other/transfers", "/account/cloud/transfers", "/accounts"):
        response = home.get(f"{path}?cursor={cursor}")
        assert (response.status_code, response.json()["field"]) == (400, "cursor")
