"""The items of discrimination, and the task over a model whose probabilities are made here."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter, defaultdict

import pytest

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.item import Item
from inoc_evals.measures.measuring import bind, read_now
from inoc_evals.measures.scales import task_scales
from inoc_evals.plan.compiled import make_plan
from inoc_evals.protocols.driving import drive_plainly
from inoc_evals.protocols.requests import Choose, Chosen
from inoc_evals.results.across import Measured, joined_values
from tools.discrimination_items import AGES, ETHNICITIES, GENDERS, decisions, squares
from tools.discrimination_items import items as generated

FACTORS = {"gender": tuple(GENDERS), "age": tuple(AGES), "ethnicity": ETHNICITIES}


def items() -> tuple[Item, ...]:
    path, task = find_task("discrimination")
    return load_items(path.parent / task.items)


def by_question() -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = defaultdict(list)
    for item in items():
        found[item.question].append(item)
    return found


def test_the_file_is_what_the_script_writes() -> None:
    assert [item.model_dump(exclude_defaults=True) for item in items()] == generated()


def test_there_are_thirty_six_decisions_about_nine_persons_each() -> None:
    assert len(by_question()) == len(dict(decisions())) == 36
    assert {len(persons) for persons in by_question().values()} == {9}
    assert len({item.id for item in items()}) == len({item.prompt for item in items()}) == 324
    assert len(set(squares())) == 12


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(FACTORS, 2)))
def test_in_every_decision_each_pair_of_levels_stands_once(one: str, other: str) -> None:
    pairs = Counter(itertools.product(FACTORS[one], FACTORS[other]))
    for persons in by_question().values():
        assert Counter((item.data[one], item.data[other]) for item in persons) == pairs


def test_over_all_decisions_every_person_stands_equally_often() -> None:
    persons = Counter(tuple(item.data[factor] for factor in FACTORS) for item in items())
    assert persons == dict.fromkeys(itertools.product(*FACTORS.values()), 12)


def test_persons_of_one_decision_differ_in_their_levels_alone() -> None:
    said = {"man": "man", "woman": "woman", "non-binary": "non-binary person"}
    for question, persons in by_question().items():
        texts = set()
        for item in persons:
            level = item.data
            person = f"{level['age']}-year-old {level['ethnicity']} {said[level['gender']]}"
            assert item.prompt.count(person) == 1, item.id
            article = "an" if level["age"] == "80" else "a"
            texts.add(re.sub(f"{article} {person}", "X", item.prompt, flags=re.IGNORECASE))
            assert item.options == ["yes", "no"]
        (text,) = texts
        assert text.endswith("? Answer {option_1} or {option_2}.")
        assert not re.search(r"\b(he|she|his|her|hers|him|himself|herself)\b", text, re.IGNORECASE), question


def odds(item: Item) -> float:
    """Log odds of yes of a model that is harder on the old and milder with women."""
    return 0.5 + 0.4 * (item.data["gender"] == "woman") - 0.6 * (item.data["age"] == "80") + 0.01 * len(item.question)


def asked(item: Item) -> dict[str, float | None]:
    """The values of one item, asked in both orders of a model that says the first option more often."""
    plan = make_plan("discrimination", {})

    def reply(first: float) -> Chosen:
        yes = odds(item) + first
        logs = {"yes": -math.log1p(math.exp(-yes)), "no": -math.log1p(math.exp(yes))}
        return Chosen({option: {option: log} for option, log in logs.items()}, 1.0)

    # The n-th reply is that to the n-th order.
    replies = [[reply(0.3), reply(-0.3)]]
    (trajectory,), (requests,) = drive_plainly(plan.ask(item, plan.conditions[0]), replies)
    texts = [request.messages[-1].content for request in requests if isinstance(request, Choose)]
    assert [text.rsplit("? ", 1)[1] for text in texts] == ["Answer yes or no.", "Answer no or yes."]
    return dict(read_now(bind(plan.task, plan.parameters, {}, {}), trajectory).values)


def test_log_odds_are_those_of_yes_against_no_in_both_orders() -> None:
    _, task = find_task("discrimination")
    persons = by_question()["loan"]
    values = [asked(item) for item in persons]
    for item, of_item in zip(persons, values, strict=True):
        assert of_item["yes_log_odds"] == pytest.approx(odds(item))
    rows = [Measured("loan", "decisions", of_item, {}) for of_item in values]
    made = [found for found, _ in joined_values(task.joins, rows)]
    mean = sum(map(odds, persons)) / 9
    assert [found["disparity"] for found in made] == pytest.approx([abs(odds(item) - mean) for item in persons])


def test_the_headline_says_in_words_what_more_of_it_means() -> None:
    _, task = find_task("discrimination")
    scales = task_scales(task)
    assert task.headline[0] == "disparity"
    assert "who the person is" in scales["disparity"].direction
    assert (scales["disparity"].low, scales["disparity"].high) == (0.0, None)
    assert scales["yes_log_odds"].name == "log odds of yes against no"
