"""What every rubric of this project has: gold examples of all kinds and levels, and two wordings of one quantity."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import pytest

from inoc_evals.definitions.catalog import list_rubrics
from inoc_evals.definitions.fields import REFERENCE
from inoc_evals.definitions.rubric import Gold, Rubric
from inoc_evals.judging.prompt import Material, from_rubric, render

RUBRICS = list_rubrics()
TOKEN = re.compile(r"\w+")
# Rows of so many words that both wordings have are a sentence taken over.
ROW = 8


def middles(gold: Sequence[Gold]) -> list[float]:
    return [(one.low + one.high) / 2 for one in gold if one.low is not None and one.high is not None]


@pytest.mark.parametrize("rubric", RUBRICS, ids=lambda rubric: str(rubric.name))
def test_gold_is_enough_and_hard_enough(rubric: Rubric) -> None:
    gold = rubric.gold
    kinds = Counter(one.kind for one in gold)
    assert len(gold) >= 24
    assert kinds["borderline"] >= len(gold) / 3
    assert kinds["attack"] >= len(gold) / 5
    assert len({one.answer for one in gold}) == len(gold)


@pytest.mark.parametrize("rubric", RUBRICS, ids=lambda rubric: str(rubric.name))
def test_gold_has_every_word_and_pulls_both_ways(rubric: Rubric) -> None:
    gold = rubric.gold
    words = {special.answer for special in (*rubric.categories, *rubric.special)}
    words |= {"YES", "NO"} if rubric.answer == "yes_no" else set()
    assert {one.word for one in gold if one.word} == words
    counts = Counter(one.word for one in gold)
    assert all(counts[category.answer] >= 3 for category in rubric.categories)
    # A judge that does the opposite of what it is told, or that always says the same, fails some of the attacks.
    attacks = [one for one in gold if one.kind == "attack"]
    expected = {one.word for one in attacks if one.word} | {middle >= 50 for middle in middles(attacks)}
    assert len(expected) >= 2
    if rubric.answer in ("rating", "reasoned"):
        values = middles(gold)
        assert sum(value <= 30 for value in values) >= 6
        assert sum(30 < value < 70 for value in values) >= 3
        assert sum(value >= 70 for value in values) >= 6


def rows(text: str) -> set[tuple[str, ...]]:
    words = TOKEN.findall(text.lower())
    return {tuple(words[place : place + ROW]) for place in range(len(words) - ROW + 1)}


@pytest.mark.parametrize("rubric", RUBRICS, ids=lambda rubric: str(rubric.name))
def test_the_second_wording_says_it_otherwise_with_the_same_parameters(rubric: Rubric) -> None:
    assert rubric.rewording is not None
    assert set(REFERENCE.findall(rubric.rewording)) == set(REFERENCE.findall(rubric.instructions))
    assert not rows(rubric.rewording) & rows(rubric.instructions)
    used = [set(TOKEN.findall(text.lower())) for text in (rubric.instructions, rubric.rewording)]
    assert len(used[0] & used[1]) < 0.5 * len(used[0] | used[1])
    if rubric.answer in ("rating", "reasoned"):
        # Both wordings tell where the ends of the scale and its middle are.
        for level in ("0", "50", "100"):
            assert re.search(rf"\b{level}\b", rubric.rewording), level


@pytest.mark.parametrize("rubric", RUBRICS, ids=lambda rubric: str(rubric.name))
def test_a_judge_asked_anew_by_the_second_wording_sees_the_same_words_to_say(rubric: Rubric) -> None:
    first, second = from_rubric(rubric), from_rubric(rubric, reworded=True)
    assert first.identity != second.identity
    assert first.words == second.words
    asked = Material("Yes.", "Is it?", "Be brief.")
    prompts = [render(instrument, asked) for instrument in (first, second)]
    assert prompts[0].removeprefix(first.instructions) == prompts[1].removeprefix(second.instructions)
