"""How a rule of the ledger is broken while a history runs.

A mutant changes the text of one or more functions and gives them the code of the changed text, so that everyone who
holds the function runs it.
"""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from tests.simulator import observer


@dataclass(frozen=True, slots=True)
class Patch:
    """In the text of ``function``, ``old`` becomes ``new``; without ``old``, ``new`` is the whole function."""

    function: Callable[..., Any]
    old: str
    new: str
    source: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", textwrap.dedent(inspect.getsource(self.function)))

    def compiled(self) -> Any:
        """The code of the changed function. Raises ``ValueError`` if the text is not there any more."""
        assert isinstance(self.function, FunctionType)
        if self.old and self.source.count(self.old) != 1:
            raise ValueError(f"{self.function.__qualname__} does not contain once: {self.old!r}")
        changed = self.source.replace(self.old, self.new) if self.old else textwrap.dedent(self.new)
        # Annotations and defaults are those of the original: only the code is taken.
        space: dict[str, Any] = dict(self.function.__globals__)
        exec(compile(changed, f"<mutant of {self.function.__name__}>", "exec"), space)
        return space[self.function.__name__].__code__


@dataclass(frozen=True, slots=True)
class Mutant:
    """A broken rule, in words and as patches."""

    words: str
    patches: tuple[Patch, ...]
    ignored: frozenset[str] = frozenset()
    """Invariants that are not looked at: what a program without any of the ledger's rules cannot know."""

    hands: bool | None = None
    """Whether there are hand-made writes: without a resolver they alone would break the books."""

    @contextmanager
    def applied(self) -> Iterator[None]:
        """While the block runs, the rule is broken."""
        changed = [(patch.function, patch.compiled()) for patch in self.patches]
        assert len(dict(changed)) == len(changed), "of two patches of one function one would be lost"
        originals = [(function, function.__code__) for function, _ in changed if isinstance(function, FunctionType)]
        observer.IGNORED |= self.ignored
        try:
            for function, code in changed:
                assert isinstance(function, FunctionType)
                function.__code__ = code
            yield
        finally:
            for function, code in originals:
                function.__code__ = code
            observer.IGNORED -= self.ignored
