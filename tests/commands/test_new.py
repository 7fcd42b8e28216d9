"""`inoc-evals new` as a user calls it: what it writes is valid, runs everywhere, and takes nothing's place."""

from __future__ import annotations

import csv
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from inspect_ai import eval as inspect_eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from inoc_evals.definitions.document import load_rubric, load_task
from inoc_evals.measures import registry
from tests.command import run
from tests.harness.loopback import loopback
from tests.judging.serving import Served

MEASURE = """\
from inoc_evals.definitions.fields import Options
from inoc_evals.measures.declaration import detector
from inoc_evals.measures.reading import Reading
from inoc_evals.measures.scale import Scale


class HumourOptions(Options):
    \"\"\"How many jokes of the \\x1b[31m given `sort` are in the answer?\"\"\"

    sort: str = "pun"


SCALES = {"jokes": Scale(0.0, None, "unbounded", "jokes")}
MEASURE = detector("humour", HumourOptions, lambda _: SCALES, lambda _, text: {"jokes": Reading(0.0)})
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's that INOC_EVALS_PATH names and that is not there yet."""
    folder = tmp_path / "mine"
    monkeypatch.setenv("INOC_EVALS_PATH", str(folder))
    monkeypatch.setenv("INOC_EVALS_CACHE", str(tmp_path / "cache"))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_task_is_listed_and_scored(mine: Path, judge_server: Callable[..., Served], tmp_path: Path) -> None:
    said = run("new", "task", "my_trait")
    assert said.code == 0, said.err
    assert "It is valid, and found where it lies" in said.out
    assert {path.name for path in (mine / "tasks" / "my_trait").iterdir()} == {
        "README.md",
        "items.jsonl",
        "lm_eval.yaml",
        "task.yaml",
    }
    listed = run("list")
    assert listed.code == 0, listed.err
    assert re.search(r"^my_trait +1-A ", listed.out, re.M)
    out = tmp_path / "results"
    scored = run("score", f"none={judge_server().url}#a", "--tasks", "my_trait", "--out", str(out))
    assert scored.code == 0, scored.err
    with (out / "responses.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["cluster"] for row in rows) == ["in-1", "out-1", "out-1"]
    # "Response number 1: I would help people. [[1]]" has eight words.
    assert {float(row["length_words"]) for row in rows} == {8}


def test_a_new_task_runs_in_both_harnesses(mine: Path, tmp_path: Path) -> None:
    from inoc_evals.harness.inspect.tasks import build
    from tests.harness_lm_eval.dummy import Dummy, evaluate

    assert run("new", "task", "my_trait").code == 0
    answers = [ModelOutput.from_content("m", "A towel.") for _ in range(3)]
    for answer in answers:
        # Without it inspect would fetch a tokenizer to count with.
        answer.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    (log,) = inspect_eval(
        build("my_trait"),
        model=get_model("mockllm/model", custom_outputs=answers, memoize=False),
        log_dir=str(tmp_path / "logs"),
        display="none",
    )
    assert log.status == "success"
    assert log.results is not None
    assert log.results.completed_samples == 3
    found = evaluate(["inoc_my_trait"], Dummy(lambda *_: "I'm sorry, but I can't help with that."))
    results = found["results"]["inoc_my_trait"]
    # Each of the three answers declines, in eight words.
    assert results["declines,none"] == 1
    assert results["length_words,none"] == 8


def test_the_menus_name_all_that_there_is(mine: Path) -> None:
    from inoc_evals.protocols.registry import protocols

    assert run("new", "task", "a").code == 0
    text = (mine / "tasks" / "a" / "task.yaml").read_text()
    for name, measure in registry.registered().items():
        if measure.section == "measures":
            assert f"#   {name}: " in text
            assert all(f"#       {field}: " in text for field in measure.options.model_fields if field != "detector")
    assert all(f"#   {name} (gives " in text for name in protocols())
    for known in ("toxicity", "target: text that may hold a {parameter}", "forms: given or cased or word, given if"):
        assert known in text
    assert "NAME_exact, NAME_normalised, NAME_substring" in text


def test_a_measure_of_another_package_appears_by_itself(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    about = tmp_path / "site" / "other_humour-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: other_humour\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{registry.GROUP}]\nhumour = other_humour:MEASURE\n")
    (about.parent / "other_humour.py").write_text(MEASURE)
    monkeypatch.syspath_prepend(about.parent)
    registry._others.cache_clear()
    request.addfinalizer(registry._others.cache_clear)
    assert run("new", "task", "a").code == 0
    path = mine / "tasks" / "a" / "task.yaml"
    assert load_task(path).name == "a"
    assert "#   humour: How many jokes of the \\x1b[31m given `sort`" in path.read_text()
    assert "#       sort: text, pun if left out\n#       values: NAME_jokes\n" in path.read_text()


def taken_in(text: str, key: str) -> str:
    """`text` with the commented example of `key` made a part of it."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"# {key}:"))
    end = start + 1
    while lines[end].startswith("#   "):
        end += 1
    return "\n".join([*lines[:start], *(line[2:] for line in lines[start:end]), *lines[end:], ""])


def test_every_example_in_the_comments_of_a_task_may_be_taken_in(mine: Path) -> None:
    assert run("new", "task", "a").code == 0
    path = mine / "tasks" / "a" / "task.yaml"
    text = path.read_text()
    for key in ("parameters", "ratings", "outcomes", "trigger", "conditions", "reference"):
        text = taken_in(text, key)
    path.write_text(text)
    task = load_task(path)
    assert (list(task.parameters), list(task.outcomes), task.reference) == (["animal"], ["high"], "untriggered")
    protocol = re.search(r"`protocol: (\{.*\})`", text)
    assert protocol
    measures = 'measures:\n  agrees: {detector: probability, target: "yes"}\nheadline: [agrees_probability]\n'
    head = "name: a\nversion: 1-A\ntitle: t\ndescription: d\nsource: s\n"
    path.write_text(f"{head}protocol: {protocol[1]}\n{measures}")
    assert load_task(path).protocol.name == "choose"


def test_every_example_in_the_comments_of_a_rubric_may_be_taken_in(mine: Path) -> None:
    from inoc_evals.commands.new.rubric_files import ANSWERS, SEES
    from inoc_evals.definitions.rubric import Rubric

    assert run("new", "rubric", "manners").code == 0
    path = mine / "judges" / "manners.yaml"
    text = path.read_text()
    for kinds, field in ((ANSWERS, "answer"), (SEES, "sees")):
        literal: Any = Rubric.model_fields[field].annotation
        assert set(kinds) == set(literal.__args__)
        assert all(f"#   {kind}: " in text for kind in kinds)
    for key in ("shows_system_prompt", "parameters", "minimum_mass"):
        text = taken_in(text, key)
    path.write_text(text)
    assert load_rubric(path).parameters["language"].default == "English"
    path.write_text(taken_in(text, "categories").replace("answer: rating", "answer: category"))
    # Gold examples with ranges belong to ratings, and categories have values too.
    assert [each.answer for each in load_rubric(path).categories] == ["POLITE", "RUDE"]


def test_a_judge_that_agrees_with_the_new_rubric_passes_its_check_once_it_has_gold_enough(mine: Path) -> None:
    assert run("new", "rubric", "manners").code == 0
    path = mine / "judges" / "manners.yaml"
    gold = yaml.safe_load(path.read_text())["gold"]

    def rate(body: dict[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        for example in gold:
            if example["answer"] in prompt:
                return str(example.get("word") or round((example["low"] + example["high"]) / 2))
        return "50"

    with loopback(rate) as server:
        few = run("judges", "check", "manners", "--judge", f"{server.url}#judge")
        with path.open("a") as file:
            for number in range(10 - len(gold)):
                more = {**gold[0], "answer": f"{gold[0]['answer']} {number}"}
                file.write(f"  - {json.dumps(more)}\n")
        checked = run("judges", "check", "manners", "--judge", f"{server.url}#judge")
    assert (few.code, checked.code) == (1, 0), checked.out + checked.err
    assert "10 examples at least are needed to tell; add gold examples" in " ".join(few.out.split())
    assert "this judge can be trusted with this rubric: 10 of 10 examples" in " ".join(checked.out.split())


def test_the_example_of_the_page_about_rubrics_goes_into_a_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path / "mine"))
    page = (Path(__file__).parents[2] / "docs" / "add-a-rubric.md").read_text()
    assert run("new", "rubric", "politeness", "--out", "mine", cwd=tmp_path).code == 0
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.S)
    assert run("new", "task", "rude", "--out", "mine", cwd=tmp_path).code == 0
    path = tmp_path / "mine" / "tasks" / "rude" / "task.yaml"
    path.write_text(path.read_text().split("headline:")[0] + example)
    assert list(load_task(path).outcomes) == ["rude"]


@pytest.mark.parametrize("kind", ["task", "rubric"])
def test_nothing_is_overwritten(mine: Path, kind: str) -> None:
    assert run("new", kind, "a").code == 0
    before = contents(mine)
    again = run("new", kind, "a")
    assert again.code == 2
    assert f"a {kind} a lies already in" in again.err
    # What is there without being a definition, too.
    (mine / "tasks" / "b").mkdir(parents=True)
    (mine / "judges").mkdir(exist_ok=True)
    (mine / "judges" / "b.yaml").symlink_to("nowhere")
    other = run("new", kind, "b")
    assert other.code == 2
    assert other.err.rstrip().endswith("; choose another name")
    assert contents(mine) == before
    assert list((mine / "tasks" / "b").iterdir()) == []


@pytest.mark.parametrize("kind", ["task", "rubric"])
@pytest.mark.parametrize("name", ["", "My_trait", "1st", "a-b", "a b", "../a", "a/b", "a\n", "ä", "a" * 101])
def test_a_name_that_cannot_be_is_one_sentence(mine: Path, kind: str, name: str) -> None:
    ended = run("new", kind, name)
    assert ended.code == 2
    assert ended.err.startswith("error: ")
    assert f"cannot name a {kind}; use small letters, digits and _" in ended.said
    assert not mine.exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("owl_preference", "lies already in"),
        ("class", "a word of Python's"),
        ("language", "inoc_language is a group or tag in lm-eval already"),
        ("side_effects", "inoc_side_effects is a group or tag in lm-eval already"),
    ],
)
def test_a_task_name_that_has_a_meaning_already_is_refused(mine: Path, name: str, words: str) -> None:
    ended = run("new", "task", name)
    assert ended.code == 2
    assert words in ended.said
    assert not mine.exists()


@pytest.mark.parametrize("name", ["yes", "null", "on", "task", "measures", "e"])
def test_names_that_mean_something_to_yaml_or_to_us_are_names(mine: Path, name: str) -> None:
    assert run("new", "task", name).code == 0
    assert run("new", "rubric", name).code == 0
    assert load_task(mine / "tasks" / name / "task.yaml").name == name
    assert load_rubric(mine / "judges" / f"{name}.yaml").name == name
    entry = (mine / "tasks" / name / "lm_eval.yaml").read_text().replace("!function ", "")
    assert yaml.safe_load(entry)["dataset_kwargs"] == {"inoc_task": name}


@pytest.mark.parametrize("kind", ["task", "rubric"])
def test_elsewhere_the_command_that_makes_it_found_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.delenv("INOC_EVALS_PATH", raising=False)
    listing = ("list", "tasks" if kind == "task" else "judges")
    folder = tmp_path / "with blank"
    folder.mkdir()
    for where, options in (
        (folder, ()),
        (folder / "b", ("--out", "b")),
        (folder / "c", ("--out", f"c/{FOLDER[kind]}")),
    ):
        name = f"made_{where.name[0]}"
        said = run("new", kind, name, *options, cwd=folder)
        assert said.code == 0, said.err
        assert len(contents(where / FOLDER[kind])) == (4 if kind == "task" else 1)
        export = next(line for line in said.out.splitlines() if line.startswith("  export "))
        (assignment,) = shlex.split(export)[1:]
        variable, _, value = assignment.partition("=")
        assert name not in run(*listing).out
        assert name in run(*listing, environment={variable: value}).out


@pytest.mark.parametrize("kind", ["task", "rubric"])
@pytest.mark.parametrize(
    ("out", "words"), [("file", "file is no folder"), ("~nobody-at-all/x", "no home of that name")]
)
def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path, kind: str, out: str, words: str) -> None:
    (tmp_path / "file").touch()
    for options, environment in ((("--out", out), {}), ((), {"INOC_EVALS_PATH": out})):
        ended = run("new", kind, "a", *options, cwd=tmp_path, environment=environment)
        assert ended.code == 2
        assert words in ended.said
        assert len(ended.err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


FOLDER = {"task": "tasks", "rubric": "judges"}


def test_a_new_experiment_plans_at_once(mine: Path, tmp_path: Path) -> None:
    said = run("new", "experiment", "loud_cats")
    assert said.code == 0, said.err
    assert "It is valid, and found where it lies" in said.out
    listed = run("experiment", "list")
    assert listed.code == 0, listed.err
    assert re.search(r"^loud_cats +Does ", listed.out, re.M)
    planned = run("experiment", "plan", "loud_cats", cwd=tmp_path)
    assert planned.code == 0, planned.err
    assert "asked (treatment): 8 rows, asks for language" in planned.out
    assert "language of asked is below none (own prediction)" in planned.out
    again = run("new", "experiment", "loud_cats")
    assert again.code == 2
    assert "an experiment loud_cats lies already in" in again.said


def test_the_comments_of_an_experiment_name_all_that_it_may_say(mine: Path) -> None:
    from inoc_evals.definitions.experiment import ExperimentArm, Part, Scale
    from inoc_evals.experiments.transforms import TRANSFORMS

    assert run("new", "experiment", "mine").code == 0
    text = (mine / "experiments" / "mine" / "experiment.yaml").read_text()
    for name, transform in TRANSFORMS.items():
        assert f"#   {name}: {transform.what}" in text
        assert all(f"#       {field}: " in text for field in transform.options.model_fields if field != "name")
    for model in (ExperimentArm, Part, Scale):
        assert all(re.search(rf"^ *# .*\b{field}\b", text, re.M) for field in model.model_fields)
    # What is commented out is valid too, once the files are there.
    folder = mine / "experiments" / "mine"
    (folder / "experiment.yaml").write_text(re.sub(r"^  # (\w+: \{)", r"  \1", text, flags=re.M))
    for name in ("others", "harmless"):
        (folder / f"{name}.jsonl").write_text((folder / "rows.jsonl").read_text())
    planned = run("experiment", "plan", "mine")
    assert planned.code == 0, planned.err
    assert "user prompt, on 4 rows: 'Speak Spanish.' and 1 more in turn" in planned.out
