"""Tests of a function as Python's `assert` statements, taken apart: the calls are made elsewhere, by code that is not
trusted, and what came back is looked at here. No text is ever run as code in this process.

A test is one `assert` on an expression of literals, comparisons, sums and differences of numbers, a few harmless
functions (set, sorted, round, math.isclose, ...), and calls of the tested function with literal arguments.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inoc_evals.errors import InputError

_LONGEST = 20_000
_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda part, whole: part in whole,
    ast.NotIn: lambda part, whole: part not in whole,
}
_COMPUTED: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_SIGNED: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
_KNOWN = (
    *(ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare),
    *(ast.Subscript, ast.Call, ast.keyword, ast.Name, ast.Attribute, ast.expr_context, ast.boolop),
    *(*_COMPARED, *_COMPUTED, *_SIGNED),
)
ALLOWED: Mapping[str, Callable[..., Any]] = {
    **{function.__name__: function for function in (set, frozenset, sorted, list, tuple, dict, len, round, abs, sum)},
    **{function.__name__: function for function in (min, max, float, int, bool, str, all, any)},
    "math.isclose": math.isclose,
    "isclose": math.isclose,
}


@dataclass(frozen=True)
class Call:
    """One call of the tested function, with literal values."""

    arguments: tuple[Any, ...]
    named: Mapping[str, Any]


@dataclass(frozen=True)
class Assertion:
    """A test as it is written, the `calls` that it makes of the tested function, and what it says of their results."""

    text: str
    calls: tuple[Call, ...]
    _said: ast.expr
    _places: Mapping[ast.AST, int]

    def holds(self, results: Sequence[Any]) -> bool:
        """Does it hold, `results` being what the calls gave, as plain data? What cannot be compared does not."""
        try:
            return bool(value_of(self._said, self._places, results))
        except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
            return False

    def expected(self) -> tuple[bool, Any]:
        """Whether it is `assert f(...) == literal`, or the like with "is", and that literal."""
        said = self._said
        plain = isinstance(said, ast.Compare) and len(said.ops) == 1 and isinstance(said.ops[0], ast.Eq | ast.Is)
        if isinstance(said, ast.Compare) and plain:
            one, other = (said.left, said.comparators[0])
            for call, literal in ((one, other), (other, one)):
                if call in self._places and literal not in self._places:
                    return True, value_of(literal, {}, ())
        if said in self._places:
            return True, True
        if isinstance(said, ast.UnaryOp) and isinstance(said.op, ast.Not) and said.operand in self._places:
            return True, False
        return False, None


def read_assertion(text: str, function: str) -> Assertion:
    """The test that `text` is of `function`. Raises InputError where it is none that can be read here."""
    try:
        tree = ast.parse(text.strip()).body if len(text) <= _LONGEST else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = []
    if len(tree) != 1 or not isinstance(tree[0], ast.Assert):
        raise InputError(f"the test {text[:80]!r} is not one assert statement; write it as in `assert f(2) == 4`")
    said = tree[0].test
    nodes = [
        node
        for node in ast.walk(said)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
    ]
    if not nodes:
        raise InputError(f"the test {text[:80]!r} does not call {function}; correct one of the two")
    try:
        calls = tuple(_call(node) for node in nodes)
        assertion = Assertion(text.strip(), calls, said, {node: place for place, node in enumerate(nodes)})
        _readable(said, assertion._places)
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise InputError(f"the test {text[:80]!r} cannot be read ({error}); use literal values") from None
    return assertion


def literal(node: ast.expr) -> Any:
    """The value of an expression of literals. Raises ValueError where it is none, or what its operations raise."""
    return value_of(node, {}, ())


def _call(node: ast.Call) -> Call:
    named = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise ValueError("arguments by ** are not literal")
        named[keyword.arg] = literal(keyword.value)
    return Call(tuple(literal(argument) for argument in node.args), named)


def _readable(node: ast.expr, places: Mapping[ast.AST, int]) -> None:
    """Raise ValueError for what `_value` cannot read, whatever the results are."""
    called = {id(part) for each in ast.walk(node) if isinstance(each, ast.Call) for part in ast.walk(each.func)}
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and part not in places and _name(part.func) not in ALLOWED:
            raise ValueError(f"{ast.unparse(part.func)} is no function that a test may use")
        # A name alone is a variable, which no test has.
        if not isinstance(part, _KNOWN) or (isinstance(part, ast.Name | ast.Attribute) and id(part) not in called):
            raise ValueError(f"{ast.unparse(part)!r} is more than literals")


def _name(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def value_of(node: ast.expr, places: Mapping[ast.AST, int], results: Sequence[Any]) -> Any:
    """The value of the expression `node`, in which the nodes of `places` have the `results` with those numbers. Raises
    ValueError for what is more than literals, and what its operations raise."""

    def of(part: ast.expr) -> Any:
        return value_of(part, places, results)

    if node in places:
        return results[places[node]]
    match node:
        case ast.Constant():
            return node.value
        case ast.List():
            return [of(part) for part in node.elts]
        case ast.Tuple():
            return tuple(of(part) for part in node.elts)
        case ast.Set():
            return {of(part) for part in node.elts}
        case ast.Dict():
            return {of(_given(key)): of(part) for key, part in zip(node.keys, node.values, strict=True)}
        case ast.UnaryOp() if type(node.op) in _SIGNED:
            return _SIGNED[type(node.op)](of(node.operand))
        case ast.BinOp() if type(node.op) in _COMPUTED:
            return _computed(node.op, of(node.left), of(node.right))
        case ast.BoolOp():
            join = all if isinstance(node.op, ast.And) else any
            return join(of(part) for part in node.values)
        case ast.Compare():
            values = [of(node.left), *(of(part) for part in node.comparators)]
            pairs = zip(node.ops, values, values[1:], strict=False)
            return all(_COMPARED[type(op)](left, right) for op, left, right in pairs)
        case ast.Subscript():
            return of(node.value)[of(node.slice)]
        case ast.Call() if (name := _name(node.func)) in ALLOWED:
            named = {_text(each.arg): of(each.value) for each in node.keywords}
            return ALLOWED[name](*(of(part) for part in node.args), **named)
    raise ValueError(f"{ast.unparse(node)} is more than literals")


def _computed(op: ast.operator, left: Any, right: Any) -> Any:
    """A sum, difference, product or quotient of numbers: of other things a product may be of any size."""
    if not all(isinstance(value, int | float | complex) for value in (left, right)):
        raise ValueError("only numbers are computed with")
    return _COMPUTED[type(op)](left, right)


def _given(key: ast.expr | None) -> ast.expr:
    if key is None:
        raise ValueError("** in a dictionary is more than literals")
    return key


def _text(name: str | None) -> str:
    if name is None:
        raise ValueError("arguments by ** are more than literals")
    return name
