"""Simulated time: it passes when the one who runs the world lets it pass."""

from datetime import UTC, datetime

START = datetime(2026, 1, 1, tzinfo=UTC)


class Time:
    """The one true time, in seconds since the epoch. Called, it gives what ``World`` takes as its clock."""

    def __init__(self, start: datetime = START) -> None:
        self.seconds = start.timestamp()

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
