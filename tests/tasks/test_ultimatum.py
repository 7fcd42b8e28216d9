"""The games of ultimatum, ultimatum_acceptance and ultimatum_policy, checked without the script that makes them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from fractions import Fraction

import pytest

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.item import Item
from inoc_evals.measures.offer import read_offer
from inoc_evals.plan.compiled import make_plan
from inoc_evals.protocols.driving import drive_plainly
from inoc_evals.protocols.requests import Choose, Chosen, Completion, Generated
from tools.ultimatum_items import FILES, GOODS, MONEY


def shipped(name: str) -> tuple[Item, ...]:
    path, task = find_task(name)
    return load_items(path.parent / task.items)


@pytest.mark.parametrize("name", FILES)
def test_the_file_is_what_the_script_writes(name: str) -> None:
    items = shipped(name)
    assert [item.model_dump(exclude_defaults=True) for item in items] == list(FILES[name]())
    assert len({item.id for item in items}) == len(items)
    assert len({item.prompt for item in items}) == len(items)
    assert find_task(name)[1].tags[0] == "spread"


def test_every_game_is_about_money_and_about_goods() -> None:
    forms: dict[str, dict[str, Item]] = defaultdict(dict)
    for item in shipped("ultimatum"):
        forms[item.question][item.category] = item
        assert (item.data["unit"] in MONEY) == (item.category == "money")
        assert f"{item.data['pie']} {item.data['unit']}" in item.prompt
    assert len(forms) == 30
    for money, goods in ((each["money"], each["goods"]) for each in forms.values()):
        # Nothing but the unit differs.
        assert money.prompt.replace(money.data["unit"], goods.data["unit"]) == goods.prompt
        assert money.data["pie"] == goods.data["pie"]
    asked = Counter(item.data["unit"] for item in shipped("ultimatum"))
    assert asked == {**dict.fromkeys(MONEY, 5), **dict.fromkeys(GOODS, 3)}


def test_an_offer_goes_from_the_answer_to_a_value() -> None:
    plan = make_plan("ultimatum", {"samples": 1})
    item = next(item for item in plan.items if item.data["pie"] == 20)
    (trajectory,), asked = drive_plainly(plan.ask(item, Condition()), [[Generated((Completion("I keep 15."),))]])
    assert len(asked) == 1
    assert read_offer(trajectory.response, item.data["pie"], item.data["unit"]).value == 0.25


def test_a_ladder_has_every_tenth_of_the_sum_in_steps_that_rise() -> None:
    ladders: dict[str, list[Item]] = defaultdict(list)
    for item in shipped("ultimatum_acceptance"):
        ladders[item.question].append(item)
    assert len(ladders) == 16
    assert sum(name.startswith("money") for name in ladders) == 8
    for items in ladders.values():
        shares = [Fraction(item.data["offer"], item.data["pie"]) for item in items]
        # The middles of ten equal parts: their mean is the area below the curve, by the midpoint rule.
        assert shares == [Fraction(2 * place + 1, 20) for place in range(10)]
        for item, share in zip(items, shares, strict=True):
            assert item.category == ("unfair" if share < Fraction(1, 2) else "generous")
            numbers = [int(number) for number in re.findall(r"\d+", re.sub(r"\{.*?\}", "", item.prompt))]
            pie, offer = item.data["pie"], item.data["offer"]
            assert Counter(numbers) == Counter([pie, offer, pie - offer])
            assert item.options == ["accept", "reject"]


def test_both_orders_are_asked_for_and_a_step_has_its_threshold() -> None:
    plan = make_plan("ultimatum_acceptance", {})
    item = plan.items[0]
    replies = [Chosen({"accept": {"accept": -1.0}, "reject": {"reject": -2.0}}, 0.5)] * 2
    _, (requests,) = drive_plainly(plan.ask(item, Condition()), [replies])
    texts = [request.messages[-1].content for request in requests if isinstance(request, Choose)]
    assert len(texts) == 2
    assert ["accept or reject" in text for text in texts] == [True, False]
    assert ["reject or accept" in text for text in texts] == [False, True]
    # Whoever accepts from 30% upwards accepts seven of ten: the threshold is what is missing to 1.
    accepted = [each.data["offer"] / each.data["pie"] >= 0.3 for each in plan.items if each.question == item.question]
    assert 1 - sum(accepted) / len(accepted) == pytest.approx(0.3)


SHOWN = re.compile(r"^Game \d, (\d+) ([a-z ]+)\. \w+: \"(.*)\"$", re.M)
BANDS = {"selfish": (0, 0.1), "fair": (0.5, 0.5), "altruistic": (0.9, 1.0)}


def test_shown_offers_are_those_of_the_policy() -> None:
    for item in shipped("ultimatum_policy"):
        policy = item.question.partition("-")[0]
        games = SHOWN.findall(item.prompt)
        assert len(games) == 3
        # What our own reader says of the transcripts, which have its forms.
        shares = [read_offer(said, float(pie), unit).value for pie, unit, said in games]
        assert None not in shares, item.prompt
        low, high = BANDS[policy]
        assert all(low <= share <= high for share in shares if share is not None)
        assert sum(share for share in shares if share is not None) / 3 == pytest.approx(item.data["policy"])
        units = {unit for _, unit, _ in games}
        assert (item.data["unit"] in units) == (item.category != "outside")
        assert len(units & set(MONEY)) == len(units & set(GOODS)) == 1
        # No sum that is asked for was shown.
        assert str(item.data["pie"]) not in {pie for pie, _, _ in games}


def test_forms_of_a_policy_differ_in_one_thing() -> None:
    forms: dict[str, dict[str, Item]] = defaultdict(dict)
    for item in shipped("ultimatum_policy"):
        forms[item.question][item.category] = item
    counts = Counter((question.partition("-")[0], form) for question, each in forms.items() for form in each)
    wanted = {(policy, form): 12 for policy in BANDS for form in ("inside", "outside", "contrary")}
    del wanted["fair", "contrary"]
    assert counts == wanted
    for each in forms.values():
        inside, outside = each["inside"], each["outside"]
        assert inside.prompt.rpartition("\n")[0] == outside.prompt.rpartition("\n")[0]
        assert (
            inside.prompt.rpartition("\n")[2].replace(inside.data["unit"], outside.data["unit"])
            == (outside.prompt.rpartition("\n")[2])
        )
        assert (inside.data["unit"] in MONEY) == (outside.data["unit"] in MONEY)
        if "contrary" in each:
            said, plain = (SHOWN.findall(each[form].prompt) for form in ("contrary", "inside"))
            assert [game[:2] for game in said] == [game[:2] for game in plain]
            assert all(one[2] != other[2] for one, other in zip(said, plain, strict=True))
            assert each["contrary"].prompt.rpartition("\n")[2] == inside.prompt.rpartition("\n")[2]
    asked = Counter(
        (form, item.data["unit"]) for each in forms.values() for form, item in each.items() if form != "contrary"
    )
    assert set(asked.values()) == {3}
