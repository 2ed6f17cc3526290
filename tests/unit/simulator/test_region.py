"""One region of the simulated tables answers requests as DynamoDB does."""

from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from ledger.requests import Cancelled, Malformed, Query, Reason, Write
from tests.simulator.clock import Time
from tests.simulator.endpoint import Endpoint
from tests.simulator.values import InvalidRequest
from tests.simulator.world import World

HERE = "ap-northeast-2"
ACCOUNTS = "account-table"
JOURNAL = "journal-table"
ABSENT = "attribute_not_exists(#id)"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def world(time: Time) -> World:
    return World([HERE], time, Random(1))


@pytest.fixture
def store(world: World) -> Endpoint:
    return world.store(HERE, HERE)


def put(account: str, **attributes: Any) -> Write:
    return Write("Put", ACCOUNTS, {"account_id": account, **attributes}, ABSENT, names={"#id": "account_id"})


def entry(entry_id: str, **attributes: Any) -> Write:
    item = {"entry_id": entry_id, "region": HERE, **attributes}
    return Write("Put", JOURNAL, item, ABSENT, names={"#id": "entry_id"})


def absent(account: str) -> Write:
    return Write("ConditionCheck", ACCOUNTS, {"account_id": account}, ABSENT, names={"#id": "account_id"})


def pay(account: str, amount: int) -> Write:
    return Write(
        "Update",
        ACCOUNTS,
        {"account_id": account},
        "#balance >= :amount",
        "SET #balance = #balance - :amount",
        {"#balance": "balance"},
        {":amount": Decimal(amount)},
    )


def row(world: World, account: str) -> Any:
    return world.item(HERE, ACCOUNTS, {"account_id": account})


def test_a_transaction_writes_all_of_its_actions(world: World, store: Endpoint) -> None:
    store.write([put("a", balance=Decimal("9.0")), entry("1"), absent("b")], "token")
    assert row(world, "a") == {"account_id": "a", "balance": Decimal(9)}
    assert world.items(HERE, JOURNAL) == [{"entry_id": "1", "region": HERE}]


def test_a_cancelled_transaction_writes_nothing_and_gives_every_reason_with_the_row(
    world: World, store: Endpoint
) -> None:
    world.put(HERE, ACCOUNTS, {"account_id": "a", "balance": Decimal(5)})
    before = world.regions[HERE].tables[ACCOUNTS].records[:]
    with pytest.raises(Cancelled) as caught:
        store.write([pay("a", 6), entry("1"), pay("nobody", 1)], "token")
    assert caught.value.reasons == (
        Reason("ConditionalCheckFailed", {"account_id": "a", "balance": Decimal(5)}),
        Reason("None"),
        Reason("ConditionalCheckFailed"),
    )
    assert world.items(HERE, JOURNAL) == []
    assert world.regions[HERE].tables[ACCOUNTS].records == before


def test_a_single_write_that_fails_gives_one_reason(world: World, store: Endpoint) -> None:
    world.put(HERE, ACCOUNTS, {"account_id": "a", "balance": Decimal(5)})
    with pytest.raises(Cancelled) as caught:
        store.write([put("a")], "token")
    assert caught.value.reasons == (Reason("ConditionalCheckFailed", {"account_id": "a", "balance": Decimal(5)}),)


@pytest.mark.parametrize("others", [[], [entry("1")]])
def test_an_update_that_does_not_fit_the_row_is_malformed_and_nothing_is_written(
    world: World, store: Endpoint, others: Sequence[Write]
) -> None:
    world.put(HERE, ACCOUNTS, {"account_id": "a"})
    update = Write(
        "Update",
        ACCOUNTS,
        {"account_id": "a"},
        "attribute_not_exists(#map)",
        "SET #map.#eu = :v",
        {"#map": "granted", "#eu": "eu"},
        {":v": Decimal(1)},
    )
    with pytest.raises(Malformed):
        store.write([update, *others], "token")
    assert world.items(HERE, JOURNAL) == []


