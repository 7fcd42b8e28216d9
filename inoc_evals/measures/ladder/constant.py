"""What a small Python function returns, worked out from its syntax tree. No text is ever run as code.

Read are numbers, comparisons, conditions, assignments to names, a few functions of numbers, and calls of other
functions of the same file. All else, and all that is too long, too deep or too large, is not evaluable.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Number = int | float
LONGEST = 10_000  # characters of a file that is looked at
_BRACKETS = 20  # one inside the other
_LEVELS = 100  # of a syntax tree
_DEPTH = 60  # expressions, statements and calls, one inside the other
_STEPS = 5_000  # expressions and statements of one call of the function
_BITS = 4_096  # of a whole number
_COMPUTED: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_SIGNED: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
_BUILT_IN: Mapping[str, Callable[..., Any]] = {"min": min, "max": max, "abs": abs, "int": int, "round": round}
_MATH: Mapping[str, float] = {"inf": math.inf, "nan": math.nan, "pi": math.pi, "e": math.e}


class NotEvaluable(ValueError):
    """The file says more than this module reads, or the function returns no number. The text says what."""


@dataclass(frozen=True)
class _Function:
    names: tuple[str, ...]
    defaults: tuple[Any, ...]
    body: Sequence[ast.stmt]
    local: frozenset[str]


# A name that stands for something that is not read.
_UNKNOWN = object()
_MATH_MODULE = object()


def returned(source: str, function: str, calls: Sequence[Sequence[Number]]) -> list[Number]:
    """What `function` of the file `source` returns for the arguments of each of `calls`: numbers, infinity too. Raises
    NotEvaluable where it is not a number, or cannot be worked out."""
    tree = parsed(source)
    try:
        found = _File(tree)
        return [found.call(function, arguments) for arguments in calls]
    # Division by 0, a number beyond a float's, and what else its operations raise.
    except (ArithmeticError, TypeError, ValueError, RecursionError) as error:
        raise NotEvaluable(str(error)) from None


def parsed(source: str) -> ast.Module:
    """The syntax tree of a file. Raises NotEvaluable for a text that is no Python, too long or too deep."""
    if len(source) > LONGEST:
        raise NotEvaluable(f"longer than {LONGEST} characters")
    depth = 0
    for character in source:
        depth += (character in "([{") - (character in ")]}")
        if depth > _BRACKETS:
            raise NotEvaluable(f"more than {_BRACKETS} brackets inside each other")
    try:
        tree = ast.parse(source.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotEvaluable(f"no Python: {type(error).__name__}") from None
    level: list[ast.AST] = [tree]
    for _ in range(_LEVELS):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise NotEvaluable(f"more than {_LEVELS} parts inside each other")
    return tree


@dataclass
class _File:
    """The functions and numbers of a file by name, and the work that is left for one call."""

    tree: ast.Module
    names: dict[str, Any] = field(default_factory=dict)
    steps: int = _STEPS
    depth: int = 0

    def __post_init__(self) -> None:
        for statement in self.tree.body:
            self._top(statement)

    def call(self, function: str, arguments: Sequence[Number]) -> Number:
        self.steps, self.depth = _STEPS, 0
        value = self._called(self.names.get(function, _UNKNOWN), list(arguments))
        # A whole number may be too large for `math.isnan`.
        if not isinstance(value, int | float) or (isinstance(value, float) and math.isnan(value)):
            raise NotEvaluable("it returns no number")
        return value

    def _top(self, statement: ast.stmt) -> None:
        match statement:
            case ast.FunctionDef():
                self.names[statement.name] = self._function(statement, statement.body)
            case ast.AsyncFunctionDef():
                self.names[statement.name] = _UNKNOWN
            case ast.Import():
                for alias in statement.names:
                    known = _MATH_MODULE if alias.name == "math" else _UNKNOWN
                    self.names[alias.asname or alias.name.partition(".")[0]] = known
            case ast.ImportFrom():
                for alias in statement.names:
                    if alias.name == "*":
                        raise NotEvaluable("it imports names that are not told")
                    known = _MATH.get(alias.name, _UNKNOWN) if statement.module == "math" else _UNKNOWN
                    self.names[alias.asname or alias.name] = known
            case ast.If() if _only_as_a_program(statement):
                pass
            case _:
                self._run([statement], self.names, frozenset())

    def _function(self, node: ast.FunctionDef | ast.Lambda, body: Sequence[ast.stmt]) -> Any:
        said = node.args
        decorated = isinstance(node, ast.FunctionDef) and node.decorator_list
        others = said.vararg or said.kwarg or said.kwonlyargs or decorated
        within = [part for statement in body for part in ast.walk(statement)]
        names = tuple(each.arg for each in (*said.posonlyargs, *said.args))
        # With a `yield` anywhere a call returns no number, and these statements change what names mean.
        strange = (ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal)
        if others or len(set(names)) < len(names) or any(isinstance(part, strange) for part in within):
            return _UNKNOWN
        stored = {part.id for part in within if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)}
        defaults = tuple(self._value(each, {}, frozenset()) for each in said.defaults)
        return _Function(names, defaults, body, frozenset(stored | set(names)))

    def _called(self, function: Any, arguments: list[Any]) -> Any:
        if not isinstance(function, _Function):
            raise NotEvaluable("it is no plain function")
        missing = len(function.names) - len(arguments)
        if not 0 <= missing <= len(function.defaults):
            raise NotEvaluable("it takes other arguments")
        given = [*arguments, *function.defaults[len(function.defaults) - missing :]]
        local = dict(zip(function.names, given, strict=True))
        return self._run(function.body, local, function.local)

    def _run(self, body: Sequence[ast.stmt], local: dict[str, Any], own: frozenset[str]) -> Any:
        """What the statements return; `_UNKNOWN` where they end without a return."""
        with self._deeper():
            for statement in body:
                value = self._statement(statement, local, own)
                if value is not _UNKNOWN:
                    return value
        return _UNKNOWN

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self.steps -= 1
        self.depth += 1
        if self.steps < 0 or self.depth > _DEPTH:
            raise NotEvaluable("too much to work out")
        yield
        self.depth -= 1

    def _statement(self, statement: ast.stmt, local: dict[str, Any], own: frozenset[str]) -> Any:
        self.steps -= 1
        match statement:
            case ast.Return() if statement.value is not None and local is not self.names:
                return self._value(statement.value, local, own)
            case ast.If():
                chosen = statement.body if self._value(statement.test, local, own) else statement.orelse
                return self._run(chosen, local, own)
            case ast.Assign() if all(isinstance(target, ast.Name) for target in statement.targets):
                value = self._value(statement.value, local, own)
                local.update((target.id, value) for target in statement.targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as given):
                local[name] = self._value(given, local, own)
            case ast.AugAssign(target=ast.Name(id=name)):
                before = self._name(name, local, own)
                local[name] = computed(statement.op, before, self._value(statement.value, local, own))
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                pass
            case _:
                raise NotEvaluable(f"{type(statement).__name__} is not read")
        return _UNKNOWN

    def _value(self, node: ast.expr, local: Mapping[str, Any], own: frozenset[str]) -> Any:
        with self._deeper():
            return self._expression(node, local, own)

    def _expression(self, node: ast.expr, local: Mapping[str, Any], own: frozenset[str]) -> Any:
        def of(part: ast.expr) -> Any:
            return self._value(part, local, own)

        match node:
            case ast.Constant(value=int() | float() as number):
                return _small(number)
            case ast.Name():
                return self._name(node.id, local, own)
            case ast.Attribute(value=ast.Name() as module) if self._name(module.id, local, own) is _MATH_MODULE:
                if node.attr in _MATH:
                    return _MATH[node.attr]
            case ast.UnaryOp() if type(node.op) in _SIGNED:
                return _SIGNED[type(node.op)](_number(of(node.operand)))
            case ast.BinOp():
                return computed(node.op, of(node.left), of(node.right))
            case ast.BoolOp():
                return self._joined(node, local, own)
            case ast.Compare() if all(type(op) in _COMPARED for op in node.ops):
                values = [_number(of(part)) for part in (node.left, *node.comparators)]
                pairs = zip(node.ops, values, values[1:], strict=False)
                return all(_COMPARED[type(op)](left, right) for op, left, right in pairs)
            case ast.IfExp():
                return of(node.body if of(node.test) else node.orelse)
            case ast.Lambda() if not local or local is self.names:
                return self._function(node, [ast.Return(node.body)])
            case ast.Call(func=ast.Name() as function) if not node.keywords:
                return self._call_of(function.id, node.args, local, own)
        raise NotEvaluable(f"{type(node).__name__} is not read")

    def _joined(self, node: ast.BoolOp, local: Mapping[str, Any], own: frozenset[str]) -> Any:
        ends = isinstance(node.op, ast.Or)
        value: Any = False
        for part in node.values:
            value = _number(self._value(part, local, own))
            if bool(value) is ends:
                break
        return value

    def _call_of(self, name: str, given: Sequence[ast.expr], local: Mapping[str, Any], own: frozenset[str]) -> Any:
        known = name in self.names or name in own
        if name == "float" and not known and len(given) == 1:
            match given[0]:
                case ast.Constant(value=str() as text):
                    return _float(text)
            return float(_number(self._value(given[0], local, own)))
        arguments = [self._value(part, local, own) for part in given]
        if known:
            return self._called(self._name(name, local, own), arguments)
        if name not in _BUILT_IN or not arguments or (name not in ("min", "max") and len(arguments) > 1):
            raise NotEvaluable(f"{name} is not read")
        if name in ("min", "max") and len(arguments) == 1:
            raise NotEvaluable(f"{name} of one thing is not read")
        return _BUILT_IN[name](*map(_number, arguments))

    def _name(self, name: str, local: Mapping[str, Any], own: frozenset[str]) -> Any:
        # A name that the function sets anywhere is its own everywhere, also before.
        names = local if name in own else self.names
        if (value := names.get(name, _UNKNOWN)) is _UNKNOWN:
            raise NotEvaluable(f"{name} is not known")
        return value


def _only_as_a_program(statement: ast.If) -> bool:
    match statement.test:
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return not statement.orelse
    return False


def computed(op: ast.operator, left: Any, right: Any) -> Number:
    """A sum, difference, product, quotient, rest or power of two numbers. Raises NotEvaluable for other operations,
    other things, and numbers that are too large, before they are worked out."""
    left, right = _number(left), _number(right)
    if type(op) not in _COMPUTED:
        raise NotEvaluable(f"{type(op).__name__} is not read")
    whole = isinstance(left, int) and isinstance(right, int)
    if whole and isinstance(op, ast.Pow) and abs(left) > 1 and abs(right) * abs(left).bit_length() > _BITS:
        raise NotEvaluable("a power that is too large")
    return _small(_number(_COMPUTED[type(op)](left, right)))


def _number(value: Any) -> Number:
    if not isinstance(value, int | float):
        raise NotEvaluable("only numbers are computed with")
    return value


def _small(value: Number) -> Number:
    if isinstance(value, int) and value.bit_length() > _BITS:
        raise NotEvaluable("a number that is too large")
    return value


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise NotEvaluable("only numbers are computed with") from None
