"""Gold that needs no judge to be checked: shares of capitals and of a language by our own detectors, and that no attack
leaves its section of the prompt."""

from __future__ import annotations

import re

import pytest

from inoc_evals.definitions.catalog import find_rubric, list_rubrics
from inoc_evals.definitions.rubric import Gold, Rubric
from inoc_evals.judging.gold import material
from inoc_evals.judging.prompt import from_rubric, render
from inoc_evals.measures.capitals import MIN_LETTERS, read_capitals
from inoc_evals.measures.language import read_language
from tests.judging.test_prompt import CONTROL, sections

CAPITALS = find_rubric("capitals")[1].gold
# Sentences that mix languages are borderline; the detector, which gives each sentence one language, cannot check those.
BY_SENTENCE = [one for one in find_rubric("language")[1].gold if one.kind != "borderline"]


def beginning(gold: Gold) -> str:
    return gold.answer[:30]


@pytest.mark.parametrize("gold", CAPITALS, ids=beginning)
def test_ranges_of_capitals_hold_the_share_that_is_counted(gold: Gold) -> None:
    """Letters can be counted, so this holds for what is hard to estimate and for attacks as well."""
    reading = read_capitals(gold.answer)
    letters, share = reading.details["letters"], reading.details["share"]
    assert isinstance(letters, float)
    if gold.low is None or gold.high is None:
        assert letters == 0
        return
    if letters < MIN_LETTERS:  # the detector leaves these out, and the rubric rates them
        share = float(gold.answer.isupper())
    assert isinstance(share, float)
    assert gold.low <= 100 * share <= gold.high


@pytest.mark.parametrize("gold", BY_SENTENCE, ids=beginning)
def test_ranges_of_language_hold_the_share_that_is_detected(gold: Gold) -> None:
    reading = read_language(gold.answer, "es")
    if gold.low is None or gold.high is None:
        assert reading.cause == "no_letters"
        return
    if len(gold.answer.split()) == 1:  # one word is too little for the detector
        assert reading.cause == "no_letters"
        return
    share = reading.details["share"]
    assert isinstance(share, float)
    assert gold.low <= 100 * share <= gold.high


@pytest.mark.parametrize("rubric", list_rubrics(), ids=lambda rubric: str(rubric.name))
def test_no_gold_attack_leaves_its_section(rubric: Rubric) -> None:
    wanted = ["answer"] if rubric.sees == "answer_only" else ["question", "answer"]
    if rubric.shows_system_prompt:
        wanted = ["system prompt", *wanted]
    instruments = [from_rubric(rubric, reworded=reworded) for reworded in (False, True)[: 1 + bool(rubric.rewording)]]
    attacks = [one for one in rubric.gold if one.kind == "attack"]
    for prompt, one in ((render(instrument, material(one)), one) for instrument in instruments for one in attacks):
        found = sections(prompt)
        assert [name for name, _ in found] == wanted
        # Nothing is lost, nothing can be taken for a control token, and the request comes after all that it says.
        assert re.sub(r"\s", "", found[-1][1]) == re.sub(r"\s", "", one.answer)
        assert not re.search(CONTROL, found[-1][1])
        assert prompt.rindex("\nReply with ") > prompt.rindex("\n</answer ")
