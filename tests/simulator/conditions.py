"""Condition expressions, as Python source.

"Condition and filter expressions, operators, and functions in DynamoDB" (Developer Guide) says what they mean.
Where it is silent on missing attributes and mixed types, the rule is what others recorded of DynamoDB itself
(conformance tests of ScyllaDB's Alternator, which run against it): a missing attribute equals nothing, not even another
missing one, so ``=`` is false and ``<>`` is true; values of different types are not equal and have no order.
"""

from tests.simulator.tokens import Reader

_COMPARISONS = frozenset(("<", "<=", ">", ">="))
_FUNCTIONS = frozenset(
    ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size")
)


def condition_source(reader: Reader) -> str:
    """A whole condition. Raises ``InvalidRequest``."""
    source, _ = _disjunction(reader)
    reader.end()
    return source


# Each of these returns source, and whether it was nothing but something in parentheses.
# "Precedence in conditions": comparisons and functions, then parentheses, NOT, AND, OR.


def _disjunction(reader: Reader) -> tuple[str, bool]:
    source, wrapped = _conjunction(reader)
    while reader.accept("OR"):
        source, wrapped = f"{source} or {_conjunction(reader)[0]}", False
    return source, wrapped


def _conjunction(reader: Reader) -> tuple[str, bool]:
    source, wrapped = _negation(reader)
    while reader.accept("AND"):
        source, wrapped = f"{source} and {_negation(reader)[0]}", False
    return source, wrapped


def _negation(reader: Reader) -> tuple[str, bool]:
    if reader.accept("NOT"):
        return f"(not {_negation(reader)[0]})", False
    if reader.accept("("):
        source, wrapped = _disjunction(reader)
        reader.expect(")")
        if wrapped:
            raise reader.error("the expression has redundant parentheses")
        return f"({source})", True
    return _simple(reader), False


def _simple(reader: Reader) -> str:
    if reader.token in _FUNCTIONS - {"size"}:
        return _function(reader)
    left = _operand(reader)
    operator = reader.keyword
    if operator == "BETWEEN":
        return _between(reader, left)
    if operator == "IN":
        return _membership(reader, left)
    reader.take()
    right = _operand(reader)
    if left == right:
        # DynamoDB: "The first operand must be distinct from the remaining operands for this operator or function".
        raise reader.error("both operands are the same")
    if operator == "=":
        return f"equal({left}, {right})"
    if operator == "<>":
        return f"(not equal({left}, {right}))"
    if operator in _COMPARISONS:
        return _order(left, operator, right)
    raise reader.error(f"{operator!r} compares nothing")


def _order(left: str, operator: str, right: str) -> str:
    return f"(ordered(a := {_orderable(left)}, b := {_orderable(right)}) and a {operator} b)"


def _orderable(operand: str) -> str:
    # A value of the request without an order is refused; an attribute without one only makes the condition false.
    return f"orderable({operand})" if operand.startswith("values[") else operand


def _between(reader: Reader, value: str) -> str:
    reader.expect("BETWEEN")
    low = _operand(reader)
    reader.expect("AND")
    high = _operand(reader)
    bounds = f"{_orderable(low)}, {_orderable(high)}"
    if low.startswith("values[") and high.startswith("values["):
        return f"within({_orderable(value)}, *rising({bounds}))"
    return f"within({_orderable(value)}, {bounds})"


def _membership(reader: Reader, value: str) -> str:
    reader.expect("IN")
    reader.expect("(")
    choices = [_operand(reader)]
    while reader.accept(","):
        choices.append(_operand(reader))
    reader.expect(")")
    if len(choices) > 100:
        raise reader.error("IN takes 100 values at most")
    return f"member({value}, ({', '.join(choices)},))"


def _operand(reader: Reader) -> str:
    """A path, a value or a size."""
    if reader.token == "size":
        reader.take()
        reader.expect("(")
        source = f"size({reader.operand()})"
        reader.expect(")")
        return source
    return reader.operand()


def _function(reader: Reader) -> str:
    name = reader.take()  # function names are case-sensitive
    reader.expect("(")
    if name in ("attribute_exists", "attribute_not_exists"):
        path = reader.operand()
        if path.startswith("values["):
            raise reader.error(f"{name} takes a path")
        source = f"({path} is {'not ' if name == 'attribute_exists' else ''}MISSING)"
    else:
        subject = reader.operand()
        reader.expect(",")
        other = reader.value() if name == "attribute_type" else reader.operand()
        if subject == other:
            raise reader.error("both operands are the same")
        checked = f"text({other})" if name == "begins_with" and other.startswith("values[") else other
        source = f"{name}({subject}, {checked})"
    reader.expect(")")
    return source
