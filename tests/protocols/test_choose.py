"""Probabilities of options: what is asked for, what can be told apart, and what the measure makes of the replies."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from inoc_evals.client.options import distinct_forms, first_token_logs
from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.errors import InputError
from inoc_evals.measures.probability import MEASURE, ProbabilityOptions, read_probabilities, scales
from inoc_evals.protocols.choose import Choose, ask, check, spellings
from inoc_evals.protocols.declaration import Settings
from inoc_evals.protocols.driving import drive_plainly
from inoc_evals.protocols.requests import Choose as Request
from inoc_evals.protocols.requests import Chosen
from inoc_evals.protocols.stored import restored, stored


def item(**fields: Any) -> Item:
    return Item.model_validate({"id": "a", "category": "c", "prompt": "Which?", **fields})


def settings(**fields: Any) -> Settings:
    return Settings(Choose(name="choose", **fields), {"animal": "wolf"})


def chosen(**shares: float) -> Chosen:
    return Chosen({name: {name: math.log(share) if share else -math.inf} for name, share in shares.items()}, 0.5)


def test_forms_of_an_option_are_summed_and_named_by_the_option() -> None:
    asking = ask(item(options=["yes", "no"], forms={"yes": ["sure"]}), Condition(), settings())
    (request,) = next(asking)
    assert isinstance(request, Request)
    assert request.options == {"yes": ("yes", "sure", " yes", " sure"), "no": ("no", " no")}


def test_words_are_said_with_other_capitals_and_in_the_plural() -> None:
    assert set(spellings(["wolf"], "word")) == {"wolf", "Wolf", "WOLF", "wolves", "Wolves", "WOLVES"}
    assert set(spellings(["New York"], "cased")) == {"New York", "new york", "NEW YORK"}
    assert spellings(["B"], "given") == ("B",)


def test_a_target_is_called_what_the_task_says() -> None:
    found = scales(ProbabilityOptions(detector="probability", target_place=1, called="right answers"))
    assert found["share"].direction == "higher is more right answers"
    assert found["log_odds"].name == "log odds of right answers against the rest"


def test_options_of_the_task_hold_parameters() -> None:
    (request,) = next(ask(item(), Condition(), settings(options=["{animal}"])))
    assert isinstance(request, Request)
    assert list(request.options) == ["wolf"]


def test_both_orders_are_asked_for_averaged_and_compared() -> None:
    asked = item(prompt="Say {option_1} or {option_2}.", options=["yes", "no"])
    replies = [chosen(yes=0.3, no=0.1), chosen(yes=0.1, no=0.1)]
    (trajectory,), requests = drive_plainly(ask(asked, Condition(), settings(both_orders=True)), [replies])
    assert [request.messages[0].content for (request, *_) in [(one,) for one in requests[0]]] == [  # type: ignore[union-attr]
        "Say yes or no.",
        "Say no or yes.",
    ]
    measured = read_probabilities(
        ProbabilityOptions(detector="probability", target="yes", both_orders=True), trajectory.chosen
    )
    assert measured["probability"].value == pytest.approx(0.2)
    assert measured["share"].value == pytest.approx((0.75 + 0.5) / 2)
    assert measured["log_odds"].value == pytest.approx(math.log(3) / 2)
    assert measured["order_difference"].value == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("fields", "told", "message"),
    [
        ({}, {}, "it has no options"),
        ({"options": ["yes", "no"], "forms": {"no": ["yes"]}}, {}, "'yes' and 'no' are both said 'yes'"),
        ({"options": ["a", "b"]}, {"both_orders": True}, r"have no places; write \{option_1\}, \{option_2\}"),
        ({"options": ["a", "b"], "prompt": "{option_3}?"}, {}, r"\{option_3\} is no option of it"),
        ({"options": [f"o{n}" for n in range(26)], "letters": True}, {}, r"26 options and `letters`, and there are 25"),
    ],
)
def test_items_that_cannot_be_asked_so_are_refused(fields: dict[str, Any], told: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        check(item(**fields), settings(**told))


def test_options_that_no_answer_tells_apart_are_refused() -> None:
    paths = {"owl": (1,), "owls": (1, 2), "cat": (3,), "owlet": (1, 4)}
    assert distinct_forms({"owl": ["owl", "owls"], "cat": ["cat"]}, paths) == {"owl": ("owl",), "cat": ("cat",)}
    with pytest.raises(InputError, match=r"an answer 'owlet' \(small\) begins with 'owl' \(big\)"):
        distinct_forms({"big": ["owl"], "small": ["owlet"]}, paths)


def test_a_list_of_first_tokens_must_hold_every_option_and_confuse_none() -> None:
    top = {"Yes": math.log(0.5), " yes": math.log(0.1), "No": math.log(0.2), "Maybe": math.log(0.1)}
    options = {"yes": ["yes", "Yes", " yes", " Yes"], "no": ["no", "No", " no", " No"]}
    assert first_token_logs(options, top) == {
        "yes": {"Yes": math.log(0.5), " yes": math.log(0.1)},
        "no": {"No": math.log(0.2)},
    }
    with pytest.raises(InputError, match="hold none of 'never'"):
        first_token_logs({**options, "never": ["never", "Never"]}, {"Yes": -0.1, "No": -3.0})
    with pytest.raises(InputError, match="'N' says 'no' as well as 'never'"):
        first_token_logs({"no": ["No"], "never": ["Never"]}, {"N": -0.1})


@pytest.mark.parametrize(
    ("replies", "causes"),
    [
        (chosen(owl=0.2), {"share": "one_option"}),
        (chosen(cat=0.2, dog=0.1), dict.fromkeys(("probability", "share", "log_odds"), "no_such_option")),
        (chosen(owl=0.0, cat=0.0), {"share": "impossible", "log_odds": "impossible"}),
        (chosen(owl=0.2, cat=0.0), {"log_odds": "impossible"}),
    ],
)
def test_what_has_no_value_has_a_cause(replies: Chosen, causes: dict[str, str]) -> None:
    measured = read_probabilities(ProbabilityOptions(detector="probability", target="owl"), {"": replies})
    assert {key: reading.cause for key, reading in measured.items() if reading.cause} == causes


def test_log_odds_of_a_contrast_leave_other_options_out() -> None:
    options = ProbabilityOptions(detector="probability", target="owl", against="Cat")
    measured = read_probabilities(options, {"": chosen(owl=0.2, cat=0.1, dog=0.4)})
    assert measured["log_odds"].value == pytest.approx(math.log(2))
    assert measured["share"].value == pytest.approx(2 / 7)


@given(st.lists(st.floats(-2000, -1e-9), min_size=2, max_size=6))
def test_shares_of_all_options_sum_to_one(logs: list[float]) -> None:
    replies = Chosen({f"o{number}": {f"o{number}": log} for number, log in enumerate(logs)}, 1.0)
    shares = [
        read_probabilities(ProbabilityOptions(detector="probability", target=name), {"": replies})["share"].value
        for name in replies.logs
    ]
    assert sum(share for share in shares if share is not None) == pytest.approx(1.0)


def test_a_log_keeps_what_a_trajectory_holds_impossible_forms_too() -> None:
    asked = item(options=["owl", "cat"])
    (trajectory,), _ = drive_plainly(ask(asked, Condition(), settings()), [[chosen(owl=0.2, cat=0.0)]])
    assert restored(asked, Condition(), stored(trajectory)) == trajectory


def test_a_target_may_be_a_place_where_every_item_has_its_own_options() -> None:
    options = ProbabilityOptions(detector="probability", target_place=2, both_orders=True)
    # The second order is asked with the options reversed; the reply names them in the order of the item.
    replies = {"as written": chosen(beans=0.1, jam=0.3), "reversed": chosen(beans=0.3, jam=0.1)}
    measured = read_probabilities(options, replies)
    assert measured["share"].value == pytest.approx((0.75 + 0.25) / 2)
    assert measured["order_difference"].value == pytest.approx(0.5)
    assert measured["probability"].value == pytest.approx(0.2)
    assert measured["log_odds"].value == pytest.approx(0.0)
    beyond = ProbabilityOptions(detector="probability", target_place=3)
    assert read_probabilities(beyond, {"": chosen(beans=0.1, jam=0.3)})["share"].cause == "no_such_option"


def test_other_categories_have_no_value_where_some_are_named() -> None:
    options = ProbabilityOptions.model_validate({"detector": "probability", "target_place": 1, "only": ["asked"]})
    for category, value, cause in (("asked", 0.75, None), ("other", None, "does_not_apply")):
        asked = item(category=category, options=["yes", "no"])
        (trajectory,), _ = drive_plainly(ask(asked, Condition(), settings()), [[chosen(yes=0.3, no=0.1)]])
        readings, _ = drive_plainly(MEASURE.ask(options, trajectory), [])
        assert set(readings) == {"probability", "share", "log_odds"}
        assert (readings["share"].value, readings["share"].cause) == (pytest.approx(value), cause)


def test_a_target_is_a_text_or_a_place() -> None:
    for fields in ({}, {"target": "owl", "target_place": 1}):
        with pytest.raises(ValidationError, match="either `target` or `target_place`"):
            ProbabilityOptions.model_validate({"detector": "probability", **fields})
