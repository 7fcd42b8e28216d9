"""The notebook in examples/ runs from top to bottom, and holds what it then shows."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.kernel import execute

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NOTEBOOK = EXAMPLES / "first_look.ipynb"


def read() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def kinds(cell: Any) -> list[tuple[str, list[str]]]:
    return [(one.output_type, sorted(one.get("data", ()))) for one in cell.outputs]


def texts(cell: Any) -> list[str]:
    """What is ours of a cell's outputs, without how long it took; tables of pandas look as its version has it."""
    found = [one.data.get("text/html") or one.data["text/plain"] for one in cell.outputs]
    return [re.sub(r"\d+ s\b", "N s", text) for text in found if "dataframe" not in text]


def test_it_is_stored_as_one_run_left_it() -> None:
    cells = code(read())
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert all(one.output_type != "error" for cell in cells for one in cell.outputs)


def test_it_runs_and_shows_what_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INOC_EVALS_CACHE", str(tmp_path / "cache"))
    shutil.copy(EXAMPLES / "stand_in.py", tmp_path)
    stored, run = read(), read()
    for cell in code(run):
        cell.outputs, cell.execution_count = [], None
    execute(run, tmp_path)
    for before, after in zip(code(stored), code(run), strict=True):
        assert kinds(after) == kinds(before), before.source
        assert texts(after) == texts(before), f"run `jupyter execute --inplace {NOTEBOOK.name}`: {before.source}"
    # One line while it works, then the answer, then a picture.
    (line,) = code(run)[1].outputs
    assert "\n" not in line.data["text/plain"]
    (answer,) = code(run)[2].outputs
    assert "spanish against none" in answer.data["text/html"]
    assert code(run)[3].outputs[0].data["image/png"]


def test_its_links_lead_somewhere() -> None:
    said = "\n".join(cell.source for cell in read().cells if cell.cell_type == "markdown")
    targets = re.findall(r"\]\(([^)]+)\)", said)
    assert targets
    assert [target for target in targets if not (EXAMPLES / target).exists()] == []
