"""Taking everything away but the tables, from which test_tls.py goes on."""

import pytest

from tests.rehearsal.machines import namespaces
from tests.rehearsal.operator import Operator
from tests.rehearsal.places import REGIONS
from tests.rehearsal.test_runbook import run
from tests.rehearsal.waiting import until

pytestmark = pytest.mark.usefixtures("site")

TABLES = {"account-table", "journal-table", "control-table"}


def stacks(operator: Operator, region: str) -> set[str]:
    """The names of the region's stacks."""
    return {stack["StackName"] for stack in operator.client("cloudformation", region).describe_stacks()["Stacks"]}


def tables(operator: Operator, region: str) -> set[str]:
    """The names of the region's tables."""
    return set(operator.client("dynamodb", region).list_tables()["TableNames"])


def test_a_confirmation_that_is_not_word_by_word_removes_nothing(operator: Operator) -> None:
    played = operator.play("teardown", "-e", '{"teardown_delete_tables": "yes"}')
    assert played.status != 0
    assert len(operator.instances()) == 2 * len(REGIONS)


def test_the_pin_of_an_image_is_taken_away_as_the_guide_says(operator: Operator) -> None:
    # The hosts of the next deployment (test_tls.py) are made from the image that is the newest then.
    done = run(operator, "aws ssm delete-parameter --region eu-central-1 --name /account-ledger/image-id")
    assert done.returncode == 0, done
    left = operator.client("ssm", "eu-central-1").describe_parameters()["Parameters"]
    assert "/account-ledger/image-id" not in [parameter["Name"] for parameter in left]


def test_teardown_leaves_the_tables_and_their_stack(operator: Operator) -> None:
    played = operator.play("teardown")
    assert played.status == 0, played
    assert stacks(operator, REGIONS[0]) == {"account-tables"}
    for region in REGIONS[1:]:
        assert stacks(operator, region) == set()
    for region in REGIONS:
        assert tables(operator, region) == TABLES
    assert operator.instances() == {}
    seats = {"alr-cloud", "alr-operator", "alr-outsider", "alr-router"}
    until(lambda: set(namespaces.ours()) == seats, 60, "the hosts are off")


def test_teardown_again_changes_nothing(operator: Operator) -> None:
    played = operator.play("teardown")
    assert played.status == 0, played
    assert played.total("changed") == 0, played
