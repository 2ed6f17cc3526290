"""Says in one line why there is no rehearsal, where there is none."""

import pytest

from tests.rehearsal import needs


@pytest.fixture(autouse=True)
def _at_the_operators_seat() -> None:
    """Not there: this test needs nothing of the rehearsal."""


def test_this_machine_can_rehearse() -> None:
    if missing := needs.missing():
        pytest.skip(f"no rehearsal: {missing}")
