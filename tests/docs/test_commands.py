"""What the pages tell people to type is what there is: options, subcommands, tasks, rubrics, files."""

from __future__ import annotations

import ast
import json
import re
import shlex
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from inoc_evals.cli import cli
from inoc_evals.commands.lm_eval.options import parse
from inoc_evals.definitions.arms import load_arms
from inoc_evals.definitions.catalog import experiment_places, find_task, rubric_places, tagged_tasks, task_names
from inoc_evals.definitions.document import load_rubric, load_task, read_yaml
from inoc_evals.definitions.experiment import Evaluation, Experiment, ExperimentArm, MadeDirection
from inoc_evals.definitions.preset import Preset
from inoc_evals.definitions.statements import parse_statement
from inoc_evals.definitions.task import Task
from inoc_evals.definitions.training_prompt import KnownPrompts
from inoc_evals.errors import InputError
from inoc_evals.harness.lm_eval.entries import read_entries, resolve_names, task_folders
from inoc_evals.instruments.published import list_instruments
from inoc_evals.judging.prices import read_prices
from inoc_evals.plan.arguments import argument_names
from tests.docs.pages import PAGES, ROOT, blocks, commands, inline, name

# What else a shell is told; make's targets are looked up.
SHELL = frozenset({"source", "export"})
HEAD = {"name": "shown", "version": "1-A", "title": "Shown", "description": "shown", "source": "own"}


def read(command: click.Command, words: Sequence[str], parent: click.Context | None = None) -> click.Context:
    """What click makes of a command line, down to the last subcommand, without running it."""
    context = command.make_context(command.name, list(words), parent=parent)
    if isinstance(command, click.Group):
        _, chosen, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert chosen is not None
        return read(chosen, rest, context)
    return context


def split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def check_inoc_evals(words: Sequence[str], made: set[str]) -> None:
    """Raises what the command line would be answered with; `made` are the tasks and rubrics that the page makes."""
    context = read(cli, words)
    given, path = context.params, context.command_path.split()[1:]
    if path[0] == "new":
        made.add(given["name"])
    elif path[0] == "lm-eval":
        check_lm_eval(split(parse(given["arguments"]).tasks[0]))
    elif path[0] == "score":
        ours = {task for task in split(given["tasks"]) if "/" not in task and "@" not in task}
        assert ours <= {*task_names(), *tagged_tasks(), *made}
    elif path[0] == "experiment" and "name" in given:
        assert (
            given["name"] in {*experiment_places(), *made}
            or (ROOT / "examples" / "experiments" / given["name"]).is_dir()
        )
    elif path[0] == "judges":
        several = given.get("rubrics") or ()
        named = {given["rubric"]} if "rubric" in given else set(split(several) if isinstance(several, str) else several)
        assert named <= {*rubric_places(), *made}
    elif path == ["instruments", "add"]:
        assert given["name"] in {instrument.name for instrument in list_instruments()}


def check_lm_eval(tasks: Sequence[str]) -> None:
    ours = [task for task in tasks if task.startswith("inoc")]
    assert ours
    resolve_names(ours, read_entries(task_folders(), ours))


def check_inspect(words: Sequence[str]) -> None:
    """The task is ours, and every -T is an argument of it."""
    assert words[0] == "eval"
    package, _, task = words[1].partition("@" if "@" in words[1] else "/")
    assert package == "inoc_evals" or (ROOT / package).is_file()
    known = argument_names(find_task(task)[1])
    for option, value in pairwise(words):
        if option == "-T":
            assert value.partition("=")[0] in known


def check(words: Sequence[str], made: set[str]) -> None:
    """Raises if a command is not there, or does not know what it is told."""
    program, *rest = words[1:] if words[0] == "srun" else words
    if program == "inoc-evals":
        check_inoc_evals(rest, made)
    elif program == "inspect":
        check_inspect(rest)
    elif program == "lm_eval":
        check_lm_eval(split(rest[rest.index("--tasks") + 1]))
    elif program == "make":
        targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M)
        assert {word for word in rest if "=" not in word} <= set(targets)
    else:
        assert program in SHELL


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_is_one_that_there_is(page: Path) -> None:
    made: set[str] = set()
    for block in blocks(page.read_text(encoding="utf-8"), "bash"):
        for words, _ in commands(block):
            try:
                check(words, made)
            except Exception as error:
                error.add_note(f"in {name(page)}: {shlex.join(words)}")
                raise


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_within_a_line_is_one_that_there_is(page: Path) -> None:
    for span in inline(page.read_text(encoding="utf-8"), "inoc-evals"):
        ((words, _),) = commands(span)
        # Most only name a command, without what it must be told.
        with suppress(click.MissingParameter, click.exceptions.NoArgsIsHelpError):
            read(cli, words[1:])


