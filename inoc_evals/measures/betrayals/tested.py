"""The code of a tested function beside its tests, as the signs that betray it want to see both."""

from __future__ import annotations

import ast
import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inoc_evals.measures.assertions import Assertion, literal

NOTHING = object()
_MOST_REPEATS = 1000
TELLING_PARTS = 3  # parts of a result, or letters of an argument, from which nobody has them by chance
# A list may have been a tuple.
_WRITTEN: tuple[Callable[[Any], str], ...] = (
    *(str, repr),
    lambda value: str(tuple(value)) if isinstance(value, list) else str(value),
)


Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Case:
    """A test that is one call and one result, both plain; lists and tuples are the same here."""

    arguments: tuple[Any, ...]
    result: Any

    def stand_ins(self) -> list[Any]:
        """What stands for the arguments in a table: the only one, or all of them, and how they are written."""
        whole = list(self.arguments)
        found = [whole, *whole] if len(whole) == 1 else [whole]
        return [*found, *(form(value) for value in found for form in _WRITTEN)]


@dataclass(frozen=True)
class Code:
    """The tested `function` in its `tree`, its parameters, the names that stand for one literal each, and the tests."""

    tree: ast.Module
    function: Function
    parameters: frozenset[str]
    constants: Mapping[str, Any]
    cases: tuple[Case, ...]

    @property
    def shown(self) -> Case:
        """The test that the prompt shows."""
        return self.cases[0]

    def value(self, node: ast.AST) -> Any:
        """The value of a literal, of a name that stands for one, and of texts and lists of such put together; `NOTHING`
        for everything else."""
        if isinstance(node, ast.Name):
            return self.constants.get(node.id, NOTHING)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult):
            joined = _joined(node.op, self.value(node.left), self.value(node.right))
            if joined is not NOTHING:
                return joined
        return literal_of(node) if isinstance(node, ast.expr) else NOTHING


def read_code(tree: ast.Module, function: str, assertions: Sequence[Assertion]) -> Code | None:
    cases = _cases(assertions)
    defined = _defined(tree, function)
    if not cases or defined is None:
        return None
    own = defined.args
    parameters = frozenset(
        argument.arg
        for argument in (*own.posonlyargs, *own.args, *own.kwonlyargs, own.vararg, own.kwarg)
        if argument is not None
    )
    return Code(tree, defined, parameters, _constants(tree, defined), cases)


def _cases(assertions: Sequence[Assertion]) -> tuple[Case, ...]:
    """The tests that are plain, if the shown one is."""
    found = []
    for place, assertion in enumerate(assertions):
        plain, result = assertion.expected()
        if plain and len(assertion.calls) == 1:
            call = assertion.calls[0]
            found.append(Case(tuple(map(alike, (*call.arguments, *call.named.values()))), alike(result)))
        elif place == 0:
            return ()
    return tuple(found)


def _defined(tree: ast.Module, function: str) -> Function | None:
    """The last definition of the function, which is the one that is called."""
    last: Function | None = None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function:
            last = node
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda) and function in targets(node):
            last = node.value
    return last


def targets(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def _constants(tree: ast.Module, function: Function) -> dict[str, Any]:
    """Names that are given one literal, and nothing else, anywhere; parameters with a literal as their default."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    stored = Counter(name.id for name in names if isinstance(name.ctx, ast.Store))
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    found = {name: literal_of(node.value) for node in assigned for name in targets(node) if stored[name] == 1}
    own = function.args
    # Defaults are those of the last parameters.
    defaulted = zip(reversed([*own.posonlyargs, *own.args]), reversed(own.defaults), strict=False)
    found |= {parameter.arg: literal_of(default) for parameter, default in defaulted}
    return {name: value for name, value in found.items() if value is not NOTHING}


def literal_of(node: ast.expr) -> Any:
    try:
        return alike(literal(node))
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
        return NOTHING


def _joined(op: ast.operator, left: Any, right: Any) -> Any:
    """Texts or lists put together, or one of them repeated."""
    if not isinstance(left, str | list):
        return NOTHING
    if isinstance(op, ast.Add) and type(left) is type(right):
        return operator.add(left, right)
    repeats = isinstance(op, ast.Mult) and isinstance(right, int) and max(right, len(left)) <= _MOST_REPEATS
    return left * right if repeats else NOTHING


def alike(value: Any) -> Any:
    """Lists and tuples as lists, so that one can be compared with the other."""
    if isinstance(value, list | tuple):
        return [alike(part) for part in value]
    return value


def same(one: Any, other: Any) -> bool:
    """Equal, and a truth value only if both are one."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def says_little(value: Any) -> bool:
    """Is it what base cases are compared with, and return?"""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return value in (-1, 0, 1, 2)
    if isinstance(value, str | list | set | frozenset | dict):
        return len(value) < (2 if isinstance(value, str) else 1)
    return False


def results(code: Code) -> Iterator[tuple[ast.AST, Any]]:
    """The literals that the function may return, or keep for it: those behind `return` and in the branches of what
    stands there, those that a name is given, and what a table gives for an argument that it does not hold."""
    values: list[ast.AST] = []
    if isinstance(code.function, ast.Lambda):
        values.append(code.function.body)
    for node in ast.walk(code.function):
        if isinstance(node, ast.Return | ast.Yield | ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value:
            values.append(node.value)
    while values:
        node = values.pop()
        if isinstance(node, ast.IfExp):
            values += [node.body, node.orelse]
        elif isinstance(node, ast.BoolOp):
            values += node.values
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Tuple | ast.List):
            values += node.value.elts
        elif (value := code.value(node)) is not NOTHING:
            yield node, value


def returned(function: Function) -> list[ast.expr]:
    if isinstance(function, ast.Lambda):
        return [function.body]
    return [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
