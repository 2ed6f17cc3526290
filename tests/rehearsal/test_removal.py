"""Taking all of it away, the tables too, which wants the confirmation. The last test of all."""

from tests.rehearsal.operator import Operator
from tests.rehearsal.places import REGIONS
from tests.rehearsal.test_teardown import stacks, tables

CONFIRMATION = '{"teardown_delete_tables": "delete account-table journal-table control-table"}'


def test_with_the_confirmation_nothing_is_left(operator: Operator) -> None:
    played = operator.play("teardown", "-e", CONFIRMATION)
    assert played.status == 0, played
    for region in REGIONS:
        assert stacks(operator, region) == set()
        assert tables(operator, region) == set()
        parameters = operator.client("ssm", region).describe_parameters()["Parameters"]
        assert [it["Name"] for it in parameters if it["Name"].startswith("/account-ledger/")] == []
        assert operator.client("s3", region).list_buckets()["Buckets"] == []
        assert operator.client("logs", region).describe_log_groups()["logGroups"] == []
        assert operator.client("lambda", region).list_functions()["Functions"] == []
