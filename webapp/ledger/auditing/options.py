"""How an audit reads."""

from dataclasses import dataclass
from pathlib import Path

from ledger.auditing.spool import PARTS


@dataclass(frozen=True, slots=True)
class Options:
    """How to read. ``rate``: read units a second of each region, 0 for as fast as it goes; one is 4 KB.

    ``wait``: seconds over which whatever looks wrong is looked at again, ``looks`` times; ``most``: accounts and ids
    that are looked at again at one time. ``directory``: for files as large as the tables; ``None``: where temporary
    files usually are; ``parts``: their number, twice.
    """

    segments: int = 16
    workers: int = 4
    rate: float = 2_000.0
    wait: float = 20.0
    looks: int = 4
    most: int = 10_000
    directory: Path | None = None
    parts: int = PARTS


USUAL = Options()
