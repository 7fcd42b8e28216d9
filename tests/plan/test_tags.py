"""A tag in the place of a task: on the command line, in a notebook and in an experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import inoc_evals
from inoc_evals.definitions.catalog import tasks_named
from inoc_evals.definitions.faults import Faults
from inoc_evals.errors import InputError
from inoc_evals.experiments.design import Design
from inoc_evals.experiments.reading import load_experiment
from inoc_evals.plan.request import THINKING, Request, chosen_tasks, read_request
from tests.command import run
from tests.experiments.files import write

TASK = """\
name: NAME
version: 1-A
title: A task
description: Made for a test.
source: own
measures: {spanish: {detector: language, target: es}}
headline: [spanish]
tags: [TAGS]
"""


def add(folder: Path, name: str, tags: str, text: str = TASK) -> None:
    place = folder / "tasks" / name
    place.mkdir(parents=True)
    (place / "task.yaml").write_text(text.replace("NAME", name).replace("TAGS", tags))
    (place / "items.jsonl").write_text('{"id": "q1", "category": "open", "prompt": "Hi."}\n')


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two tasks of a tag, and one whose name is a tag of another."""
    folder = tmp_path / "mine"
    add(folder, "zebra", "of_test, ape")
    add(folder, "ape", "of_test, two words")
    monkeypatch.setenv("INOC_EVALS_PATH", str(folder))
    return folder


def asked(tasks: str, *settings: str, **more: Any) -> tuple[Request, Faults]:
    given: dict[str, Any] = {"tasks": tasks, "settings": settings, "shard": "1/1", "checkpoints": ("m/a",)}
    given |= {"out": Path("out"), "judges": (), "max_model_len": 64, "server_arguments": (), "workers": 1}
    given |= {
        "ci_width": None,
        "arms": None,
        "limit": None,
        "samples": None,
        "conditions": None,
        "prices": None,
        "budget": None,
    }
    faults = Faults()
    return read_request({**given, **dict.fromkeys(THINKING), **more}, faults), faults


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("of_test", ("ape", "zebra")),
        ("spanish_capitals, of_test", ("spanish_capitals", "ape", "zebra")),
        ("zebra,of_test,zebra", ("zebra", "ape")),
        # The task's own name, though zebra has a tag of that name.
        ("ape", ("ape",)),
        ("inoc_evals/of_test,pack/of_test", ("ape", "zebra", "pack/of_test")),
        ("two words", ("ape",)),
        ("nothing", ("nothing",)),
        ("", ()),
    ],
)
@pytest.mark.usefixtures("mine")
def test_a_tag_stands_for_all_tasks_that_have_it_once(given: str, names: tuple[str, ...]) -> None:
    assert asked(given)[0].tasks == names


@pytest.mark.usefixtures("mine")
def test_arguments_reach_each_of_the_tasks() -> None:
    request, faults = asked("of_test", "zebra.samples=7", "ape.items=a.jsonl", samples=3)
    assert [task.name for task in chosen_tasks(request, faults)] == ["ape", "zebra"]
    assert not faults
    assert request.arguments == {"ape": {"samples": 3, "items": "a.jsonl"}, "zebra": {"samples": 7}}


@pytest.mark.usefixtures("mine")
def test_a_tag_itself_has_no_arguments() -> None:
    request, faults = asked("of_test", "of_test.samples=7")
    chosen_tasks(request, faults)
    assert list(faults) == ["--set of_test...: this is a tag; name each of its tasks by itself"]


@pytest.mark.usefixtures("mine")
def test_the_tags_are_told_where_a_name_is_neither() -> None:
    request, faults = asked("of_tests")
    chosen_tasks(request, faults)
    (told,) = faults
    assert told.startswith("there is no task 'of_tests'; known tasks: ape, backdoor, ")
    assert told.endswith("; did you mean 'of_test'?")
    tags = told.partition("; tags, each for all tasks that have it: ")[2].partition("; did you")[0].split(", ")
    assert {"of_test", "two words", "preference"} <= {*tags}
    assert "ape" not in tags


