"""More than fits into memory: lines of JSON, sorted by a key into many files that each fit.

All lines of one key are in the same part. The parts are hashed, so they have about equally many keys; one key may have
any number of lines, so they are given back one by one.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self, TextIO
from zlib import crc32

type Lines = Iterator[tuple[str, list[Any]]]
"""Keys with the values of one line each."""

PARTS = 128  # files of one spool: with ten million lines, 80,000 a part
_BUFFER = 1 << 16  # bytes of one file's buffer: 8 MB for a spool


class Spool:
    """Lines under keys. First everything is added, then part after part is read once.

    The files have no names, so nothing of them is left, however the process ends.
    """

    def __init__(self, directory: Path | None, parts: int) -> None:
        # Closed by ``parts``, and by ``__exit__`` if it does not come to that.
        self._files = [
            TemporaryFile("w+", buffering=_BUFFER, encoding="utf-8", dir=directory)  # noqa: SIM115  see above
            for _ in range(parts)
        ]

        self.size = parts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in self._files:
            file.close()

    def add(self, key: str, *values: Any) -> None:
        """Keep one line of JSON values under ``key``."""
        file = self._files[crc32(key.encode("utf-8", "surrogatepass")) % len(self._files)]
        file.write(json.dumps([key, *values], separators=(",", ":")) + "\n")

    def parts(self) -> Iterator[Lines]:
        """Each part: its lines with their keys, in the order in which they were added."""
        for file in self._files:
            file.seek(0)
            yield _lines(file)
            file.close()


def _lines(file: TextIO) -> Lines:
    for text in file:
        key, *values = json.loads(text)
        yield key, values
