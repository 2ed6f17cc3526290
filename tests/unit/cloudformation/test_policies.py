"""The policies hold for the stacks, and each of them sees its flaw."""

import copy
from typing import Any

import pytest

from tests.unit.cloudformation import access_policies, running_policies, table_policies
from tests.unit.cloudformation.flaws import FLAWS
from tests.unit.cloudformation.stacks import Stacks, read_all

STACKS = read_all()
POLICIES = [*table_policies.POLICIES, *access_policies.POLICIES, *running_policies.POLICIES]


def broken(stacks: Stacks) -> dict[str, list[str]]:
    """The findings of each policy that is broken, by its name."""
    found = {policy.__name__: list(policy(stacks)) for policy in POLICIES}
    return {name: findings for name, findings in found.items() if findings}


def test_the_stacks_break_no_policy() -> None:
    assert broken(STACKS) == {}


@pytest.mark.parametrize("policy, flaw", [(p, flaw) for p, flaws in FLAWS.items() for flaw in flaws])
def test_a_flaw_breaks_its_policy_and_no_other(policy: Any, flaw: Any) -> None:
    stacks = copy.deepcopy(STACKS)
    flaw(stacks)
    found = broken(stacks)
    assert found.keys() == {policy.__name__}
    assert found[policy.__name__]


def test_every_policy_has_a_flaw_that_breaks_it() -> None:
    assert FLAWS.keys() == set(POLICIES)
