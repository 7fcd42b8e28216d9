"""What definitions say of the tasks in results: the tag of side effects, on its way to a report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from inoc_evals.readers.declared import declared
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.readers.rows import write_rows
from tests.report.rows import make, source


def test_a_task_with_the_tag_of_side_effects_is_told_from_traits() -> None:
    rows = [make(task=task) for task in ("spanish_capitals", "everyday_choice", "somebody_elses")]
    assert declared(rows)["side_effects"] == {"everyday_choice"}


def test_a_file_of_rows_keeps_which_tasks_measure_side_effects(tmp_path: Path) -> None:
    given = replace(source([make(task="mine")], ["none"]), side_effects=frozenset({"mine"}))
    write_rows(given, tmp_path / "rows.jsonl")
    assert read_inputs([Input(tmp_path / "rows.jsonl")]).side_effects == {"mine"}