def test_an_update_of_a_row_that_is_not_there_creates_it_with_its_key(world: World, store: Endpoint) -> None:
    names = {"#id": "account_id", "#balance": "balance"}
    store.write(
        [Write("Update", ACCOUNTS, {"account_id": "a"}, ABSENT, "SET #balance = :v", names, {":v": Decimal(1)})], "t"
    )
    assert row(world, "a") == {"account_id": "a", "balance": Decimal(1)}


def test_removing_attributes_of_a_row_that_is_not_there_creates_none(world: World, store: Endpoint) -> None:
    names = {"#id": "account_id", "#balance": "balance"}
    store.write([Write("Update", ACCOUNTS, {"account_id": "a"}, ABSENT, "REMOVE #balance", names)], "t")
    assert row(world, "a") is None


def test_the_same_token_with_the_same_actions_does_nothing_again(world: World, store: Endpoint, time: Time) -> None:
    world.put(HERE, ACCOUNTS, {"account_id": "a", "balance": Decimal(10)})
    for _ in range(3):
        store.write([pay("a", 2), entry("1")], "token")
        time.advance(299)
    assert row(world, "a")["balance"] == 8


def test_a_token_is_forgotten_after_ten_minutes(world: World, store: Endpoint, time: Time) -> None:
    world.put(HERE, ACCOUNTS, {"account_id": "a", "balance": Decimal(10)})
    store.write([pay("a", 2), absent("b")], "token")
    time.advance(600)
    store.write([pay("a", 2), absent("b")], "token")
    assert row(world, "a")["balance"] == 6


def test_a_cancelled_transaction_may_be_sent_again_with_its_token(world: World, store: Endpoint) -> None:
    with pytest.raises(Cancelled):
        store.write([pay("a", 2), absent("b")], "token")
    world.put(HERE, ACCOUNTS, {"account_id": "a", "balance": Decimal(10)})
    store.write([pay("a", 2), absent("b")], "token")
    assert row(world, "a")["balance"] == 8


def test_the_same_token_with_other_actions_is_refused_loudly(world: World, store: Endpoint) -> None:
    store.write([entry("1"), absent("b")], "token")
    with pytest.raises(InvalidRequest, match="token"):
        store.write([entry("2"), absent("b")], "token")
    assert len(world.invalid) == 1


def test_a_single_write_is_done_again_whatever_its_token(world: World, store: Endpoint) -> None:
    world.put(HERE, ACCOUNTS, {"account_id": "a", "balance": Decimal(10)})
    store.write([pay("a", 2)], "token")
    store.write([pay("a", 2)], "token")
    assert row(world, "a")["balance"] == 6


@pytest.mark.parametrize(
    "writes",
    [
        [],
        [put("a"), pay("a", 1)],
        [put("a"), absent("a")],
        [put("")],
        [put("a", bucket=Decimal(1))],
        [put("a", bucket="")],
        [put("a", balance=1.5)],
        [Write("Put", ACCOUNTS, {"balance": Decimal(1)}, ABSENT, names={"#id": "account_id"})],
        [Write("Put", "no-table", {"account_id": "a"}, ABSENT, names={"#id": "account_id"})],
        [Write("Put", ACCOUNTS, {"account_id": "a"}, "")],
        [Write("Update", ACCOUNTS, {"account_id": "a"}, ABSENT, names={"#id": "account_id"})],
        [Write("Update", ACCOUNTS, {"account_id": "a"}, ABSENT, "SET #id = :v", {"#id": "account_id"}, {":v": "b"})],
        [Write("ConditionCheck", ACCOUNTS, {"account_id": "a", "x": "y"}, ABSENT, names={"#id": "account_id"})],
        [Write("ConditionCheck", JOURNAL, {"entry_id": "a"}, ABSENT, names={"#id": "entry_id"})],
        [Write("Put", ACCOUNTS, {"account_id": "a"}, ABSENT, names={"#id": "account_id"}, values={":v": "unused"})],
        [Write("Put", ACCOUNTS, {"account_id": "a"}, "#id <> :v", names={"#id": "account_id"})],
    ],
)
def test_a_request_that_is_wrong_in_itself_is_refused_loudly(
    world: World, store: Endpoint, writes: list[Write]
) -> None:
    with pytest.raises(InvalidRequest):
        store.write(writes, "token")
    assert len(world.invalid) == 1
    assert world.items(HERE, ACCOUNTS) == []


