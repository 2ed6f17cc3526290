"""Simulated time: it passes when the one who runs the world, or a program that sleeps, lets it pass."""

from datetime import UTC, datetime, timedelta

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

    def clock(self, skew: float = 0.0) -> "SkewedClock":
        """A clock for a program whose machine is ``skew`` seconds ahead."""
        return SkewedClock(self, skew)


class SkewedClock:
    """The ledger's ``Clock``. ``sleep`` lets the time of the whole world pass."""

    def __init__(self, time: Time, skew: float) -> None:
        self._time = time
        self.skew = skew

    def now(self) -> datetime:
        """See ``Clock``."""
        return datetime.fromtimestamp(self._time.seconds, UTC) + timedelta(seconds=self.skew)

    def monotonic(self) -> float:
        """See ``Clock``."""
        return self._time.seconds

    def sleep(self, seconds: float) -> None:
        """See ``Clock``."""
        self._time.advance(seconds)