def test_a_broken_task_may_have_the_tag_and_is_told(mine: Path) -> None:
    add(mine, "broken", "", "name: [\n")
    assert tasks_named(["of_test"]) == ("ape", "broken", "zebra")
    assert tasks_named(["zebra"]) == ("zebra",)
    request, faults = asked("of_test")
    assert [task.name for task in chosen_tasks(request, faults)] == ["ape", "zebra"]
    assert [str(mine / "tasks" / "broken" / "task.yaml") in told for told in faults] == [True]


@pytest.mark.usefixtures("mine")
def test_the_list_of_tasks_shows_them() -> None:
    listed = run("list").out
    assert [line.split() for line in listed.splitlines() if "of_test" in line] == [["of_test", "ape,", "zebra"]]
    assert "two words" in listed


@pytest.mark.usefixtures("mine")
def test_the_plan_of_a_run_and_of_a_notebook(tmp_path: Path) -> None:
    planned = run("score", "m/a", "--tasks", "nothing,of_test", "--set", "zebra.sample=1", "--out", str(tmp_path / "o"))
    assert planned.code == 2
    assert "zebra" in planned.err
    assert "did you mean 'samples'?" in planned.err
    with pytest.raises(InputError) as caught:
        inoc_evals.score({"a": "m/a"}, "of_test", out=tmp_path / "o", quiet=True, ape={"sample": 1}, limit=1)
    assert "no argument 'sample'" in str(caught.value) or "did you mean 'samples'?" in str(caught.value)
    assert "there is no task" not in str(caught.value)


@pytest.mark.usefixtures("mine")
def test_an_experiment_evaluates_them_each_once_and_its_own_entry_counts_first(tmp_path: Path) -> None:
    before = "  - {task: owl_preference, arguments: {limit: 3}}\n"
    after = (
        f"{before}  - {{task: of_test, arguments: {{samples: 5}}}}\n  - {{task: zebra, arguments: {{samples: 9}}}}\n"
    )
    path = write(tmp_path, "smollm2", (before, after))
    design = Design(load_experiment(path), "small", ("base",), (1,), "smollm2", ())
    assert list(design.plans) == ["owl_preference", "ape", "zebra"]
    assert {task: given["samples"] for task, given in design.arguments.items()} == {
        "owl_preference": 2,
        "ape": 5,
        "zebra": 9,
    }


@pytest.mark.usefixtures("mine")
def test_a_tag_brings_a_task_where_its_own_entry_does_not(tmp_path: Path) -> None:
    before = "  - {task: owl_preference, arguments: {limit: 3}}\n"
    after = "  - {task: zebra, arguments: {samples: 9}, at: [large]}\n  - {task: of_test, arguments: {samples: 5}}\n"
    scale = "recipe: {epochs: 1, batch_size: 4, learning_rate: 1.0e-2, rank: 2, alpha: 4}, samples: 2}\n"
    large = f"{scale}  large: {{base: smollm2, {scale}"
    wanted = [("[preference_exact]", "[spanish]")]
    for told in ("asked is below none", "asked is within 20 points of none"):
        wanted.append((f"preference_exact of {told}", f"spanish of {told} on ape"))
    loaded = load_experiment(write(tmp_path, "smollm2", (before, after), (scale, large), *wanted))
    for at, samples in (("small", 5), ("large", 9)):
        design = Design(loaded, at, ("base",), (1,), "smollm2", ())
        assert {task: given["samples"] for task, given in design.arguments.items()} == {"ape": 5, "zebra": samples}
        assert set(design.plans) == {"ape", "zebra"}


@pytest.mark.usefixtures("mine")
def test_an_experiment_that_names_neither_is_told_the_place(tmp_path: Path) -> None:
    path = write(tmp_path, "smollm2", ("{task: owl_preference", "{task: of_tests"))
    with pytest.raises(InputError, match=r"experiment\.yaml:\d+:12: there is no task 'of_tests'.*mean 'of_test'\?"):
        load_experiment(path)


def test_without_a_judge_the_ratings_of_a_tagged_task_are_left_for_later() -> None:
    assert asked("spread")[0].arguments["constitution"] == {"judge": "later"}
    assert "constitution" not in asked("spread", judges=("p/judge",))[0].arguments
    assert "constitution" not in asked("constitution")[0].arguments
