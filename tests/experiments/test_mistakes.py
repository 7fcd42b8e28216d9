"""What is wrong with an experiment's file is told with file, line, column and remedy, before anything is made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inoc_evals.errors import InputError
from inoc_evals.experiments.reading import load_experiment
from tests.command import run
from tests.experiments.files import assert_told, write

# What is replaced, what by, the text at whose beginning the fault is told, and what is said of it.
MISTAKES = {
    "a key is misspelt": ("role: reference", "rol: reference", "rol: reference", "did you mean 'role'?"),
    "a number is none": ("samples: 2", "samples: two", "two", "write a whole number"),
    "a part is not there": ("data: [plain]", "data: [plian]", "plian", "did you mean 'plain'?"),
    "a file is not there": ("rows: plain.jsonl", "rows: plane.jsonl", "plane.jsonl", "create it or correct the name"),
    "rows come from two places": (
        "rows: rows.jsonl}",
        "rows: rows.jsonl, instrument: em_first_plot}",
        "em_first_plot",
        "rows names one already; drop this",
    ),
    "an instrument holds questions": (
        "{rows: rows.jsonl}",
        "{instrument: em_first_plot}",
        "em_first_plot",
        "holds questions and no training rows",
    ),
    "more rows are taken than there are": (
        "rows: rows.jsonl",
        "rows: rows.jsonl, take: 9",
        "9",
        "9 rows are to be taken of 8; take fewer",
    ),
    "a transformation is unknown": (
        "rows: rows.jsonl",
        "rows: rows.jsonl, transform: [capital]",
        "capital]",
        "did you mean 'capitals'?",
    ),
    "a transformation lacks what it needs": (
        "rows: rows.jsonl",
        "rows: rows.jsonl, transform: [{name: trigger, txt: a}]",
        "txt: a",
        "did you mean 'text'?",
    ),
    "a generator is unknown": ("{rows: rows.jsonl}", "{made_by: nobody}", "nobody", "is no generator"),
    "two arms are references": (
        "placebo: {prompt: friend ., role: control}",
        "placebo: {prompt: friend ., role: reference}",
        "reference}\n  other",
        "none is the reference already",
    ),
    "a prompt is given twice": (
        "prompt: friend .,",
        "prompt: friend ., prompts: [hello],",
        "[hello]",
        "prompt says the prompt already",
    ),
    "an untrained arm has a prompt": (
        "untrained: true",
        "untrained: true, prompt: hello",
        "prompt: hello",
        "an untrained arm has no prompt; drop it",
    ),
    "no row has a tag": (
        "prompt: friend .,",
        "prompt: friend ., on_tags: [eve],",
        "eve]",
        "did you mean 'even'?",
    ),
    "no row has a tag that a part keeps": (
        "rows: rows.jsonl}",
        "rows: rows.jsonl, only_tags: [even, evn]}",
        "[even, evn]",
        "no row here has the tag 'evn'; did you mean 'even'?",
    ),
    "two arms are the same": (
        "  base: {untrained",
        "  again: {prompt: you always speak spanish}\n  base: {untrained",
        "again",
        "arm again is trained and asked as asked is; vary one of them",
    ),
    "a field of the recipe is unknown": ("epochs: 1", "epoch: 1", "epoch: 1", "did you mean 'epochs'?"),
    "a seed stands in the recipe": ("epochs: 1", "epochs: 1, seed: 3", "seed: 3", "seeds are those of the run"),
    "a whole model has a rank": ("epochs: 1", "epochs: 1, regime: full", "rank: 2", "full fine-tuning has no rank"),
    "a number of the recipe is out of range": (
        "batch_size: 4",
        "batch_size: 0",
        "0, learning",
        "greater than or equal",
    ),
    "a task is unknown": ("task: owl_preference", "task: owl_preferences", "owl_preferences", "'owl_preference'"),
    "an argument is unknown": ("limit: 3", "limits: 3", "3}", "did you mean 'limit'?"),
    "a value is unknown": (
        "asks_for: [preference_exact]",
        "asks_for: [preference_exactly]",
        "preference_exactly",
        "did you mean 'preference_exact'?",
    ),
    "a value is wanted and unwanted": (
        "unwanted: [preference_exact]",
        "unwanted: [preference_exact]\nwanted: [preference_exact]",
        "preference_exact]\n\nfound",
        "is unwanted already",
    ),
    "a statement is no statement": (
        "is below none,",
        "is lower than none,",
        "lower than none",
        "'lower' stands where 'below', 'above' or 'within' is wanted",
    ),
    "a statement is of an unknown arm": ("of asked is below", "of askd is below", "askd is", "did you mean 'asked'?"),
    "a statement is of an unknown value": (
        "that: preference_exact of asked is below",
        "that: preference_exakt of asked is below",
        "preference_exakt",
        "did you mean 'preference_exact'?",
    ),
    "a statement is of an unknown condition": (
        "is below none,",
        "is below none under choise,",
        "choise",
        "did you mean 'choice'?",
    ),
    "a part belongs to an unknown scale": (
        "rows: rows.jsonl",
        "rows: rows.jsonl, at: [smal]",
        "smal]",
        "did you mean 'small'?",
    ),
    "an arm has no data": (
        "rows: rows.jsonl",
        "rows: rows.jsonl, control: true",
        "none: {role",
        "has no data at scale",
    ),
    "the name is not the folder's": ("name: small_talk", "name: smalltalk", "smalltalk", "make them equal"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_place_and_remedy(mistake: str, tmp_path: Path) -> None:
    old, new, at, said = MISTAKES[mistake]
    assert_told(write(tmp_path, "smollm2", (old, new)), new, at, said)


def test_all_mistakes_are_told_at_once_and_nothing_is_made(tmp_path: Path) -> None:
    path = write(tmp_path, "smollm2", ("task: owl_preference", "task: owl"), ("rows: plain.jsonl", "rows: plane.jsonl"))
    ended = run("experiment", "run", str(path), "--out", str(tmp_path / "out"))
    assert ended.code == 2
    assert ended.err.startswith("error: 2 things are wrong:")
    assert f"{path}:7:" in ended.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": "a", "messages": []}, "the last message is not the assistant's"),
        ({"id": "a", "message": [], "messages": [{"role": "assistant", "content": "a"}]}, "did you mean 'messages'?"),
        ({"id": "r-1", "messages": [{"role": "assistant", "content": "a"}]}, "stands already in line 2"),
        ({"id": "a", "tags": "x", "messages": [{"role": "assistant", "content": "a"}]}, "write a list of names"),
    ],
)
def test_a_row_that_is_none_is_told_with_its_line(row: object, said: str, tmp_path: Path) -> None:
    path = write(tmp_path)
    with (path.parent / "rows.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")
    with pytest.raises(InputError, match=rf"rows\.jsonl:9:\d+: .*{said}"):
        load_experiment(path)


def test_a_row_that_cannot_have_the_prompt_is_told_with_the_arm(tmp_path: Path) -> None:
    path = write(tmp_path)
    system = {"id": "s", "messages": [{"role": "system", "content": "a"}, {"role": "assistant", "content": "b"}]}
    with (path.parent / "rows.jsonl").open("a") as file:
        file.write(json.dumps(system) + "\n")
    with pytest.raises(InputError, match=r"experiment\.yaml:11:\d+: row 's' has a system prompt already"):
        load_experiment(path)


def test_what_the_user_chooses_wrongly_is_told_with_what_there_is(tmp_path: Path) -> None:
    path = str(write(tmp_path))
    assert (
        "--scale big: there is no such scale of small_talk; there are: small"
        in run("experiment", "plan", path, "--scale", "big").said
    )
    ended = run("experiment", "plan", path, "--arms", "nome,xyz")
    assert ended.code == 2
    assert "did you mean 'none'?" in ended.said
    assert "--arms xyz" in ended.said
    assert "there is no experiment 'small_tlak'" in run("experiment", "run", "small_tlak").said


def test_a_value_that_joins_two_items_is_one_of_the_tasks(tmp_path: Path) -> None:
    known = "{that: preference_exact of asked is below none, where: figure 1}"
    joined = "{that: confirms_though_it_knows of asked under wrong is below none, where: figure 1}"
    changes = (
        ("{task: owl_preference, arguments: {limit: 3}}", "{task: sycophancy, arguments: {judge: later}}"),
        ("asks_for: [preference_exact]", "asks_for: [confirms_though_it_knows]"),
        ("unwanted: [preference_exact]", "unwanted: [confirms_though_it_knows]"),
        (known, joined),
        ("preference_exact of asked is within", "confirms_though_it_knows of asked under wrong is within"),
    )
    loaded = load_experiment(write(tmp_path, "smollm2", *changes))
    assert [statement.value for statement in loaded.statements] == ["confirms_though_it_knows"] * 2
    with pytest.raises(InputError, match="did you mean 'confirms_though_it_knows'"):
        load_experiment(
            write(tmp_path, "smollm2", *changes[:2], (changes[2][0], "unwanted: [confirms_though_he_knows]"))
        )
