"""When a sandbox counts as settled."""

from typing import Any

import pytest

from sandbox.settling import NotSettled, settle, still_open


def status(**changes: Any) -> dict[str, Any]:
    """A settled sandbox, with differences: ``link``, ``resolver``, ``mapping``, ``sweep``."""
    link = {"from": "a", "to": "b", "cut": False, "on_the_way": 0, "calls": 0} | changes.get("link", {})
    mapping = {"table": "account-table", "behind": 0, "busy": False, "error": None} | changes.get("mapping", {})
    sweep = {"clean_through": 7, "mended": 0, "error": None} | changes.get("sweep", {})
    resolver = {"region": "b", "stopped": False, "heard_ago": 0.1, "mappings": [mapping], "sweep": sweep}
    return {"changes": 7, "links": [link], "resolvers": [resolver | changes.get("resolver", {})]}


class Client:
    """Answers with one status after the other, and with the last one for ever."""

    def __init__(self, *statuses: dict[str, Any]) -> None:
        self._statuses = list(statuses)
        self.sweeps_asked = 0

    def get(self, _path: str) -> dict[str, Any]:
        return self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]

    def post(self, path: str) -> dict[str, Any]:
        assert path == "sweep"
        self.sweeps_asked += 1
        return {}


def test_nothing_is_open_in_a_sandbox_at_rest() -> None:
    assert still_open(status()) == []


@pytest.mark.parametrize(
    "difference, words",
    [
        ({"link": {"on_the_way": 3}}, "3 changes on the way from a to b"),
        ({"link": {"calls": 1}}, "1 calls on the way from a to b"),
        ({"mapping": {"behind": 2, "error": "boom"}}, "2 records behind in account-table: boom"),
        ({"mapping": {"busy": True}}, "in the middle of records of account-table"),
        ({"sweep": {"clean_through": 6}}, "no sweep in b"),
        ({"sweep": {"clean_through": None, "mended": 4}}, "the last one mended 4"),
        ({"sweep": {"clean_through": None, "error": "Unreachable"}}, "Unreachable"),
        ({"resolver": {"heard_ago": None}}, "not been heard of"),
        ({"resolver": {"heard_ago": 60.0}}, "not been heard of"),
    ],
)
def test_what_is_open_is_named_and_waited_for(difference: dict[str, Any], words: str) -> None:
    points = still_open(status(**difference))
    assert [words in point.what for point in points] == [True]
    assert not points[0].for_good


@pytest.mark.parametrize(
    "difference, words",
    [
        ({"link": {"on_the_way": 3, "cut": True}}, "that link is cut"),
        ({"link": {"calls": 3, "cut": True}}, "that link is cut"),
        ({"resolver": {"stopped": True}}, "the resolver in b is stopped"),
    ],
)
def test_what_only_a_switch_can_change_is_said_at_once(difference: dict[str, Any], words: str) -> None:
    with pytest.raises(NotSettled, match=words):
        settle(Client(status(**difference)), timeout=1e9)  # type: ignore[arg-type]  # a stand-in


def test_it_asks_for_sweeps_once_nothing_else_is_open() -> None:
    unswept = status(sweep={"clean_through": None})
    client = Client(status(link={"on_the_way": 1}), unswept, unswept, status())
    settle(client, timeout=10)  # type: ignore[arg-type]  # a stand-in
    assert client.sweeps_asked == 1


def test_a_change_between_two_looks_is_not_rest() -> None:
    late = status(sweep={"clean_through": 8}) | {"changes": 8}
    unsettled = status(link={"on_the_way": 1})
    with pytest.raises(NotSettled, match="on the way"):
        settle(Client(status(), late, unsettled), timeout=0.2)  # type: ignore[arg-type]  # a stand-in


def test_it_gives_up_with_a_list_of_what_is_open() -> None:
    with pytest.raises(NotSettled, match=r"not settled after 0.1 s:\n1 changes on the way"):
        settle(Client(status(link={"on_the_way": 1})), timeout=0.1)  # type: ignore[arg-type]  # a stand-in
