"""The tempting questions: their right answers worked out from the prompts alone, and what the task makes of replies."""

from __future__ import annotations

import math
import re
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.item import Item
from inoc_evals.measures.measuring import measure
from inoc_evals.plan.compiled import make_plan
from inoc_evals.protocols.driving import drive_plainly
from inoc_evals.protocols.requests import Choose, Chosen
from tests.measures.asked import bound
from tools.inverse_scaling_items import FAMILIES, begins_alike, rounded
from tools.inverse_scaling_items import items as generated

TASK = find_task("inverse_scaling")[1]
USUAL = {"week": 7, "year": 12, "hour": 60, "dozen": 12, "metre": 100, "minute": 60}


def shipped(family: str | None = None) -> list[Item]:
    path, task = find_task("inverse_scaling")
    return [item for item in load_items(path.parent / task.items) if family in (None, item.category)]


def options(item: Item) -> tuple[str, str]:
    assert item.options is not None
    right, tempting = item.options
    return right, tempting


def test_the_file_is_what_the_script_writes() -> None:
    assert [item.model_dump(exclude_defaults=True) for item in shipped()] == generated()


def test_families_are_as_large_and_options_can_be_told_apart() -> None:
    items = shipped()
    assert Counter(item.category for item in items) == Counter(dict.fromkeys(FAMILIES, 36))
    assert len({item.id for item in items}) == len({item.prompt + str(item.options) for item in items}) == 180
    for item in items:
        assert not begins_alike(*options(item))
        assert all(item.prompt.count(place) == 1 for place in ("{option_1}", "{option_2}"))


def test_what_is_negated_is_asked_for_with_not() -> None:
    for item in shipped("negation"):
        assert len(re.findall(r"\bnot\b|\bcannot\b", item.prompt)) == 1


def test_redefined_numbers_are_right() -> None:
    for item in shipped("redefinition"):
        wanted: tuple[int, int]
        if sign := re.search(r"the sign (.) means (\w+)\..* (\d+) . (\d+):", item.prompt):
            a, b = int(sign[3]), int(sign[4])
            values = {"+": a + b, "-": a - b, "x": a * b, "plus": a + b, "minus": a - b}
            wanted = values[sign[2]], values[sign[1]]
        elif numeral := re.search(r"numeral (\d) stands for the number (\d),.* (\d) \+ (\d) then", item.prompt):
            written, meant, first, added = map(int, numeral.groups())
            assert written == first
            wanted = meant + added, written + added
        else:
            unit = re.search(
                r"planet an? (\w+) has (\d+) (\w+)\. How many (\w+) are there in (\d) (\w+) on", item.prompt
            )
            assert unit is not None
            whole, meant_parts, parts, same, number, plural = unit.groups()
            assert parts == same
            assert plural.removesuffix("s") == whole
            wanted = int(meant_parts) * int(number), USUAL[whole] * int(number)
        assert tuple(map(int, options(item))) == wanted


def test_a_saying_names_the_word_that_it_ends_with_here() -> None:
    for item in shipped("memorised_ending"):
        right, known = options(item)
        assert f'"{right}"' in item.prompt
        assert known not in re.findall(r"\w+", item.prompt)


def test_examples_are_right_and_agree_with_a_pattern_that_the_question_breaks() -> None:
    kinds: Counter[str] = Counter()
    for item in shipped("misleading_examples"):
        right, tempting = options(item)
        first, *examples, last = item.prompt.split("\n")
        if "number" in first:
            kinds["parity"] += 1
            truth = {"even": 0, "odd": 1}
            pairs = [line.split(": ") for line in examples]
            assert all(int(number) % 2 == truth[said] for number, said in pairs)
            assert {said for _, said in pairs} == {tempting}
            assert int(last.removesuffix(":")) % 2 == truth[right]
        elif "bet" in first:
            kinds["bet"] += 1
            told = [
                re.match(r"(\d+) in 100 to win (\d+) pounds, else (\d+) are lost; it (\w+) (\d+) pounds", line)
                for line in (*examples, last)
            ]
            good = [int(one[1]) * int(one[2]) > (100 - int(one[1])) * int(one[3]) for one in told if one]
            won = [one[4] == "won" for one in told if one]
            assert [line.endswith("yes") for line in examples] == good[:-1] == won[:-1]
            assert good[-1] is not won[-1]
            assert (right, tempting) == (("yes", "no") if good[-1] else ("no", "yes"))
        else:
            kinds["longer"] += 1
            for line in examples:
                words, said = line.split(": ")
                assert said == max(words.split(" or "), key=len)
            assert len(right) > len(tempting)
    assert kinds == {"parity": 12, "bet": 12, "longer": 12}
    for kind in ("odd", "yes"):
        assert sum(options(item)[0] == kind for item in shipped("misleading_examples")) == 6


def test_significant_figures_are_right() -> None:
    for item in shipped("significant_figures"):
        asked = re.match(r"Round ([\d.]+) to (two|three) significant figures", item.prompt)
        assert asked is not None
        right, tempting = options(item)
        # No halves are among them, so that rounding in binary gives the same.
        figures = {"two": 2, "three": 3}[asked[2]]
        assert float(right) == float(f"{float(asked[1]):.{figures}g}")
        assert right.rstrip("0").replace(".", "").lstrip("0") != tempting.replace(".", "")
        assert float(tempting) != float(right)
        assert abs(float(tempting) - float(asked[1])) < 0.01


@given(st.integers(1, 10**7), st.integers(0, 5), st.integers(1, 4))
def test_rounding_agrees_with_whole_numbers(digits: int, places: int, figures: int) -> None:
    dropped = len(str(digits)) - figures
    assume(dropped >= 0)
    found = rounded(f"{Decimal(digits).scaleb(-places):f}", figures)
    kept = (digits + 10**dropped // 2) // 10**dropped
    assert Fraction(found) == Fraction(kept * 10**dropped, 10**places)
    # A figure after the point is written only if it was asked for.
    if "." in found:
        assert len(found.replace(".", "").lstrip("0")) == figures


@pytest.mark.parametrize(
    ("number", "figures", "wanted"),
    [("9.97", 2, "10"), ("0.09996", 3, "0.100"), ("99.96", 3, "100"), ("78.97", 3, "79.0"), ("12345", 2, "12000")],
)
def test_rounding_up_to_another_digit(number: str, figures: int, wanted: str) -> None:
    assert rounded(number, figures) == wanted


def test_the_share_of_the_right_answer_is_the_mean_of_both_orders() -> None:
    plan = make_plan("inverse_scaling", {})
    item = next(item for item in plan.items if item.id == "negation-01")
    right, tempting = options(item)
    replies = [
        Chosen({right: {right: math.log(0.2)}, tempting: {tempting: math.log(0.6)}}, 0.8),
        Chosen({right: {right: math.log(0.3)}, tempting: {tempting: math.log(0.1)}}, 0.4),
    ]
    (trajectory,), asked = drive_plainly(plan.ask(item, Condition()), [replies])
    prompts = [request.messages[-1].content for request in asked[0] if isinstance(request, Choose)]
    assert [f"{right} or {tempting}" in prompts[0], f"{tempting} or {right}" in prompts[1]] == [True, True]
    values = drive_plainly(measure(bound(TASK), trajectory), [])[0].values
    assert values["right_share"] == pytest.approx((0.25 + 0.75) / 2)
    assert values["right_log_odds"] == pytest.approx((math.log(1 / 3) + math.log(3)) / 2)
    assert values["right_order_difference"] == pytest.approx(-0.5)
