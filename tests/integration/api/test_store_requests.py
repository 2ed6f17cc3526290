"""How many requests to the tables each call costs."""

from tests.integration.api.cloud import AWAY, HOME, App, Cloud


def operations(cloud: Cloud) -> list[tuple[str, str]]:
    """Every request since the last look, as (region, operation)."""
    found = [(call.region, call.operation) for call in cloud.calls]
    cloud.calls.clear()
    return found


def prepared(cloud: Cloud, home: App) -> None:
    """Two accounts whose currencies the application knows."""
    home.create("cloud", 1000)
    home.create("it", 0)
    cloud.calls.clear()


def test_a_transfer_with_local_money_is_one_request_of_three_actions(cloud: Cloud, home: App) -> None:
    prepared(cloud, home)
    assert home.pay("cloud", "it", 5).status_code == 200
    (call,) = cloud.calls
    assert (call.region, call.operation) == (HOME, "TransactWriteItems")
    assert [list(action) for action in call.body["TransactItems"]] == [["Update"], ["Update"], ["Put"]]
    assert call.body["ClientRequestToken"]


def test_a_key_of_the_clients_costs_one_more_action_for_each_other_region(cloud: Cloud, home: App) -> None:
    prepared(cloud, home)
    assert home.pay("cloud", "it", 5, idempotency_key="k").status_code == 200
    (call,) = cloud.calls
    actions = [list(action) for action in call.body["TransactItems"]]
    assert actions == [["Update"], ["Update"], ["Put"], ["ConditionCheck"]]


def test_a_repetition_is_at_most_two_requests(cloud: Cloud, home: App) -> None:
    prepared(cloud, home)
    home.pay("cloud", "it", 5, idempotency_key="k")
    cloud.calls.clear()
    home.pay("cloud", "it", 5, idempotency_key="k")
    assert operations(cloud) == [(HOME, "TransactWriteItems")]


def test_the_first_sight_of_two_accounts_costs_one_batch_read(cloud: Cloud, home: App, away: App) -> None:
    away.create("cloud", 1000)
    away.create("it", 1)
    cloud.replicate()
    cloud.calls.clear()
    home.pay("it", "cloud", 0.5)
    assert operations(cloud)[:2] == [(HOME, "BatchGetItem"), (HOME, "TransactWriteItems")]


def test_too_little_money_is_refused_after_asking_every_region(cloud: Cloud, home: App) -> None:
    prepared(cloud, home)
    assert home.pay("cloud", "it", 5000).status_code == 409
    assert operations(cloud) == [
        (HOME, "TransactWriteItems"),
        (HOME, "BatchGetItem"),
        (AWAY, "BatchGetItem"),
        (HOME, "BatchGetItem"),  # that both stood together
        (AWAY, "BatchGetItem"),
    ]


def test_money_of_another_region_costs_a_grant(cloud: Cloud, home: App, away: App) -> None:
    home.create("rich", 100)
    away.create("yours", 1)
    cloud.replicate()
    away.pay("yours", "rich", 1)  # now both have a share there
    cloud.calls.clear()
    assert away.pay("rich", "yours", 50).status_code == 200
    assert operations(cloud) == [
        (AWAY, "TransactWriteItems"),  # refused: too little here
        (AWAY, "BatchGetItem"),  # what is visible
        (HOME, "BatchGetItem"),  # what is there
        (HOME, "TransactWriteItems"),  # the grant
        (AWAY, "TransactWriteItems"),  # accept and pay
    ]


def test_creating_at_home_is_one_request(cloud: Cloud, home: App) -> None:
    home.create("cloud", 1000)
    (call,) = cloud.calls
    assert (call.region, call.operation, len(call.body["TransactItems"])) == (HOME, "TransactWriteItems", 4)


def test_reading_is_cheap(cloud: Cloud, home: App) -> None:
    prepared(cloud, home)
    transfer_id = home.pay("cloud", "it", 5).json()["transfer_id"]
    cloud.calls.clear()
    for path, cost in (
        ("/account/cloud", ["BatchGetItem"]),
        (f"/transfer/{transfer_id}", ["BatchGetItem"]),
        ("/accounts", ["Query", "BatchGetItem"]),
        ("/account/cloud/transfers", ["Query", "Query", "BatchGetItem"]),
        ("/healthcheck", ["GetItem"]),
        ("/schema", []),
        ("/docs", []),
        ("/nowhere", []),
    ):
        home.get(path)
        assert operations(cloud) == [(HOME, operation) for operation in cost], path


def test_what_is_refused_by_its_form_costs_nothing(cloud: Cloud, home: App) -> None:
    home.post("/transfer", {"from_account": "cloud", "to_account": "cloud", "amount": 1})
    home.post("/transfer", {})
    home.get("/accounts?limit=0")
    assert operations(cloud) == []
