"""The protocol loses no money in any small world, and every rule with a reason is needed for that."""

from dataclasses import fields, replace

import pytest

from tests.model.conftest import Report
from tests.model.protocol import Rules
from tests.model.scenarios import SCENARIOS, WEAKER
from tests.model.search import search


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_protocol_holds_in_every_state(name: str, report: Report) -> None:
    found = search(SCENARIOS[name])
    assert not found.broken, "\n".join((found.broken, *found.path))
    assert found.settled
    report.held(name, found)


@pytest.mark.parametrize("rule", WEAKER)
def test_without_a_rule_the_loss_is_found(rule: str, report: Report) -> None:
    scenario, broken = WEAKER[rule]
    found = search(replace(SCENARIOS[scenario], rules=replace(Rules(), **{rule: False})))
    assert found.broken == broken, "\n".join(found.path)
    report.lost(rule, found)


def test_a_repetition_is_what_a_status_is_copied_in_a_transaction_for() -> None:
    scenario, _ = WEAKER["copied_once"]
    assert not search(replace(SCENARIOS[scenario], rules=replace(Rules(), copied_once=False), resent=False)).broken


def test_every_rule_is_taken_away_once() -> None:
    assert set(WEAKER) == {rule.name for rule in fields(Rules)}
