"""Data flows one way: no module, and no folder, imports what imports it, not within a function either."""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import Path

import pytest

from tests.imports import Arrow, Graph, arrows, circle, graph, modules, way

PACKAGE = Path(__file__).resolve().parents[1] / "inoc_evals"
# A new measure or protocol is one new file: the registry finds it, and a task may name it.
_BY_NAME = "what a task may say is what the registries of measures and protocols hold"
# Arrows against the stream, from a module to a folder, and why they may be.
ALLOWED = {
    ("inoc_evals.definitions.document", "measures"): _BY_NAME,
    ("inoc_evals.definitions.document", "protocols"): _BY_NAME,
    ("inoc_evals.definitions.options", "measures"): _BY_NAME,
    ("inoc_evals.definitions.task", "measures"): _BY_NAME,
    ("inoc_evals.definitions.task", "protocols"): _BY_NAME,
    (
        "inoc_evals.protocols.requests",
        "judging",
    ): "types alone: what a judge is asked stands in prompt.py, which asks nobody",
}


@pytest.fixture(scope="module")
def found() -> set[Arrow]:
    return arrows(PACKAGE)


def folder(module: str) -> str:
    """The folder of the package in which a module lies; a module in none stands for itself."""
    return module.split(".")[1] if "." in module else module


def test_no_modules_load_each_other(found: set[Arrow]) -> None:
    assert not circle(graph((one.source, one.target) for one in found if not one.for_types))


def test_no_folders_import_each_other(found: set[Arrow]) -> None:
    around = circle(_between_folders(found))
    steps = set(pairwise(around))
    there = {f"{one.source} -> {one.target}" for one in found if (folder(one.source), folder(one.target)) in steps}
    assert not around, f"{' -> '.join(around)}: turn one of {sorted(there)}"


@pytest.mark.parametrize("arrow", ALLOWED)
def test_what_is_allowed_is_there_and_closes_a_circle(found: set[Arrow], arrow: tuple[str, str]) -> None:
    source, target = arrow
    assert any(one.source == source and folder(one.target) == target for one in found)
    assert way(_between_folders(found), target, folder(source))


def _between_folders(found: set[Arrow]) -> Graph:
    """Without what is allowed."""
    ends = ((one, folder(one.source), folder(one.target)) for one in found)
    return graph((source, target) for one, source, target in ends if (one.source, target) not in ALLOWED)


def test_the_report_computes_no_statistic() -> None:
    """It has the types that findings are made of, and nothing to compute with."""
    files = modules(PACKAGE)
    for path in (PACKAGE / "report").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            named += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            assert not {name.split(".")[0] for name in named} & {"numpy", "scipy", "statistics", "pandas"}, path
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("inoc_evals.stats"):
                stats = ast.parse(files[node.module or ""].read_text())
                types = {one.name for one in stats.body if isinstance(one, ast.ClassDef)}
                assert {alias.name for alias in node.names} <= types, path


def test_statistics_know_numbers_only(found: set[Arrow]) -> None:
    known = {folder(one.target) for one in found if folder(one.source) == "stats"}
    assert known == {"stats"}


@pytest.mark.parametrize(
    "within",
    [
        "from made.two.b import B",
        "def late():\n    from made.two import b",
        "import made.two.b",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from made.two.b import B",
    ],
)
def test_a_circle_is_seen_wherever_the_import_stands(tmp_path: Path, within: str) -> None:
    made = tmp_path / "made"
    for name, text in {"one/a.py": within, "one/c.py": "", "two/b.py": "from made.one.c import C"}.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text)
    drawn = arrows(made)
    assert {(one.source, one.target) for one in drawn} == {("made.one.a", "made.two.b"), ("made.two.b", "made.one.c")}
    assert [one.for_types for one in drawn if one.source == "made.one.a"] == ["TYPE_CHECKING" in within]
    assert not circle(graph((one.source, one.target) for one in drawn))
    assert circle(graph((folder(one.source), folder(one.target)) for one in drawn)) == ["one", "two", "one"]