def test_a_row_that_was_read_cannot_be_changed_and_keeps_what_it_was(world: World, store: Endpoint) -> None:
    granted = {"eu": Decimal(1)}
    store.write([put("a", granted=granted)], "token")
    granted["eu"] = Decimal(2)
    (item,) = store.get([(ACCOUNTS, {"account_id": "a"})])
    assert item == {"account_id": "a", "granted": {"eu": 1}}
    with pytest.raises(TypeError):
        item["granted"].clear()
    world.update(HERE, ACCOUNTS, {"account_id": "a"}, {"granted": {}})
    assert item == {"account_id": "a", "granted": {"eu": 1}}


def test_get_answers_in_the_order_of_the_keys(world: World, store: Endpoint) -> None:
    world.put(HERE, ACCOUNTS, {"account_id": "a"})
    world.put(HERE, JOURNAL, {"entry_id": "1", "region": HERE})
    keys = [(JOURNAL, {"entry_id": "1", "region": HERE}), (ACCOUNTS, {"account_id": "b"})]
    keys += [(ACCOUNTS, {"account_id": "a"})] * 2
    assert store.get(keys) == [{"entry_id": "1", "region": HERE}, None, {"account_id": "a"}, {"account_id": "a"}]


def test_scan_gives_every_row_page_by_page(world: World, store: Endpoint) -> None:
    for n in range(60):
        world.put(HERE, ACCOUNTS, {"account_id": f"a{n:02}"})
    pages = list(store.scan(ACCOUNTS))
    assert len(pages) == 3
    assert [item["account_id"] for page in pages for item in page] == [f"a{n:02}" for n in range(60)]


def listed(limit: int = 10, **bounds: Any) -> Query:
    return Query(ACCOUNTS, "accounts-by-id", "bucket", "account", "account_id", limit, **bounds)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (listed(), "abc"),
        (listed(2), "ab"),
        (listed(2, descending=True), "cb"),
        (listed(after="a"), "bc"),
        (listed(before="c", descending=True), "ba"),
        (listed(prefix="b"), "b"),
    ],
)
def test_an_index_has_only_rows_with_its_keys_in_order(
    world: World, store: Endpoint, query: Query, expected: str
) -> None:
    for name in "cab":
        world.put(HERE, ACCOUNTS, {"account_id": name, "bucket": "account", "currency": "USD", "balance": Decimal(1)})
    world.put(HERE, ACCOUNTS, {"account_id": "share"})
    world.put(HERE, ACCOUNTS, {"account_id": "b@eu", "bucket": "other"})
    found = store.query(query)
    assert "".join(item["account_id"] for item in found) == expected
    assert all(item.keys() == {"account_id", "bucket", "currency"} for item in found)


def test_an_index_may_lag_behind_its_table(world: World, store: Endpoint) -> None:
    for name in "ab":
        world.put(HERE, ACCOUNTS, {"account_id": name, "bucket": "account"})
    world.delete(HERE, ACCOUNTS, {"account_id": "a"})
    seen = []
    for lag in range(5):
        world.regions[HERE].tables[ACCOUNTS].index_lag = lag
        seen.append("".join(item["account_id"] for item in store.query(listed())))
    assert seen == ["b", "ab", "a", "", ""]


def test_an_item_has_400_kb_at_most(world: World, store: Endpoint) -> None:
    room = 400 * 1024 - len("account_id") - len("a") - len("note")
    store.write([put("a", note="x" * room)], "t1")
    with pytest.raises(Malformed):
        store.write([put("b", note="x" * (room + 1))], "t2")
    assert [row["account_id"] for row in world.items(HERE, ACCOUNTS)] == ["a"]


def test_a_scan_has_pages(world: World, store: Endpoint) -> None:
    for name in "abc":
        world.put(HERE, ACCOUNTS, {"account_id": name})
    world.regions[HERE].page = 2
    assert [[item["account_id"] for item in page] for page in store.scan(ACCOUNTS)] == [["a", "b"], ["c"]]
