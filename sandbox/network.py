"""The links between regions: whether bytes pass, and how long they take. One object per direction."""

import asyncio
from collections.abc import Iterable


class Link:
    """One direction between two regions.

    ``lag`` (seconds) is how long a replicated write travels, ``latency`` how long bytes of a direct call do. While
    the link is cut nothing passes; what is on the way waits.
    """

    def __init__(self, source: str, target: str, *, lag: float, latency: float) -> None:
        self.source = source
        self.target = target
        self.lag = lag
        self.latency = latency
        self._passing = asyncio.Event()
        self._passing.set()

    @property
    def cut(self) -> bool:
        """Whether nothing passes."""
        return not self._passing.is_set()

    @cut.setter
    def cut(self, cut: bool) -> None:
        if cut:
            self._passing.clear()
        else:
            self._passing.set()

    async def passing(self) -> None:
        """Return once the link is not cut."""
        await self._passing.wait()


class Network:
    """All links of a sandbox."""

    def __init__(self, directions: Iterable[tuple[str, str]], *, lag: float, latency: float) -> None:
        self.links = {(source, target): Link(source, target, lag=lag, latency=latency) for source, target in directions}

    def from_region(self, source: str) -> list[Link]:
        """The links that lead out of ``source``."""
        return [link for link in self.links.values() if link.source == source]

    def select(self, source: str | None, target: str | None) -> list[Link]:
        """The links from ``source`` to ``target``; ``None`` stands for every region."""
        return [link for link in self.links.values() if source in (None, link.source) and target in (None, link.target)]
