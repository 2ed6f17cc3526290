"""From an empty account to both regions serving payments, and nothing more to do after that."""

import pytest

from tests.rehearsal.operator import Operator, Played
from tests.rehearsal.places import REGIONS

pytestmark = pytest.mark.usefixtures("site")

EVERYBODY = {"localhost", *REGIONS, *(f"{role}-{region}" for role in ("bastion", "app") for region in REGIONS)}


def test_site_makes_stacks_and_hosts_of_every_region_and_sees_a_payment_arrive(site: Played) -> None:
    assert set(site.counts) >= EVERYBODY
    assert "Write, read, transfer and clean up" in site.output


@pytest.mark.parametrize("region", REGIONS)
def test_the_image_of_the_hosts_is_pinned(operator: Operator, region: str) -> None:
    pinned = operator.client("ssm", region).get_parameter(Name="/account-ledger/image-id")["Parameter"]["Value"]
    assert {instance["ImageId"] for (_, where), instance in operator.instances().items() if where == region} == {pinned}


def test_a_second_run_changes_nothing(operator: Operator) -> None:
    again = operator.play("site")
    assert again.status == 0, again
    assert again.total("changed") == 0, again


def test_verify_alone_says_that_all_is_well(operator: Operator) -> None:
    verified = operator.play("verify")
    assert verified.status == 0, verified
    assert verified.total("changed") == 0, verified


def test_check_mode_would_change_nothing(operator: Operator) -> None:
    checked = operator.play("site", "--check", "--diff")
    assert checked.status == 0, checked
    assert checked.total("changed") == 0, checked
