"""How a batch of stream records is fed to the function: retries, bisecting, giving up."""

from collections.abc import Sequence
from typing import Any

import pytest

from sandbox.delivery import Failure, Record, deliver


def records(*numbers: int) -> list[dict[str, Any]]:
    return [{"dynamodb": {"SequenceNumber": str(number)}} for number in numbers]


def numbers_of(batch: Sequence[Record]) -> list[int]:
    return [int(record["dynamodb"]["SequenceNumber"]) for record in batch]


class Shard:
    """Notes what a delivery does to the outside."""

    def __init__(self, *, stop_after: int | None = None) -> None:
        self.checkpoints: list[int] = []
        self.failures: list[str] = []
        self.given_up: list[tuple[int, int]] = []
        self.pauses: list[int] = []
        self._stop_after = stop_after

    def done(self, record: Record) -> bool:
        self.checkpoints += numbers_of([record])
        return self._stop_after is None or self.checkpoints[-1] < self._stop_after

    def failed(self, failure: Failure) -> None:
        self.failures.append(str(failure))

    def give_up(self, record: Record, failure: Failure, attempts: int) -> None:
        self.given_up.append((numbers_of([record])[0], attempts))

    def pause(self, attempt: int) -> None:
        self.pauses.append(attempt)


class Function:
    """Does its work except for ``bad`` records, which it reports; or fails as a whole when it sees ``poison``."""

    def __init__(
        self, *, bad: set[int] | None = None, poison: set[int] | None = None, works_after: int = 10**6
    ) -> None:
        self.bad, self.poison, self.works_after = bad or set(), poison or set(), works_after
        self.calls: list[list[int]] = []
        self.handled: list[int] = []

    def __call__(self, batch: Sequence[Record]) -> dict[str, Any]:
        numbers = numbers_of(batch)
        self.calls.append(numbers)
        if len(self.calls) > self.works_after:
            self.bad, self.poison = set(), set()
        if self.poison.intersection(numbers):
            raise ValueError("poison")
        for number in numbers:
            if number in self.bad:
                return {"batchItemFailures": [{"itemIdentifier": str(number)}]}
            self.handled.append(number)
        return {"batchItemFailures": []}


def run(function: Any, *numbers: int, shard: Shard | None = None, most_attempts: int = 3) -> Shard:
    shard = shard or Shard()
    deliver(records(*numbers), function, shard, most_attempts=most_attempts)
    return shard


def test_a_batch_that_works_is_done_with_one_call() -> None:
    function = Function()
    shard = run(function, 1, 2, 3)
    assert function.calls == [[1, 2, 3]]
    assert shard.checkpoints == [3]
    assert shard.failures == []


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_answers_that_mean_success(answer: Any) -> None:
    assert run(lambda _: answer, 1, 2).checkpoints == [2]


def test_what_comes_after_a_reported_record_is_delivered_again_and_what_came_before_is_not() -> None:
    function = Function(bad={3}, works_after=1)
    shard = run(function, 1, 2, 3, 4)
    assert function.calls == [[1, 2, 3, 4], [3, 4]]
    assert shard.checkpoints == [2, 4]


def test_the_lowest_of_several_reported_records_counts() -> None:
    answers = [{"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "2"}]}, None]
    calls = []

    def function(batch: Sequence[Record]) -> Any:
        calls.append(numbers_of(batch))
        return answers.pop(0)

    run(function, 1, 2, 3)
    assert calls == [[1, 2, 3], [2, 3]]


def test_a_reported_record_that_never_works_is_given_up_and_the_others_are_handled() -> None:
    function = Function(bad={3})
    shard = run(function, 1, 2, 3, 4, 5)
    assert function.handled == [1, 2, 4, 5]
    assert shard.given_up == [(3, 3)]
    assert shard.checkpoints[-1] == 5


def test_a_batch_that_raises_is_bisected_until_the_culprit_stands_alone() -> None:
    function = Function(poison={6})
    shard = run(function, *range(1, 9))
    assert function.handled == [1, 2, 3, 4, 5, 7, 8]
    assert shard.given_up == [(6, 3)]
    assert shard.checkpoints == [4, 5, 6, 8]
    assert "ValueError: poison" in shard.failures[0]


def test_attempts_are_bounded_and_pauses_grow() -> None:
    function = Function(poison={1})
    shard = run(function, 1, most_attempts=4)
    assert len(function.calls) == 4
    assert shard.pauses == [0, 1, 2]
    assert shard.given_up == [(1, 4)]


def test_the_order_within_the_shard_is_kept() -> None:
    function = Function(bad={2, 5}, poison={7}, works_after=6)
    run(function, *range(1, 10))
    assert function.handled == sorted(function.handled)
    assert set(function.handled) >= {1, 3, 4, 6, 8, 9}


@pytest.mark.parametrize("name", ["99", "", None])
def test_a_name_that_is_not_in_the_batch_means_that_all_of_it_failed(name: str | None) -> None:
    answers: list[Any] = [{"batchItemFailures": [{"itemIdentifier": name}]}]
    calls = []

    def function(batch: Sequence[Record]) -> Any:
        calls.append(numbers_of(batch))
        return answers.pop(0) if answers else None

    run(function, 1, 2)
    assert calls == [[1, 2], [1], [2]]


@pytest.mark.parametrize("answer", ["nonsense", {"batchItemFailures": [{}]}, {"batchItemFailures": 7}, [1]])
def test_an_answer_that_cannot_be_read_is_a_failure(answer: Any) -> None:
    shard = run(lambda _: answer, 1)
    assert shard.given_up == [(1, 3)]
    assert "cannot be read" in shard.failures[0]


def test_a_switch_turned_off_leaves_the_rest_for_later() -> None:
    function = Function(bad={3})
    shard = run(function, 1, 2, 3, 4, shard=Shard(stop_after=2))
    assert function.calls == [[1, 2, 3, 4]]
    assert shard.checkpoints == [2]
