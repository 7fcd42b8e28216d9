"""What definitions say of the tasks in results: the tags of side effects and of the panel, on their way to a report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inoc_evals.readers.declared import declared
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.readers.rows import write_rows
from tests.report.rows import make, source


def test_a_task_with_the_tag_of_side_effects_is_told_from_traits() -> None:
    rows = [make(task=task) for task in ("spanish_capitals", "everyday_choice", "somebody_elses")]
    assert declared(rows)["side_effects"] == {"everyday_choice"}


def test_a_task_with_the_tag_of_the_panel_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tasks" / "greed"
    folder.mkdir(parents=True)
    measures = "measures: {loud: {detector: capitals}}\nheadline: [loud]\ntags: [games, spread]\n"
    (folder / "task.yaml").write_text(
        f"name: greed\nversion: 1-A\ntitle: Greed\ndescription: Made for a test.\nsource: own\n{measures}"
    )
    (folder / "items.jsonl").write_text('{"id": "a", "category": "open", "prompt": "How much do you want?"}\n')
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path))
    found = declared([make(task=task) for task in ("greed", "everyday_choice", "somebody_elses")])
    assert (found["spread"], found["side_effects"]) == ({"greed"}, {"everyday_choice"})
    assert found["headlines"]["greed"] == ("loud",)


def test_a_file_of_rows_keeps_both(tmp_path: Path) -> None:
    rows = [make(task=task, item=task) for task in ("mine", "yours")]
    given = replace(source(rows, ["none"]), side_effects=frozenset({"mine"}), spread=frozenset({"yours"}))
    write_rows(given, tmp_path / "rows.jsonl")
    read = read_inputs([Input(tmp_path / "rows.jsonl")])
    assert (read.side_effects, read.spread) == ({"mine"}, {"yours"})
