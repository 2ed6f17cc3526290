"""Reads DynamoDB expressions: tokens, document paths, values. The generated code names its operands here."""

import re
from collections.abc import Iterator, Mapping

from tests.simulator.values import InvalidRequest

_TOKEN = re.compile(r"\s*(?:(?P<token>[#:][A-Za-z0-9_]+|[A-Za-z_][A-Za-z0-9_]*|<>|<=|>=|[<>=+\-(),.])|(?P<end>$))")
_NOTHING = ""

type Path = tuple[str, ...]


class Reader:
    """One expression, read token by token. Collects which names and values it uses.

    Operands become Python source over three variables: ``item`` (the row as it was), ``get`` (its ``get``) and
    ``values``. Source is made from ``repr`` of strings only.
    """

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        # "Service, account, and table quotas": an expression string has 4 KB at most.
        if len(text.encode()) > 4096:
            raise InvalidRequest("an expression has more than 4 KB")
        self.text = text
        self.names = names
        self.used_names: set[str] = set()
        self.used_values: set[str] = set()
        self._tokens = list(_tokens(text))
        self._position = 0

    @property
    def token(self) -> str:
        """The next token; empty at the end."""
        return self._tokens[self._position] if self._position < len(self._tokens) else _NOTHING

    @property
    def keyword(self) -> str:
        """The next token in capitals: keywords may be written either way."""
        return self.token.upper()

    def take(self) -> str:
        """The next token, and step over it."""
        token = self.token
        if not token:
            raise self.error("it ends too early")
        self._position += 1
        return token

    def accept(self, keyword: str) -> bool:
        """Step over ``keyword`` if it is next."""
        if self.keyword != keyword:
            return False
        self._position += 1
        return True

    def expect(self, keyword: str) -> None:
        """Step over ``keyword``, which must be next."""
        if not self.accept(keyword):
            raise self.error(f"{keyword!r} is missing before {self.token!r}")

    def end(self) -> None:
        """Nothing may be left."""
        if self.token:
            raise self.error(f"{self.token!r} is not understood")

    def error(self, what: str) -> InvalidRequest:
        """What is wrong with this expression."""
        return InvalidRequest(f"{what}: {self.text!r}")

    def path(self) -> Path:
        """A document path: ``#name`` or ``#name.#name``, resolved."""
        parts = [self._name()]
        while self.accept("."):
            parts.append(self._name())
        return tuple(parts)

    def _name(self) -> str:
        token = self.take()
        if not token.startswith("#"):
            # Rule of the house, not of DynamoDB: reserved words are many, and region names contain hyphens.
            raise self.error(f"{token!r} must be a #name")
        self.used_names.add(token)
        if token not in self.names:
            raise self.error(f"{token} is not among the names")
        return self.names[token]

    def value(self) -> str:
        """A ``:value``, as source."""
        token = self.take()
        if not token.startswith(":"):
            raise self.error(f"a :value is missing before {token!r}")
        self.used_values.add(token)
        return f"values[{token!r}]"

    def operand(self) -> str:
        """A path or a value, as source. A path that leads nowhere gives ``MISSING``."""
        return self.value() if self.token.startswith(":") else lookup(self.path())


def lookup(path: Path) -> str:
    """Source of what stands at ``path``."""
    return f"get({path[0]!r}, MISSING)" if len(path) == 1 else f"walk(item, {path!r})"


def _tokens(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise InvalidRequest(f"{text[position:]!r} is not understood: {text!r}")
        if token := match["token"]:
            yield token
        position = match.end()
