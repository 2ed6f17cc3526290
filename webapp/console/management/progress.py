"""A progress bar on one line of a terminal."""

import time
from typing import TextIO

_WIDTH = 30  # characters
_EVERY = 0.1  # seconds between two drawings


class Bar:
    """A ``Progress`` that draws on ``stream``, and nothing if that is no terminal (unless ``always``)."""

    def __init__(self, stream: TextIO, *, always: bool = False) -> None:
        self._stream = stream
        self._shown = always or stream.isatty()
        self._drawn_at = 0.0
        self._phase = ""

    def __call__(self, phase: str, done: int, total: int, items: int) -> None:
        """Draw how far it is."""
        now = time.monotonic()
        if not self._shown or (now - self._drawn_at < _EVERY and phase == self._phase and done < total):
            return
        self._drawn_at, self._phase = now, phase
        part = done / total if total else 1.0
        full = int(part * _WIDTH)
        count = f" {items:,} items" if items else ""
        self._stream.write(f"\r\x1b[K{phase} [{'#' * full}{'.' * (_WIDTH - full)}] {part:4.0%}{count}")
        self._stream.flush()

    def clear(self) -> None:
        """Remove the bar."""
        if self._shown and self._phase:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
