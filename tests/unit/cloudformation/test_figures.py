"""The alarms wait for values that the ledger can emit, and the table of figures is one that both sides can take.

That alarms and dashboard use the names of the table, and all of them, is a policy: ``running_policies.py``.
"""

from collections import Counter

from django.urls import URLPattern

from ages import BOUNDS
from api.problems import STATUSES
from config.urls import urlpatterns
from figures.table import FIGURES, NAMESPACE, OF_THE_APP
from tests.unit.cloudformation.stacks import read_all, resources

OUTCOMES = {"posted", "replayed", *STATUSES}


def test_alarms_wait_for_values_that_occur() -> None:
    routes = {pattern.name for pattern in urlpatterns if isinstance(pattern, URLPattern)}
    values = {"Status": {str(status) for status in STATUSES.values()}, "Outcome": OUTCOMES, "Route": routes}
    waited_for = [
        (dimension["Name"], dimension["Value"])
        for _, alarm in resources(read_all(), "AWS::CloudWatch::Alarm")
        if alarm["Properties"].get("Namespace") == NAMESPACE
        for dimension in alarm["Properties"].get("Dimensions", [])
    ]
    assert sorted(waited_for) == [("Outcome", "region-unreachable"), ("Route", "healthcheck"), ("Status", "500")]
    assert all(value in values[name] for name, value in waited_for)


def test_names_are_unique_on_both_sides() -> None:
    for names in ([figure.name for figure in FIGURES], [figure.prometheus for figure in FIGURES]):
        assert [name for name, count in Counter(names).items() if count > 1] == []


def test_a_line_of_the_access_log_can_say_all_of_its_figures_at_once() -> None:
    members = [name for figure in OF_THE_APP for name in (figure.name, *figure.dimensions)]
    assert [name for name, count in Counter(members).items() if count > 1] == []


def test_prometheus_names_say_the_unit() -> None:
    names = {figure.name: figure.prometheus for figure in FIGURES}
    assert names["Transfers"] == "account_ledger_transfers"
    assert names["RemoteStoreDuration"] == "account_ledger_remote_store_duration_seconds"
    assert names["MoneyOnTheWay"] == "account_ledger_money_on_the_way"


def test_what_costs_a_metric_for_each_value_is_bounded() -> None:
    """See docs/costs.md. Routes and statuses one by one: in all combinations there could be ten times as many."""
    assert {figure.dimensions for figure in FIGURES} == {(), ("Route", "Status"), ("Outcome",), ("Currency", "Age")}
    assert [figure.name for figure in FIGURES if figure.apart] == ["Requests"]
    assert (len(OUTCOMES), len(BOUNDS)) == (24, 3)
