"""Everything that hosts and functions have called so far is allowed by the policies of their deployed roles."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest

from tests.rehearsal.calls import Call, noted
from tests.rehearsal.cloud.server import OUR_KEYS
from tests.rehearsal.operator import Operator
from tests.rehearsal.places import REGIONS
from tests.rehearsal.policies import allowed

pytestmark = pytest.mark.usefixtures("site")

ALWAYS_ALLOWED = ("sts:GetCallerIdentity",)


def role_of(operator: Operator, access_key: str) -> str:
    """The name of the role whose credentials ``access_key`` is part of."""
    identity = operator.client("sts", REGIONS[0], access_key=access_key).get_caller_identity()
    return str(identity["Arn"].split("/")[1])


def policies(operator: Operator, role: str) -> Sequence[dict[str, Any]]:
    """The policy documents in the role."""
    iam = operator.client("iam", REGIONS[0])
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    return [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]


def test_no_host_and_no_function_called_what_its_role_does_not_allow(operator: Operator) -> None:
    called: dict[str, set[Call]] = defaultdict(set)
    for call in noted():
        if call.access_key not in OUR_KEYS and call.action not in ALWAYS_ALLOWED:
            called[role_of(operator, call.access_key)].add(call)
    # App, bastion and functions of every region.
    assert len(called) == 3 * len(REGIONS), sorted(called)
    refused = []
    for role, calls in called.items():
        documents = policies(operator, role)
        refused += [f"{role}: {call.action} on {call.resource}" for call in calls if not allowed(documents, call)]
    assert sorted(set(refused)) == []