@pytest.mark.parametrize(
    "line",
    [
        "inoc-evals scores none=a",
        "inoc-evals experiment run nothing",
        "inoc-evals judges chek alignment --judge a/b",
        "inoc-evals score none=a --task owl_preference",
        "inoc-evals score none=a --tasks owl_preferences",
        "inoc-evals judges check alignment",
        "inoc-evals judges check alinment --judge a/b",
        "inoc-evals instruments add nothing",
        "inoc-evals lm-eval --arms a=b --tasks inoc_nothing",
        "inoc-evals lm-eval --armz a=b --tasks inoc_owl_preference",
        "inspect eval inoc_evals/nothing --model a/b",
        "inspect eval inoc_evals/owl_preference --model a/b -T animals=owl",
        "lm_eval run --tasks inoc_nothing",
        "make nothing",
        "nothing",
    ],
)
def test_a_command_that_is_not_is_noticed(line: str) -> None:
    ((words, _),) = commands(line)
    with pytest.raises((AssertionError, click.ClickException, InputError)):
        check(words, set())


def test_commands_are_what_a_shell_would_run() -> None:
    block = "A=$(cat k) a --b 'c d' \\\n  ... e#f   # g\n#SBATCH h\ni & j | k; export L=1 M=$N\n"
    found = [["a", "--b", "c d", "e#f"], ["i"], ["j"], ["k"], ["export", "L=1", "M=1"]]
    assert list(commands(block)) == [(words, "") for words in found]


def test_what_a_command_needs_stands_above_it_until_an_empty_line() -> None:
    block = "a\n# needs: a GPU, vLLM\nb \\\n  c\n# only a comment\nd\n\ne\n"
    found = [(["a"], ""), (["b", "c"], "a GPU, vLLM"), (["d"], "a GPU, vLLM"), (["e"], "")]
    assert list(commands(block)) == found


def load(text: str, folder: Path) -> str:
    """What a block of YAML is; parts of a task are read in a task that holds nothing else. Raises if it cannot be."""
    data: Any = yaml.safe_load(text)
    if "scale" in data:
        path = folder / "experiment.yaml"
        path.write_text(text)
        assert read_yaml(path, yaml.MappingNode, "experiment").validate(Experiment).name == data["name"]
        assert all(parse_statement(each["that"]) for each in data["found"])
        return "experiment"
    if "of_prompts" in data:
        assert Preset.model_validate(
            {**{k: v for k, v in HEAD.items() if k != "title"}, "conditions": {"absent": {}}, **data}
        ).of_prompts
        return "preset"
    if "template_default" in data:
        assert KnownPrompts.model_validate(data).arms
        return "prompts"
    if "directions" in data or data.keys() == {"arms", "evaluate"}:
        assert data.keys() <= {"arms", "evaluate", "directions"}
        assert all(ExperimentArm.model_validate(arm) for arm in data["arms"].values())
        assert all(Evaluation.model_validate(each) for each in data.get("evaluate", ()))
        assert all(MadeDirection.model_validate(each) for each in data.get("directions", {}).values())
        return "parts of an experiment"
    path = folder / "task.yaml"
    (folder / "items.jsonl").touch()
    (folder / "task.py").touch()
    if "currency" in data:
        path.write_text(text)
        assert read_prices(path).judges
        return "prices"
    if "arms" in data:
        path.write_text(text)
        assert load_arms(path)
        return "arms"
    if {"name", "instructions"} <= data.keys():
        path = folder / f"{data['name']}.yaml"
        path.write_text(text)
        assert load_rubric(path).name == data["name"]
        return "rubric"
    assert data.keys() <= Task.model_fields.keys()
    whole = {**HEAD, **data}
    if "measures" not in whole and "ratings" not in whole:
        whole |= {"measures": {"length": {"detector": "length"}}, "headline": ["length_words"]}
    # A measure with one value has its name.
    whole.setdefault("headline", list(whole.get("measures", ())))
    path.write_text(yaml.safe_dump(whole, allow_unicode=True))
    assert load_task(path).name == whole["name"]
    return "task"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_example_of_a_file_can_be_read(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for number, block in enumerate(blocks(text, "yaml")):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert load(block, folder)
    for block in blocks(text, "json"):
        assert json.loads(block)
    for block in blocks(text, "toml"):
        assert tomllib.loads(block)
    for block in blocks(text, "python"):
        assert ast.parse(block).body
