"""The seam to storage: requests as plain data, and the protocol of whoever carries them out.

Everything the ledger asks of a table goes through ``Store``. There are two of them: ``dynamodb.py`` (the
only module that imports boto3) and the simulated table of the tests. Values are native: ``str``,
``Decimal`` for numbers, ``dict`` for maps.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

type Item = Mapping[str, Any]
type Key = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Write:
    """One action of a write request: what to change, and on which condition.

    ``key`` is the primary key, or the whole item for a ``Put``. Expressions are DynamoDB's; every attribute
    stands in them as a ``#name`` (``region``, ``status`` and ``last`` are reserved words and region names
    contain hyphens) and every value as a ``:value``.
    """

    action: Literal["Put", "Update", "ConditionCheck"]
    table: str
    key: Item
    condition: str
    update: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Query:
    """One page of an index query: items whose ``hash_name`` is ``hash_value``, in order of ``range_name``.

    ``index`` ``None``: the table itself, by its own key and consistently in this region.
    ``before`` and ``after`` bound the range key, exclusively; ``prefix`` asks for range keys that begin so.
    At most one of the three is given. ``descending`` reads from the highest range key down.
    """

    table: str
    index: str | None
    hash_name: str
    hash_value: str
    range_name: str
    limit: int
    descending: bool = False
    before: str | None = None
    after: str | None = None
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one action of a cancelled write failed, in the position of the action.

    ``code`` is DynamoDB's cancellation reason code (``None`` for an action that was fine); ``item`` the row as it
    stood (``ReturnValuesOnConditionCheckFailure=ALL_OLD``), or ``None`` where there was none.
    """

    code: str
    item: Item | None = None

    @property
    def failed(self) -> bool:
        """Whether the condition of this action did not hold."""
        return self.code == "ConditionalCheckFailed"


class Cancelled(Exception):
    """Nothing was written: one or more conditions did not hold."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = tuple(reasons)


class Malformed(Exception):
    """Nothing was written: an expression does not fit the row as it stands (a map that a hand removed)."""


class Contended(Exception):
    """Nothing was written: another transaction held an item, or the table throttled. May be sent again as it is."""


class Unreachable(Exception):
    """No answer from the table's endpoint. Whether a write happened is not known."""


class Store(Protocol):
    """The three tables as one region's endpoint serves them.

    All methods raise ``Contended`` or ``Unreachable`` when the endpoint throttles or does not answer.
    """

    def write(self, writes: Sequence[Write], token: str) -> None:
        """Carry out all ``writes`` in one request, or none of them.

        ``token`` makes sending the same writes again harmless (ClientRequestToken). A single write goes as
        PutItem or UpdateItem, which costs half. Raises ``Cancelled`` (with one reason per write) and
        ``Malformed``.
        """

    def get(self, keys: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """Read items by (table, key) in one BatchGetItem, consistently in this region.

        Answers in the order of ``keys``, with ``None`` where there is no item. The tables may differ.
        """

    def query(self, query: Query) -> list[Item]:
        """One page of an index, eventually consistent, or of the table itself."""

    def scan(self, table: str, segment: int = 0, segments: int = 1) -> Iterator[Sequence[Item]]:
        """The whole table, or one of ``segments`` parts of it, consistently per item, page by page."""

    def ping(self) -> None:
        """Ask the accounts table for one item, with a short timeout."""
