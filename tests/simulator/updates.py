"""Update expressions, as Python source.

"Using update expressions in DynamoDB" (Developer Guide): every operand is read from the item as it was before the
update; two clauses must not touch overlapping paths; each clause keyword stands once.
"""

from typing import NamedTuple

from tests.simulator.tokens import Path, Reader, lookup


class Statements(NamedTuple):
    """Source of statements that change ``new``, a copy of the item.

    ``targets``: the top-level attributes that they change. ``removes_only``: there is nothing but REMOVE.
    """

    lines: list[str]
    targets: frozenset[str]
    removes_only: bool


def update_source(reader: Reader) -> Statements:
    """A whole update. Raises ``InvalidRequest``."""
    statements: list[str] = []
    targets: list[Path] = []
    clauses = {"SET": _assignment, "REMOVE": _removal, "ADD": _addition}
    while reader.token:
        clause = clauses.pop(reader.keyword, None)
        if clause is None:
            raise reader.error(f"{reader.token!r} begins no clause, or begins it again")
        reader.take()
        while True:
            target, statement = clause(reader)
            targets.append(target)
            statements.append(statement)
            if not reader.accept(","):
                break
    _refuse_overlaps(reader, targets)
    return Statements(statements, frozenset(path[0] for path in targets), {"SET", "ADD"} <= clauses.keys())


def _refuse_overlaps(reader: Reader, targets: list[Path]) -> None:
    for position, path in enumerate(targets):
        for other in targets[:position]:
            shorter = min(len(path), len(other))
            if path[:shorter] == other[:shorter]:
                raise reader.error(f"two document paths overlap, {'.'.join(path)} and {'.'.join(other)}")


def _assignment(reader: Reader) -> tuple[Path, str]:
    path = reader.path()
    reader.expect("=")
    source = _operand(reader)
    if reader.token in ("+", "-"):
        function = "plus" if reader.take() == "+" else "minus"
        source = f"{function}({_numeric(source)}, {_numeric(_operand(reader))})"
        if reader.token in ("+", "-"):
            raise reader.error("an assignment has one operator at most")
    return path, _store(path, source)


def _operand(reader: Reader) -> str:
    if reader.token == "if_not_exists":
        reader.take()
        reader.expect("(")
        path = reader.path()
        reader.expect(",")
        source = f"first({lookup(path)}, lambda: {_operand(reader)})"
        reader.expect(")")
        return source
    if reader.token.startswith(":"):
        return reader.value()
    return f"known({lookup(reader.path())})"


def _numeric(operand: str) -> str:
    # A value of the request that is no number is refused; an attribute that is none does not fit.
    return f"numeric({operand})" if operand.startswith("values[") else operand


def _removal(reader: Reader) -> tuple[Path, str]:
    path = reader.path()
    if len(path) == 1:
        return path, f"new.pop({path[0]!r}, None)"
    return path, f"drop(new, {path!r})"


def _addition(reader: Reader) -> tuple[Path, str]:
    path = reader.path()
    return path, _store(path, f"added({lookup(path)}, {reader.value()})")


def _store(path: Path, source: str) -> str:
    return f"new[{path[0]!r}] = {source}" if len(path) == 1 else f"place(new, {path!r}, {source})"
