"""A second opinion on the API: schemathesis makes requests from ``/schema`` and judges the answers by it."""

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, ClassVar

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api import books, documents
from config.wsgi import application
from tests.integration.api.cloud import App, Cloud

# 503 is an answer like others, and described. What is right by the schema may still be refused: no such currency, two
# equal accounts, more digits than the currency has.
EXCLUDED = [not_a_server_error, positive_data_acceptance]
ROUNDS = 5
BOUNDS: Any = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.generate],
}


def _described() -> Any:
    """The API as the sandbox and the tests have it: open, so that nobody needs a key."""
    document = deepcopy(documents.schema())
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["security"] = []
    described = schemathesis.openapi.from_dict(document)
    described.app = application
    return described


schema = _described()


@pytest.fixture(scope="module", autouse=True)
def home(connected: Cloud) -> Iterator[App]:
    """One application with some accounts for all requests."""
    Workflow.cloud = connected
    yield _prepared(connected)
    books.use(None)


def _prepared(cloud: Cloud) -> App:
    cloud.empty()
    app = next(iter(cloud.apps.values()))
    for account_id in ("cloud", "it"):
        app.create(account_id, 1000)
    app.pay("cloud", "it", 1)
    books.use(app.ledger)
    return app


def _check(case: Any, response: Any) -> None:
    assert response.status_code < 500 or response.status_code == 503, response.text
    case.validate_response(response, excluded_checks=EXCLUDED)


@schema.parametrize()
@settings(max_examples=40, **BOUNDS)
def test_every_answer_is_one_that_the_schema_describes(case: Any) -> None:
    _check(case, case.call())


class Workflow(schema.as_state_machine()):  # type: ignore[misc]  # a class made at run time
    """Requests that follow the links of the answers before."""

    answered: ClassVar[Counter[str]] = Counter()
    cloud: ClassVar[Cloud]

    def setup(self) -> None:
        """Begin with the same books each time: hypothesis tries the beginning of a workflow more than once."""
        super().setup()
        _prepared(self.cloud)

    def before_call(self, case: Any, *_: Any) -> None:
        """Let payments that are right be between accounts that there are: no id made at random is one."""
        if case.operation.label == "POST /transfer" and case.meta.generation.mode is GenerationMode.POSITIVE:
            case.body |= {"from_account": "cloud", "to_account": "it", "amount": "1.00"}

    def validate_response(self, response: Any, case: Any, *_: Any, **__: Any) -> None:
        """Judge each answer."""
        replayed = " again" if "idempotency-replayed" in response.headers else ""
        self.answered[f"{case.operation.label} {response.status_code}{replayed}"] += 1
        _check(case, response)


def test_requests_that_follow_the_links_are_answered_as_described() -> None:
    Workflow.answered.clear()
    wanted = {"POST /create_account 201", "POST /transfer 200", "POST /transfer 200 again", "GET /accounts 200"}
    wanted |= {"GET /transfer/{transfer_id} 200", "GET /account/{account_id} 200"}
    # What is drawn depends on answers, and now and then a round has no repeated payment in it: then others are drawn.
    for number in range(ROUNDS):
        bounds = BOUNDS | {"derandomize": number == 0}
        Workflow.run(settings=settings(max_examples=50, stateful_step_count=8, **bounds))
        if wanted <= Workflow.answered.keys():
            break
    assert wanted - Workflow.answered.keys() == set(), Workflow.answered


def test_the_links_lead_to_calls_that_there_are() -> None:
    paths = documents.schema()["paths"].values()
    operations = {operation["operationId"]: operation for path in paths for operation in path.values()}
    links = [
        link
        for operation in operations.values()
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert len(links) == 14
    for link in links:
        known = {parameter["name"] for parameter in operations[link["operationId"]]["parameters"]}
        assert {name.rpartition(".")[2] for name in link["parameters"]} <= known
