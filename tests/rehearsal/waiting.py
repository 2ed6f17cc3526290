"""Waiting for what comes true by itself."""

import time
from collections.abc import Callable


def until[Result](look: Callable[[], Result], seconds: float, what: str) -> Result:
    """Look again and again until the result is true; returns it. Raises ``AssertionError`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (result := look()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s; last seen: {result!r}"
        time.sleep(0.5)
    return result
