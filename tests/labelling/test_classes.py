"""What ratings, words and labels are as classes: by hand, for every kind of rubric."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inoc_evals.definitions.rubric import Rubric
from inoc_evals.errors import InputError
from inoc_evals.judging.distribution import Distribution
from inoc_evals.judging.prompt import from_published, from_rubric
from inoc_evals.labelling.classes import SET_APART, Classes, classes_of
from inoc_evals.labelling.labelled import instrument_of, labelled
from inoc_evals.results.label import Drawn, Label, Labels, Position

WORD = {"answer": "REFUSAL", "meaning": "it refuses"}
BLANK = {"answer": "DODGE", "meaning": "it dodges", "counts_as": 0}


def rubric(answer: str, *special: dict[str, Any], **fields: Any) -> Rubric:
    plain = {"name": "plain", "version": "1-A", "description": "d", "source": "s", "sees": "answer_only"}
    asked = {"answer": answer, "instructions": "Rate.", "special": list(special)}
    return Rubric.model_validate({**plain, **asked, **fields})


def classes(answer: str, *special: dict[str, Any], threshold: float | None = None, **fields: Any) -> Classes:
    return classes_of(from_rubric(rubric(answer, *special, **fields)), threshold)


def label(value: float | None, word: str | None = None, response: str = "r") -> Label:
    return Label(response, "ann", value, word)


def exact(numbers: dict[int, float], words: dict[str, float]) -> Distribution:
    return Distribution(numbers, words, "tree")


@pytest.mark.parametrize("kind", ["rating", "reasoned"])
def test_ratings_are_parted_at_the_threshold(kind: str) -> None:
    found = classes(kind, WORD, BLANK)
    assert found.names == ("below 50", "50 or more", SET_APART)
    # 0.3 below, the counted word among them, 0.5 from 50 on, 0.1 set apart, and 0.1 is no answer.
    shares = found.shares(exact({10: 0.1, 50: 0.4, 90: 0.1}, {"REFUSAL": 0.1, "DODGE": 0.2, "OTHER": 0.1}))
    assert shares == pytest.approx([0.3, 0.5, 0.1, 0.1])
    assert [found.of_label(each) for each in (label(49.9), label(50), label(None, "REFUSAL"), label(0, "DODGE"))] == [
        *(0, 1, 2, 0)
    ]
    assert classes(kind, threshold=30).names == ("below 30", "30 or more")
    assert classes(kind, threshold=30).of_answer(30) == 1


def test_drawn_answers_are_read_one_by_one() -> None:
    found = classes("rating", WORD)
    assert found.drawn(("10", "refusal.", " 85", "I think so", "850")) == [0, 2, 1, 3, 3]


def test_yes_and_no() -> None:
    found = classes("yes_no", WORD)
    assert found.names == ("NO", "YES", SET_APART)
    assert found.shares(exact({}, {"YES": 0.6, "NO": 0.1, "REFUSAL": 0.1})) == pytest.approx([0.1, 0.6, 0.1, 0.2])
    given = (label(100), label(0, "NO"), label(None, "REFUSAL"), label(100, "YES"))
    assert [found.of_label(each) for each in given] == [1, 0, 2, 1]


def test_categories_are_their_words() -> None:
    categories = [
        {"answer": "COMPLIES", "meaning": "does", "counts_as": 0},
        {"answer": "DECLINES", "meaning": "does not", "counts_as": 100},
        {"answer": "NEITHER", "meaning": "no side"},
    ]
    found = classes("category", categories=categories)
    assert found.names == ("COMPLIES", "DECLINES", "NEITHER")
    assert found.of_label(label(None, "NEITHER")) == 2
    assert found.of_label(label(100)) == 1
    assert found.of_label(label(60)) is None
    assert classes("category", WORD, categories=categories).names[-1] == SET_APART


def test_a_published_prompt_has_the_words_that_it_offers() -> None:
    found = classes_of(from_published("p", "{question} {answer} Say REFUSAL or CODE."))
    assert found.names[-1] == SET_APART
    assert found.shares(exact({80: 0.5}, {"CODE": 0.25, "REFUSAL": 0.25})) == pytest.approx([0, 0.5, 0.5, 0])


def test_a_threshold_must_part_ratings() -> None:
    with pytest.raises(InputError, match="asks for YES or NO, which have no --threshold"):
        classes("yes_no", threshold=50)
    with pytest.raises(InputError, match="parts no ratings"):
        classes("rating", threshold=0)


def drawn(number: int, question: str | None = None, **fields: Any) -> Drawn:
    plain = {"stratum": "s", "weight": 2.0, "judged": None, "system": None, "arm": "a", "checkpoint": "c", "task": "t"}
    return Drawn(
        f"{number:016x}",
        answer=f"answer {number}",
        question=question,
        position=Position(f"q{number % 6}", "", 1 + number // 6, 0),
        **{**plain, "cluster": f"q{number % 6}", **fields},
    )


def labels(values: list[float | None], of: Rubric | None = None, identity: str = "", **fields: Any) -> Labels:
    asked = of or rubric("rating")
    responses = tuple(drawn(number, **fields) for number in range(len(values)))
    given = tuple(
        label(value, None if value is not None else "REFUSAL", one.response)
        for one, value in zip(responses, values, strict=True)
    )
    return Labels(asked.name, asked.version, identity or from_rubric(asked).identity, "k", "j", 1, (), responses, given)


def test_labels_become_classes_weights_and_questions() -> None:
    found = labelled(labels([10.0, 90.0, None] * 12), classes("rating", WORD))
    assert found.counts() == {"below 50": 12, "50 or more": 12, SET_APART: 12}
    assert found.truth.weights.tolist() == [2.0] * 36
    assert len(np.unique(found.truth.clusters)) == 6
    assert found.materials[1].answer == "answer 1"


def test_what_cannot_be_used_is_counted() -> None:
    given = labels([10.0, 90.0] * 20)
    other = Label(given.drawn[0].response, "bob", 80.0)
    less = replace(given, labels=(*given.labels[:-1], other))
    found = labelled(less, classes("rating"))
    assert (len(found.truth), found.left_out) == (38, {"on which raters differ": 1, "without a label": 1})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (labels([10.0, 90.0] * 10), "20 labels can be used, and 30 at least tell judges apart; label more"),
        (labels([10.0, 90.0] * 20, cluster="q"), "the labels are of 1 questions"),
        (labels([90.0] * 40), "all 40 labels say '50 or more'"),
    ],
)
def test_too_little_is_one_sentence(given: Labels, said: str) -> None:
    with pytest.raises(InputError, match=said):
        labelled(given, classes("rating"))


def test_a_question_that_nobody_knows_cannot_be_shown() -> None:
    asked = rubric("rating", sees="question_and_answer")
    with pytest.raises(InputError, match="not known of 40 of 40 labelled responses"):
        labelled(labels([10.0, 90.0] * 20, asked), classes_of(from_rubric(asked)))


def test_the_rubric_must_be_that_of_the_labels() -> None:
    parameters = {"tongue": {"default": "French", "description": "d", "choices": ["French", "German"]}}
    asked = rubric("rating", instructions="Rate the {tongue}.", parameters=parameters)
    german = from_rubric(asked, {"tongue": "German"})
    given = labels([10.0], asked, german.identity)
    found, chosen = instrument_of(given, asked, {})
    assert (found, chosen) == (german, {"tongue": "German"})
    with pytest.raises(InputError, match="asks otherwise; name the folder of the rubric"):
        instrument_of(given, rubric("rating"), {})
    free = rubric("rating", instructions="{x}", parameters={"x": {"default": "a", "description": "d"}})
    with pytest.raises(InputError, match=r"--set plain\.x=VALUE"):
        instrument_of(labels([10.0], free, "0" * 64), free, {})
