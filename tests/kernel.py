"""Cells in a real kernel of Jupyter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

# A kernel imports what this process has imported long ago.
PATIENCE_S = 200


def executed(cells: Sequence[str], folder: Path, *, allow_errors: bool = False) -> list[list[Any]]:
    """The outputs of each cell, run in `folder` one after the other in a kernel of their own."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    execute(notebook, folder, allow_errors=allow_errors)
    return [cell.outputs for cell in notebook.cells]


def execute(notebook: Any, folder: Path, *, allow_errors: bool = False) -> None:
    """Run all cells of `notebook`, whose outputs are replaced. Raises CellExecutionError."""
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(
        notebook, timeout=PATIENCE_S, kernel_name="python3", resources=where, allow_errors=allow_errors
    ).execute()
