"""Stream records of the simulated tables, and the event in which Lambda hands them to a function."""

from collections.abc import Iterable
from hashlib import md5
from typing import Any, Literal, NamedTuple

from tests.simulator.schema import Schema
from tests.simulator.values import FrozenMap, item_to_wire

type EventName = Literal["INSERT", "MODIFY", "REMOVE"]

ACCOUNT = "000000000000"
STREAM = "2026-01-01T00:00:00.000"


class Record(NamedTuple):
    """One change of one row, in the stream of one region's table. ``time``: seconds since the epoch, by its clock.

    ``sequence`` counts from 1 in each stream. "Change data capture for DynamoDB Streams": each record appears
    exactly once in the stream (its readers may see it again), and the records of one item are in order.
    """

    schema: Schema
    region: str
    sequence: int
    time: float
    old: FrozenMap | None
    new: FrozenMap | None

    @property
    def event_id(self) -> str:
        """Unique among all records of all streams, and the same however often the record is read."""
        return md5(f"{self.region}/{self.schema.name}/{self.sequence}".encode(), usedforsecurity=False).hexdigest()

    @property
    def name(self) -> EventName:
        """What happened to the row."""
        if self.old is None:
            return "INSERT"
        return "REMOVE" if self.new is None else "MODIFY"

    @property
    def table(self) -> str:
        """Name of the table."""
        return self.schema.name

    @property
    def keys(self) -> dict[str, str]:
        """The row's key attributes."""
        image = self.new if self.new is not None else self.old
        assert image is not None, "a record without an image"
        return {name: image[name] for name in self.schema.key}

    @property
    def wire_sequence(self) -> str:
        """The sequence number as it stands in an event: the identifier of a failure in a partial batch response."""
        return f"{self.sequence:021d}"

    def to_event(self) -> dict[str, Any]:
        """The record as an element of ``Records`` ("Using AWS Lambda with Amazon DynamoDB", example event)."""
        images = {"NewImage": self.new, "OldImage": self.old}
        return {
            "eventID": self.event_id,
            "eventName": self.name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self.region,
            "dynamodb": {
                "ApproximateCreationDateTime": float(int(self.time)),
                "Keys": {name: {"S": value} for name, value in self.keys.items()},
                **{image: item_to_wire(item) for image, item in images.items() if item is not None},
                "SequenceNumber": self.wire_sequence,
                "SizeBytes": 100,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
            "eventSourceARN": f"arn:aws:dynamodb:{self.region}:{ACCOUNT}:table/{self.table}/stream/{STREAM}",
        }


def lambda_event(records: Iterable[Record]) -> dict[str, Any]:
    """The event that Lambda's event source mapping gives to the handler for one batch."""
    return {"Records": [record.to_event() for record in records]}
