"""Where definitions are looked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inoc_evals.definitions.catalog import (
    data_directories,
    find_task,
    list_tasks,
    look_at_tasks,
    path_faults,
)
from inoc_evals.definitions.rules import parse_rule
from inoc_evals.errors import InputError
from tests.definitions.written import TASK, write_task


def test_folders_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    path = write_task(one / "tasks" / "demo", TASK)
    (two / "judges").mkdir(parents=True)
    # Named twice, and with a folder that is not there.
    monkeypatch.setenv("INOC_EVALS_PATH", os.pathsep.join(map(str, [one, two, one, tmp_path / "none", ""])))
    assert data_directories("tasks")[1:] == (one / "tasks",)
    assert data_directories("judges")[-1] == two / "judges"
    assert find_task("demo")[0] == path
    with pytest.raises(InputError, match=r"no task 'dmeo'; known tasks: backdoor, .*demo, di.*did you mean 'demo'"):
        find_task("dmeo")

    other = write_task(two / "tasks" / "demo", TASK)
    with pytest.raises(InputError) as caught:
        find_task("demo")
    assert str(other) in str(caught.value)
    assert str(path.parent) in str(caught.value)
    # Only the name that stands twice is hindered by that.
    assert find_task("backdoor")[1].name == "backdoor"
    assert list(look_at_tasks().broken) == ["demo"]
    assert path_faults() == (f"INOC_EVALS_PATH: {tmp_path / 'none'} is no folder; correct the variable",)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("~nouser/x", "~nouser/x is no folder"),
        ("x" * 300, "is no folder"),
        ("{folder}/file", "is no folder"),
        (
            "{folder}",
            "holds none of tasks/, judges/, conditions/, experiments/; name the folder that holds one of them",
        ),
        ("{folder}/tasks", "holds none of tasks/, judges/, conditions/, experiments/; name the folder above, {folder}"),
    ],
)
def test_entries_of_the_path_that_hold_nothing_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, message: str
) -> None:
    (tmp_path / "file").touch()
    if entry.endswith("tasks"):
        write_task(tmp_path / "tasks" / "demo", TASK)
    monkeypatch.setenv("INOC_EVALS_PATH", entry.format(folder=tmp_path))
    (fault,) = path_faults()
    assert fault.startswith("INOC_EVALS_PATH: ")
    assert message.format(folder=tmp_path) in fault
    assert find_task("owl_preference")[1].name == "owl_preference"


def test_folder_and_name_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_task(tmp_path / "tasks" / "other", TASK)
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path))
    for load in (lambda: find_task("other"), list_tasks):
        with pytest.raises(InputError, match=r"'demo' differs from its folder 'other'"):
            load()


def test_the_catalog_is_light_and_quick() -> None:
    code = (
        "import sys, time\n"
        "from inoc_evals.definitions.catalog import list_tasks\n"
        "list_tasks()\n"
        "start = time.process_time(); list_tasks(); print(time.process_time() - start)\n"
        "print([name for name in ('torch', 'vllm', 'datasets', 'inspect_ai', 'numpy') if name in sys.modules])\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    seconds, heavy = run.stdout.splitlines()
    assert heavy == "[]"
    assert float(seconds) < 0.1


def test_no_task_tells_first_an_outcome_and_the_rating_that_it_is_a_threshold_of() -> None:
    """They would count as two comparisons in the table of differences (docs/numbers.md)."""
    twice = [
        (task.name, outcome, name)
        for task in list_tasks()
        for outcome, told in task.outcomes.items()
        for name in {name for rule in told.rules.values() for name in parse_rule(rule).names()}
        if {outcome, name} <= set(task.headline or ())
    ]
    assert not twice
