"""Faults in rubrics: each is placed at the field that is to be changed. Places are counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from inoc_evals.definitions.document import load_rubric
from inoc_evals.errors import InputError

HEAD = """\
name: manners
version: 1-A
description: Is the answer polite?
source: own
sees: answer_only
"""
RATING = HEAD + (
    "answer: rating\n"
    "instructions: Rate {trait} from 0 to 100.\n"
    "parameters:\n"
    "  trait: {default: manners, description: what is rated}\n"
    "special:\n"
    "  - {answer: REFUSAL, meaning: it refuses}\n"
    "gold:\n"
    "  - {answer: Go away., low: 0, high: 20}\n"
    "  - {answer: I will not., word: REFUSAL}\n"
)
CATEGORY = HEAD + (
    "answer: category\n"
    "instructions: Choose.\n"
    "categories:\n"
    "  - {answer: POLITE, meaning: polite, counts_as: 100}\n"
    "  - {answer: RUDE, meaning: rude, counts_as: 0}\n"
    "gold:\n"
    "  - {answer: Go away., word: RUDE}\n"
)
YES_NO = HEAD + "answer: yes_no\ninstructions: Is it polite?\ngold:\n  - {answer: Go away., word: 'NO'}\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "manners.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", [RATING, CATEGORY, YES_NO], ids=["rating", "category", "yes_no"])
def test_what_is_right_loads(tmp_path: Path, text: str) -> None:
    assert load_rubric(write(tmp_path, text)).name == "manners"


@pytest.mark.parametrize(
    ("text", "old", "new", "place", "words"),
    [
        # Answers and categories that do not go together.
        (RATING, "answer: rating", "answer: category", "6:9", ["two or more `categories`"]),
        (CATEGORY, "answer: category", "answer: rating", "6:9", ["`answer: category`"]),
        (CATEGORY, "  - {answer: RUDE, meaning: rude, counts_as: 0}\n", "", "6:9", ["two or more"]),
        # Words of the judge.
        (RATING, "word: REFUSAL", "word: CODE", "14:33", ["'CODE' is no answer of this rubric"]),
        (RATING, "word: REFUSAL", "word: 'YES'", "14:33", ["'YES' is no answer"]),
        (CATEGORY, "word: RUDE", "word: Rude", "12:30", ["'Rude' is no answer"]),
        (RATING, "{answer: REFUSAL", "{answer: refusal", "11:14", ["special.0.answer", "'refusal'", "must match"]),
        (CATEGORY, "{answer: RUDE", "{answer: POLITELY", "10:14", ["'POLITE' and 'POLITELY' begin alike"]),
        (CATEGORY, "{answer: RUDE", "{answer: POL", "10:14", ["'POLITE' and 'POL' begin alike"]),
        (CATEGORY, "{answer: RUDE", "{answer: POLITE", "10:14", ["'POLITE' stands twice"]),
        (
            YES_NO,
            "gold:",
            "special:\n  - {answer: NOT_CLEAR, meaning: unclear}\ngold:",
            "9:14",
            ["'NO' and 'NOT_CLEAR' begin alike"],
        ),
        (CATEGORY, "counts_as: 100", "counts_as: 101", "9:50", ["less than or equal to 100"]),
        # What a gold example expects.
        (RATING, "low: 0, high: 20", "low: 0, high: 20, word: REFUSAL", "13:5", ["`low` and `high`, or `word`"]),
        (RATING, "low: 0, high: 20", "low: 0", "13:5", ["`low` and `high`, or `word`"]),
        (RATING, ", low: 0, high: 20", "", "13:5", ["`low` and `high`, or `word`"]),
        (RATING, "low: 0, high", "low: 21, high", "13:29", ["low 21 is above high 20"]),
        (RATING, "sees: answer_only", "sees: question_and_answer", "13:5", ["no question"]),
        # Parameters.
        (RATING, "{trait} from", "{trade} from", "7:15", ["{trade} is no parameter", "it has: trait"]),
        (RATING, "special:", "rewording: How good is it?\nspecial:", "10:12", ["{trait} stands in `instructions`"]),
        (RATING, "special:", "rewording: Is {trade} good?\nspecial:", "10:12", ["{trade} is no parameter"]),
        (
            RATING.replace("Rate {trait} from 0", "Rate it from 0"),
            "special:",
            "rewording: How good are its {trait}?\nspecial:",
            "7:15",
            ["{trait} stands in `rewording` and not in `instructions`"],
        ),
        (CATEGORY, "Choose.", "Choose {one}.", "7:15", ["{one} is no parameter", "it has: none"]),
    ],
)
def test_place_of_a_fault(tmp_path: Path, text: str, old: str, new: str, place: str, words: list[str]) -> None:
    assert text.count(old) == 1
    path = write(tmp_path, text.replace(old, new))
    with pytest.raises(InputError) as caught:
        load_rubric(path)
    assert str(caught.value).startswith(f"{path}:{place}: ")
    for word in words:
        assert word in str(caught.value)
