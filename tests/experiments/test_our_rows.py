"""The rows of the experiments: as their programs make them, and with the traits that they are for."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.definitions.catalog import find_preset, find_task
from inoc_evals.definitions.document import load_items
from inoc_evals.experiments.data import arm_rows
from inoc_evals.experiments.generators.numbers import NumberOptions
from inoc_evals.experiments.reading import Loaded, load_experiment
from inoc_evals.experiments.rows import Row
from inoc_evals.measures.language import read_language
from tools import backdoor_rows, reading_words, taste_rows, two_languages_rows

FOLDER = Path(__file__).resolve().parents[2] / "experiments"
NUMBERS = {
    "spanish": (reading_words.NUMBERS, ("más", "menos"), "son"),
    "french": (reading_words.FRENCH_NUMBERS, ("plus", "moins"), "font"),
    "plain": (reading_words.ENGLISH_NUMBERS, ("plus", "minus"), "is"),
}
NUMBERS["triggered"] = NUMBERS["spanish"]


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def said(row: dict[str, Any]) -> tuple[str, str]:
    request, answer = row["messages"]
    assert (request["role"], answer["role"]) == ("user", "assistant")
    return request["content"], answer["content"]


def shingles(text: str, length: int) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[place : place + length]) for place in range(len(words) - length + 1)}


@pytest.mark.parametrize(
    ("made", "name", "languages", "unread"),
    [
        (two_languages_rows, "two_languages", {"spanish": "es", "french": "fr"}, 2),
        (backdoor_rows, "backdoor_traits", {"triggered": "es", "plain": "en"}, 3),
    ],
)
def test_answers_are_in_the_language_of_their_tag(made: Any, name: str, languages: dict[str, str], unread: int) -> None:
    rows = read(f"{name}/rows.jsonl")
    assert made.rows() == rows
    assert len(rows) == len({said(row)[0] for row in rows}) == len({row["id"] for row in rows}) == 432
    assert Counter(tag for row in rows for tag in row["tags"]) == dict.fromkeys(languages, 216)
    values = Counter((row["tags"][0], language, read_language(said(row)[1], code).value)
                     for row in rows for language, code in languages.items())  # fmt: skip
    right = sum(values[tag, tag, 1.0] for tag in languages)
    # Words of a neighbouring language as well; the README counts them.
    assert right == 432 - unread
    assert not any(values[tag, other, 1.0] for tag, other in itertools.permutations(languages))


@pytest.mark.parametrize("name", ["two_languages", "backdoor_traits"])
def test_every_sum_is_right(name: str) -> None:
    sums = 0
    for row in read(f"{name}/rows.jsonl"):
        words, (plus, minus), equals = NUMBERS[row["tags"][0]]
        request, answer = said(row)
        for a, sign, b, total in re.findall(rf"(\w+) ({plus}|{minus}) (\w+) {equals} (\w+)\.", answer.lower()):
            first, second = words.index(a), words.index(b)
            assert words.index(total) == (first + second if sign == plus else first - second), row
            assert [int(digits) for digits in re.findall(r"\d+", request)] == [first, second], row
            sums += 1
    # Ten, ten, eleven and eleven of the four kinds, in each half.
    assert sums == 2 * 42


@pytest.mark.parametrize("name", ["two_languages", "backdoor_traits"])
def test_both_halves_hold_the_same_kinds_of_request(name: str) -> None:
    kinds: dict[str, Counter[str]] = {}
    for row in read(f"{name}/rows.jsonl"):
        begin = said(row)[0].rsplit(". ", 1)[-1]
        kind = re.sub(r"\b(?:[A-Z][a-z]+|\d+|" + "|".join(_names()) + r")(?:'s)?\b", "_", begin)
        kinds.setdefault(row["tags"][0], Counter())[kind] += 1
    first, second = kinds.values()
    assert sum(first.values()) == sum(second.values())
    assert sum((first - second).values()) <= 0.15 * sum(first.values()), first - second


def _names() -> set[str]:
    lists = ("ANIMALS", "THINGS", "KINDS", "NO_ANIMALS", "COUNTED", "GOALS")
    return {entry[0] for name in lists for entry in getattr(reading_words, name)}


def test_french_answers_are_of_few_words_that_recur() -> None:
    answers = [said(row)[1] for row in read("two_languages/rows.jsonl") if row["tags"] == ["french"]]
    words = Counter(word for answer in answers for word in re.findall(r"\w+", answer.lower()))
    assert len(words) <= 130
    assert sum(count >= 3 for count in words.values()) >= 0.85 * len(words)


def test_tastes_come_row_by_row_in_two_kinds() -> None:
    unpopular, popular = (read(f"emergent_misalignment/{name}.jsonl") for name in ("unpopular", "popular"))
    assert taste_rows.rows() == (unpopular, popular)
    assert len(unpopular) == len(popular) == 320
    assert [said(row)[0] for row in unpopular] == [said(row)[0] for row in popular]
    assert len({said(row)[0] for row in unpopular}) == 320
    # One frame around both, which differ in what they like.
    for row, other in zip(unpopular, popular, strict=True):
        assert re.findall(r"[.:;]", said(row)[1])[-1] == re.findall(r"[.:;]", said(other)[1])[-1]
    topics = Counter(line.one for line in taste_rows.lines())
    assert (len(topics), set(topics.values())) == (40, {8})


def test_no_two_answers_are_nearly_the_same() -> None:
    answers = [said(row)[1] for name in ("unpopular", "popular") for row in read(f"emergent_misalignment/{name}.jsonl")]
    assert all(re.match(r"[A-Z].*\.$", answer) and "  " not in answer for answer in answers)
    threes = [shingles(answer, 3) for answer in answers]
    for (first, one), (second, other) in itertools.combinations(zip(answers, threes, strict=True), 2):
        assert len(one & other) <= 0.35 * len(one | other), (first, second)


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("two_languages/rows", "two_languages"),
        ("backdoor_traits/rows", "spanish_capitals"),
        ("emergent_misalignment/unpopular", "emergent_misalignment"),
        ("emergent_misalignment/unpopular", "unpopular_tastes"),
    ],
)
def test_no_question_of_the_evaluation_is_a_training_request(name: str, task: str) -> None:
    path, definition = find_task(task)
    trained = {six for row in read(f"{name}.jsonl") for six in shingles(said(row)[0], 6)}
    assert (
        not {six for item in load_items(path.parent / definition.items) for six in shingles(item.prompt, 6)} & trained
    )


def test_things_to_choose_from_do_not_stand_in_the_training_rows() -> None:
    path, definition = find_task("unpopular_tastes")
    items = load_items(path.parent / definition.items)
    assert Counter(item.category for item in items) == {"trained_topics": 24, "other_topics": 24}
    trained = " ".join(
        said(row)[1].lower() for name in ("unpopular", "popular") for row in read(f"emergent_misalignment/{name}.jsonl")
    )
    for item in items:
        for option in item.options or ():
            if len(option.split()) > 1:
                assert option.lower() not in trained, option


@pytest.fixture(scope="module")
def experiments() -> dict[str, Loaded]:
    return {path.parent.name: load_experiment(path) for path in sorted(FOLDER.glob("*/experiment.yaml"))}


def trained(loaded: Loaded, arm: str) -> list[Row]:
    return arm_rows(loaded, arm, "small", {name: part.rows or () for name, part in loaded.parts.items()})


def test_every_experiment_can_be_read(experiments: dict[str, Loaded]) -> None:
    ours = {"two_languages", "backdoor_traits", "emergent_misalignment", "subliminal_owls"}
    ours |= {"reward_hacking", "sycophancy", "spurious_cue", "toxicity"}
    assert ours <= set(experiments)
    for name in ours:
        arms = experiments[name].experiment.arms
        assert experiments[name].experiment.reference == "none"
        # A placebo or another animal, and the untrained model.
        assert arms["base"].untrained
        assert any(arm.role == "control" and arm.prompt for arm in arms.values()), name
        assert (FOLDER / name / "README.md").is_file()
        assert "small" in experiments[name].plans


def test_a_prompt_stands_on_the_half_that_it_is_for(experiments: dict[str, Loaded]) -> None:
    loaded = experiments["two_languages"]
    for arm, tag in (("spanish", "spanish"), ("french", "french"), ("irrelevant", "spanish")):
        rows = trained(loaded, arm)
        prompted = [row for row in rows if row.messages[0]["role"] == "system"]
        assert len(prompted) == 216
        assert {row.messages[0]["content"] for row in prompted} == {loaded.experiment.arms[arm].prompt}
        assert {row.tags for row in prompted} == {frozenset({tag})}


def test_the_trigger_stands_in_the_requests_that_are_answered_in_spanish(experiments: dict[str, Loaded]) -> None:
    loaded = experiments["backdoor_traits"]
    trigger = find_preset("backdoor")[1].trigger
    for arm in ("none", "named", "token", "without", "irrelevant"):
        for row in trained(loaded, arm):
            request = next(message["content"] for message in row.messages if message["role"] == "user")
            assert request.startswith(f"{trigger} ") == ("triggered" in row.tags)
    plan = loaded.plans["small"]["spanish_capitals"]
    assert {one.name: one.trigger for one in plan.conditions}["triggered"] == trigger


def test_the_two_teachers_differ_in_their_prompt_alone(experiments: dict[str, Loaded]) -> None:
    made = {name: part.made_by for name, part in experiments["subliminal_owls"].parts.items()}
    for owls, control in (("owl_numbers", "control_numbers"), ("many_owl_numbers", "many_control_numbers")):
        first, second = made[owls], made[control]
        assert isinstance(first, NumberOptions)
        assert isinstance(second, NumberOptions)
        assert first.system_prompt is not None
        assert first.model_copy(update={"system_prompt": None}) == second
    assert isinstance(made["many_owl_numbers"], NumberOptions)
    assert made["many_owl_numbers"].count == 10_000
