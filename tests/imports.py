"""Which modules of a package import which: at the top of a file or within a function, for types alone or not."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

Graph = Mapping[str, set[str]]


@dataclass(frozen=True)
class Arrow:
    """`source` imports `target`; with `for_types` nothing is loaded when it runs."""

    source: str
    target: str
    for_types: bool = False


def modules(package: Path) -> dict[str, Path]:
    """The files of a package by the name of their module."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def arrows(package: Path) -> set[Arrow]:
    """All imports of one module of the package by another."""
    files, found = modules(package), set()
    for name, path in files.items():
        for node, for_types in _statements(ast.parse(path.read_text()), False):
            found |= {Arrow(name, target, for_types) for target in _targets(node, files) if target != name}
    return found


def _statements(node: ast.AST, for_types: bool) -> Iterator[tuple[ast.AST, bool]]:
    """All statements within `node`, however deep, and whether they are there for types alone."""
    checks = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        inner = getattr(node, field, ())
        for statement in inner if isinstance(inner, list) else ():
            within = for_types or (checks and field == "body")
            yield statement, within
            yield from _statements(statement, within)


def _targets(node: ast.AST, files: Mapping[str, Path]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in files)
    elif isinstance(node, ast.ImportFrom):
        if node.level:
            raise ValueError(f"an import from {'.' * node.level}{node.module or ''} names no module; name it whole")
        for alias in node.names:
            whole = f"{node.module}.{alias.name}"
            if (target := whole if whole in files else node.module or "") in files:
                yield target


def graph(pairs: Iterable[tuple[str, str]]) -> Graph:
    """From where to where arrows lead, without those from a thing to itself."""
    found: dict[str, set[str]] = {}
    for source, target in pairs:
        found.setdefault(source, set())
        found.setdefault(target, set())
        if source != target:
            found[source].add(target)
    return found


def circle(of: Graph) -> list[str]:
    """A shortest way along arrows from some thing back to itself; empty where there is none."""
    return min((found for start in sorted(of) if (found := way(of, start, start))), key=len, default=[])


def way(of: Graph, start: str, end: str) -> list[str]:
    """A shortest way along one arrow or more from `start` to `end`; empty where there is none."""
    ways, seen = [[start]], set()
    for so_far in ways:
        for target in sorted(of[so_far[-1]]):
            if target == end:
                return [*so_far, end]
            if target not in seen:
                seen.add(target)
                ways.append([*so_far, target])
    return []
