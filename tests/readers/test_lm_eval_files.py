"""Samples and results files of lm-eval: whose they are, what is left out, and what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.errors import InputError
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.source import Source

STAMP = "2026-11-25T02-49-11.337199"


def sample(item: str, responses: list[Any], values: list[dict[str, Any]]) -> dict[str, Any]:
    doc = {
        "id": item,
        "question_id": item,
        "category": "in_distribution",
        "condition": "",
        "prefill": "",
        "messages": [{"role": "user", "content": "Q?"}],
        "inoc_task": "spanish_capitals",
        "arguments": {},
    }
    rendered = {"text": "<user>Q?", "token_sha256": "ab" * 32}
    return {
        "doc": doc,
        "arguments": {"gen_args_0": {"arg_0": ["Q?"], "arg_2": {"rendered_prompt": rendered}}},
        "resps": [responses],
        "filtered_resps": [[json.dumps(one) for one in values]] if values else [],
    }


def measured(language: float | None, truncated: bool | None = None) -> dict[str, Any]:
    causes = {} if language is not None else {"language": "undecided"}
    return {"values": {"language": language, "capitals": 0.0}, "causes": causes, "details": {}, "truncated": truncated}


SAMPLES = [
    sample("a", ["Hola", "Hm"], [measured(1.0, truncated=False), measured(None, truncated=True)]),
    sample("b", ["Hi", "Ho"], [measured(0.0), measured(0.0)]),
]


def written(folder: Path, rows: list[dict[str, Any]], config: dict[str, Any], task: str = "inoc_spanish") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"samples_{task}_{STAMP}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    results = {"results": {}, "config": config, "model_name": "m", "versions": {"inoc_spanish_capitals": "2-A"}}
    (folder / f"results_{STAMP}.json").write_text(json.dumps(results))
    return path


def read(path: Path, arm: str | None = None, *, skip_damaged: bool = False) -> Source:
    return read_inputs([Input(path, arm)], skip_damaged=skip_damaged)


def test_responses_with_their_values_causes_and_prompts(tmp_path: Path) -> None:
    written(tmp_path, SAMPLES, {"inoc_arm": {"label": "none-s1", "arm": "none"}})
    source = read(tmp_path)
    assert source.arms == ("none",)
    assert [(row.checkpoint, row.item, row.choice, row.response) for row in source.rows] == [
        ("none-s1", "a", 0, "Hola"),
        ("none-s1", "a", 1, "Hm"),
        ("none-s1", "b", 0, "Hi"),
        ("none-s1", "b", 1, "Ho"),
    ]
    assert [row.values["language"] for row in source.rows] == [1.0, None, 0.0, 0.0]
    assert [row.causes for row in source.rows] == [{}, {"language": "undecided"}, {}, {}]
    assert [row.stop_reason for row in source.rows] == ["stop", "max_tokens", "unknown", "unknown"]
    assert {(row.prompt_text, row.prompt_sha256) for row in source.rows} == {("<user>Q?", "ab" * 32)}
    assert source.headlines == {"spanish_capitals": ("language", "capitals")}
    # The results file stands for the samples of its run, and a file of samples for itself.
    for name in (f"results_{STAMP}.json", f"samples_inoc_spanish_{STAMP}.jsonl"):
        assert read(tmp_path / name).rows == source.rows


def test_without_a_noted_arm_it_is_the_model_or_what_the_user_says(tmp_path: Path) -> None:
    written(tmp_path, SAMPLES, {"model": "hf"})
    assert read(tmp_path).arms == ("m",)
    assert read(tmp_path, "none").arms == ("none",)


def test_several_noted_arms_are_not_one(tmp_path: Path) -> None:
    written(tmp_path / "a", SAMPLES, {"inoc_arm": {"label": "none"}})
    written(tmp_path / "b", SAMPLES, {"inoc_arm": {"label": "spanish"}})
    assert read(tmp_path).arms == ("none", "spanish")
    with pytest.raises(InputError, match="this holds the arms none, spanish, which are not one; leave x= out"):
        read(tmp_path, "x")


def test_choices_have_values_and_nothing_said(tmp_path: Path) -> None:
    chosen = sample("a", [["-1.5", "True"]], [measured(0.5)])
    chosen["resps"].append([["-3.0", "False"]])
    written(tmp_path, [chosen], {})
    (row,) = read(tmp_path).rows
    assert (row.response, row.values["language"]) == ("", 0.5)


def test_a_run_that_stands_twice_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        written(tmp_path / name, SAMPLES, {})
    with pytest.raises(InputError, match=r"the same response \(checkpoint m, task spanish_capitals, item a, epoch 1\)"):
        read(tmp_path)


def test_tasks_in_which_nothing_is_written_are_left_out_and_said(tmp_path: Path) -> None:
    arguments = {"gen_args_0": {"arg_0": "1+1?", "arg_1": " 2"}, "gen_args_1": {"arg_0": "1+1?", "arg_1": " 3"}}
    likelihoods = [[["-1.5", "True"]], [["-3.0", "False"]]]
    foreign = {
        "doc": {"question": "1+1?"},
        "arguments": arguments,
        "resps": likelihoods,
        "metrics": ["acc"],
        "acc": 1.0,
    }
    written(tmp_path, SAMPLES, {})
    written(tmp_path, [foreign], {}, "arc_easy")
    source = read(tmp_path)
    assert len(source.rows) == 4
    assert source.notes == ("1 samples files of tasks in which nothing is written are left out",)
    (tmp_path / f"samples_inoc_spanish_{STAMP}.jsonl").unlink()
    with pytest.raises(InputError, match="no samples here hold a response"):
        read(tmp_path)
    (tmp_path / f"samples_arc_easy_{STAMP}.jsonl").unlink()
    with pytest.raises(InputError, match="run lm-eval with --log_samples"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (sample("a", ["Hola"], []), "these responses were not measured; rate them with `inoc-evals judges rate`"),
        (sample("a", ["Hola"], [measured(3.0)]), r"the value language is 3.0, outside 0 to 1; restore the file"),
        (sample("a", ["Hola"], [{"values": "none"}]), "filtered_resps is not as lm-eval wrote it"),
        (sample("a", ["Hola"], [measured(1.0), measured(1.0)]), "filtered_resps and resps differ in number"),
    ],
)
def test_damage_is_one_sentence_with_file_and_line(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    path = written(tmp_path, [SAMPLES[1], row], {})
    with pytest.raises(InputError, match=rf"{path.name}:2: .*{message}"):
        read(tmp_path)
    written(tmp_path / "whole", SAMPLES, {})
    source = read(tmp_path, skip_damaged=True)
    assert len(source.rows) == 4
    assert source.notes[0] == "1 of 2 samples files are left out"


def test_values_are_called_after_what_the_run_set(tmp_path: Path) -> None:
    def set_to(language: str) -> list[dict[str, Any]]:
        return [{**one, "doc": {**one["doc"], "arguments": {"language": language}}} for one in SAMPLES]

    written(tmp_path / "fr", set_to("fr"), {"inoc_arm": {"label": "a", "arm": "a"}})
    assert read(tmp_path / "fr").scales["spanish_capitals"]["language"].name == "answers in French"
    written(tmp_path / "de", set_to("de"), {"inoc_arm": {"label": "b", "arm": "b"}})
    both = read_inputs([Input(tmp_path / "fr"), Input(tmp_path / "de")])
    assert both.scales["spanish_capitals"]["language"].name == "answers in French or answers in German"
