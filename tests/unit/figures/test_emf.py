"""Figures in a line, by the embedded metric format."""

import json

import pytest

from figures import emf, table
from figures.table import FIGURES, Observation
from tests.support.emf import metrics


def line(*found: Observation) -> dict[str, object]:
    """A line with these observations."""
    return {"message": "m", **emf.members(found, 1_790_000_000.5)}


def test_a_line_is_as_the_specification_has_it() -> None:
    assert line(Observation(table.TRANSFERS, [1], ("posted",)), Observation(table.STORE_DURATION, [0.25, 0.5])) == {
        "message": "m",
        "_aws": {
            "Timestamp": 1_790_000_000_500,
            "CloudWatchMetrics": [
                {
                    "Namespace": "AccountLedger",
                    "Dimensions": [["Outcome"]],
                    "Metrics": [{"Name": "Transfers", "Unit": "Count"}],
                },
                {
                    "Namespace": "AccountLedger",
                    "Dimensions": [[]],
                    "Metrics": [{"Name": "StoreDuration", "Unit": "Seconds"}],
                },
            ],
        },
        "Transfers": 1,
        "Outcome": "posted",
        "StoreDuration": [0.25, 0.5],
    }


def test_dimensions_apart_are_two_metrics() -> None:
    found = metrics([line(Observation(table.REQUESTS, [1], ("transfer", "200")))])
    assert found == {"Requests": [(1, {"Route": "transfer"}), (1, {"Status": "200"})]}


@pytest.mark.parametrize("figure", FIGURES, ids=[figure.name for figure in FIGURES])
def test_every_figure_is_valid_and_can_be_read_back(figure: table.Figure) -> None:
    for values in ([1.5], [1.5, 2.0]):
        observation = Observation(figure, values, tuple(f"of {name}" for name in figure.dimensions))
        written = json.loads(json.dumps(line(observation)))
        assert metrics([written]).keys() == {figure.name}
        assert list(emf.observed(written)) == [observation]


def test_a_line_without_figures_is_left_as_it_is() -> None:
    assert line(Observation(table.STORE_DURATION, [])) == {"message": "m"}
    assert list(emf.observed({"message": "m", "Transfers": 1})) == []


def test_no_line_has_more_values_of_a_figure_than_cloudwatch_takes() -> None:
    assert metrics([line(Observation(table.STORE_DURATION, [1.0] * 250))])["StoreDuration"] == [(1.0, {})] * 100


def test_a_dimension_that_is_missing_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="zip"):
        line(Observation(table.TRANSFERS, [1]))
