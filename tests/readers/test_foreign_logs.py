"""Logs of any inspect task: every scorer's value, with inspect's own numbers as the measure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import read_eval_log
from inspect_ai.scorer import Score

from inoc_evals.errors import InputError
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Source
from tests.readers.logs import NAN, foreign_log, number_of, scored_by


def read(*paths: Path) -> Source:
    return read_inputs([Input(path) for path in paths])


def values(source: Source, key: str) -> dict[str, float | None]:
    return {row.item: row.values[key] for row in source.rows}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six samples, two epochs: right or wrong, one value with all of inspect's letters, and two values by name."""
    letters = ["C", "I", "P", "N", "yes", "0.25"]
    scorers = [
        scored_by("right", lambda state: "C" if number_of(state) < 4 else "I"),
        scored_by("letters", lambda state: letters[number_of(state)]),
        scored_by(
            "rated",
            lambda state: {"depth": 3.5 * number_of(state), "clear": number_of(state) % 2 == 0},
            cluster="family",
            several=True,
        ),
    ]
    return foreign_log(tmp_path_factory.mktemp("logs"), scorers, epochs=2)


def test_every_scorer_is_a_measure_with_the_scale_of_its_values(log: Path) -> None:
    source = read(log)
    assert source.arms == ("mockllm/m",)
    assert len(source.rows) == 12
    assert source.headlines == {"trivia": ("right", "letters", "rated.depth", "rated.clear")}
    kinds = {key: (scale.averaged, scale.low, scale.high) for key, scale in source.scales["trivia"].items()}
    assert kinds == {
        "right": ("share", 0.0, 1.0),
        "letters": ("mean", 0.0, 1.0),
        "rated.depth": ("unbounded", None, None),
        "rated.clear": ("share", 0.0, 1.0),
    }
    assert values(source, "letters") == {"s0": 1.0, "s1": 0.0, "s2": 0.5, "s3": 0.0, "s4": 1.0, "s5": 0.25}
    assert values(source, "rated.depth")["s5"] == 17.5


def test_means_are_those_that_inspect_computed(log: Path) -> None:
    source = read(log)
    results = read_eval_log(str(log)).results
    assert results
    theirs = {one.name: next(iter(one.metrics.values())).value for one in results.scores}
    for name, key in {"right": "right", "letters": "letters", "depth": "rated.depth", "clear": "rated.clear"}.items():
        numbers = [value for row in source.rows if (value := row.values[key]) is not None]
        assert sum(numbers) / len(numbers) == pytest.approx(theirs[name])


def test_questions_clusters_epochs_and_texts(log: Path) -> None:
    rows = {(row.item, row.epoch): row for row in read(log).rows}
    assert set(rows) == {(f"s{number}", epoch) for number in range(6) for epoch in (1, 2)}
    assert [rows[f"s{number}", 1].cluster for number in range(6)] == ["f0", "f0", "f1", "f1", "f2", "f2"]
    assert rows["s3", 2].prompt_text == "question 3"
    assert rows["s3", 2].response == "3 noitseuq"
    assert rows["s3", 2].stop_reason == "stop"


def test_without_a_named_cluster_every_sample_is_a_question(tmp_path: Path) -> None:
    path = foreign_log(tmp_path, [scored_by("right", lambda _: "C")], samples=3)
    assert [row.cluster for row in read(path).rows] == ["s0", "s1", "s2"]


def test_a_log_in_json_is_read_too(tmp_path: Path) -> None:
    scorers = [scored_by("right", lambda state: "C" if number_of(state) else "I")]
    path = foreign_log(tmp_path, scorers, samples=2, log_format="json")
    assert path.suffix == ".json"
    assert values(read(tmp_path), "right") == {"s0": 0.0, "s1": 1.0}


# inspect's own metrics take the infinity along.
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_what_has_no_value_is_excluded_by_its_cause(tmp_path: Path) -> None:
    found: dict[int, Any] = {
        0: {"a": 1, "b": 0.5},
        1: Score.unscored(reason="grader failed"),
        2: {"a": NAN, "b": None},
        3: {"a": "perhaps", "b": 1},
        4: {"a": 0, "b": float("inf")},
    }
    rated = scored_by("rated", lambda state: found[number_of(state)], several=True)
    path = foreign_log(tmp_path, [rated], fails=frozenset({"s5"}))
    rows: dict[str, ResponseRow] = {row.item: row for row in read(path).rows}
    assert {item: dict(row.values) for item, row in rows.items()} == {
        "s0": {"rated.a": 1.0, "rated.b": 0.5},
        "s1": {"rated.a": None, "rated.b": None},
        "s2": {"rated.a": None, "rated.b": None},
        "s3": {"rated.a": None, "rated.b": 1.0},
        "s4": {"rated.a": 0.0, "rated.b": None},
        "s5": {"rated.a": None, "rated.b": None},
    }
    assert rows["s1"].causes == {"rated.a": "grader_failed", "rated.b": "grader_failed"}
    assert rows["s2"].causes == {"rated.a": "unscored", "rated.b": "unscored"}
    assert rows["s3"].causes == {"rated.a": "not_a_number"}
    assert rows["s4"].causes == {"rated.b": "not_a_number"}
    assert rows["s5"].causes == {"rated.a": "error", "rated.b": "error"}
    assert rows["s5"].stop_reason == "error"


def test_a_value_of_words_is_left_out_and_said(tmp_path: Path) -> None:
    scorers = [scored_by("mood", lambda state: "glad" if number_of(state) else "sad"), scored_by("right", lambda _: 1)]
    source = read(foreign_log(tmp_path, scorers, samples=2))
    assert source.headlines == {"trivia": ("right",)}
    assert all(set(row.values) == {"right"} for row in source.rows)
    assert source.notes == ("the values mood of trivia are words and no numbers, and left out",)


def test_a_scale_is_seen_over_all_arms(tmp_path: Path) -> None:
    """One arm's values are all 0; on the other's they go up to 7."""
    low = foreign_log(tmp_path / "a", [scored_by("grade", lambda _: 0)], model="a")
    high = foreign_log(tmp_path / "b", [scored_by("grade", lambda state: number_of(state) + 2)], model="b")
    assert read(low).scales["trivia"]["grade"].averaged == "share"
    assert read(low, high).scales["trivia"]["grade"].averaged == "unbounded"


def test_a_log_that_is_named_twice_is_refused_and_a_copy_too(log: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the same response \(checkpoint mockllm/m, task trivia, item s0, epoch 1\)"):
        read(log, log)
    copy = tmp_path / "copy.eval"
    copy.write_bytes(log.read_bytes())
    with pytest.raises(InputError, match=r"copy\.eval: the same response"):
        read(log, copy)
    # As arms of their own they are what the user says they are.
    source = read_inputs([Input(log, "none"), Input(copy, "inoculated")])
    assert source.arms == ("none", "inoculated")
    assert {row.checkpoint for row in source.rows} == {"mockllm/m", "mockllm/m-2"}
