"""The items of elicitation, checked without the script that makes them, and its dialogue, driven with plain replies."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.item import Item
from inoc_evals.measures.measuring import read_now
from inoc_evals.measures.needs import needs
from inoc_evals.plan.compiled import Plan, make_plan
from inoc_evals.protocols.answering import accepts, user_of
from inoc_evals.protocols.driving import drive_plainly
from inoc_evals.protocols.guessing import guess
from inoc_evals.protocols.requests import (
    Choose,
    Chosen,
    Completion,
    Generate,
    Generated,
    Message,
    Rendered,
    Reply,
    Request,
)
from inoc_evals.protocols.stored import restored, stored
from inoc_evals.protocols.trajectory import Trajectory
from tests.measures.asked import bound
from tools.elicitation_items import items as generated
from tools.elicitation_items import problems, table

MODES = ("open", "yes_no", "edge")
ASKED = 'Do you accept "{}"?'


def shipped() -> tuple[Item, ...]:
    path, task = find_task("elicitation")
    return load_items(path.parent / task.items)


def test_the_file_is_what_the_script_writes() -> None:
    assert [item.model_dump(exclude_defaults=True) for item in shipped()] == generated()


def test_every_problem_stands_in_every_mode() -> None:
    items = shipped()
    assert len({item.id for item in items}) == len(items) == 36
    assert Counter(item.category for item in items) == dict.fromkeys(MODES, 12)
    assert Counter(item.question for item in items) == dict.fromkeys((item.question for item in items), 3)
    for item in items:
        assert item.data["mode"] == item.category
        assert item.prompt.startswith(item.data["intro"])
        # The modes of a problem have one user, and so the same cases.
        (first,) = (other for other in items if other.question == item.question and other.category == MODES[0])
        told = {"mode", "again"}
        assert {k: v for k, v in item.data.items() if k not in told} == {
            k: v for k, v in first.data.items() if k not in told
        }


def test_cases_are_balanced_and_labelled_by_the_rule() -> None:
    for item in shipped():
        user = user_of(item)
        assert len({case.text for case in user.cases}) == len(user.cases) == 12
        assert [case.yes for case in user.cases] == [True, False] * 6
        assert all(accepts(user, case.text) is case.yes for case in user.cases)
        # Each word stands first equally often, for cases of both kinds.
        firsts = Counter(
            (case.yes, guess(user, number).split("Say only ")[1]) for number, case in enumerate(user.cases)
        )
        assert firsts == {(yes, words): 3 for yes in (True, False) for words in ("yes or no.", "no or yes.")}
        assert all(f'"{case.text}"' in guess(user, number) for number, case in enumerate(user.cases))


def test_nothing_that_is_said_names_a_case_that_is_kept_aside() -> None:
    for item in shipped():
        said = " ".join([item.prompt, *item.data["statements"], *(row["answer"] for row in item.data["known"])])
        assert not [case for case in item.data["cases"] if case["text"] in said]


def test_an_ideal_questioner_asks_about_other_cases_and_gains() -> None:
    for problem in problems():
        assert not {*problem.cases} & {*problem.asked_about}
        assert len(problem.asked_about) >= 16
        assert 0 < sum(problem.labels(problem.asked_about)) < len(problem.asked_about)
    lines = [item.data["ideal"] for item in shipped() if item.category == "edge"]
    means = [sum(line[turn] for line in lines) / len(lines) for turn in range(6)]
    assert means == sorted(means)
    assert all(line[5] > line[0] + 0.19 for line in lines)


def test_the_page_of_the_task_has_the_line_of_the_ideal_questioner() -> None:
    path, _ = find_task("elicitation")
    assert table() in (path.parent / "README.md").read_text()


def plan(**given: str) -> Plan:
    return make_plan("elicitation", given)


def asked_in(mode: str, made: Plan) -> Item:
    return next(item for item in made.items if item.id == f"user_names-{mode}")


def sure(item: Item, share: float) -> list[Reply]:
    """The right word of every case with this probability, the other with the rest."""

    def chosen(yes: bool) -> Chosen:
        both = {"yes": share if yes else 1 - share, "no": 1 - share if yes else share}
        return Chosen({word: {word: math.log(each)} for word, each in both.items()}, 1.0)

    return [chosen(case["yes"]) for case in item.data["cases"]]


def said(text: str) -> Generated:
    return Generated((Completion(text),), Rendered(f"prompt of {text}"))


def texts(requests: Sequence[Request]) -> list[list[str]]:
    return [[f"{turn.role}: {turn.content}" for turn in request.messages] for request in requests]  # type: ignore[union-attr]


def test_a_dialogue_about_edge_cases() -> None:
    made = plan(turns="2")
    item = asked_in("edge", made)
    replies = [[said(ASKED.format("anna7")), *sure(item, 0.5)], [said("Which ones?")], sure(item, 0.8)]
    (trajectory,), asked = drive_plainly(made.ask(item, Condition()), replies)
    assert [[type(request) for request in requests] for requests in asked] == [
        [Generate, *[Choose] * 12],
        [Generate],
        [Choose] * 12,
    ]
    again = "Ask me about another user name. Write only the question."
    assert texts(asked[1]) == [
        [f"user: {item.prompt}", f"assistant: {ASKED.format('anna7')}", f'user: Yes, I accept "anna7". {again}']
    ]
    before, after = texts(asked[0])[1], texts(asked[2])[0]
    question = 'Guess: do I accept the user name "{}"? Say only yes or no.'.format(item.data["cases"][0]["text"])
    assert before == [f"user: I accept some user names and reject others. {question}"]
    assert after[-2:] == ["assistant: Which ones?", f"user: Please name one user name. {question}"]
    assert [turn.content for turn in trajectory.turns if turn.role == "user"] == [
        f'Yes, I accept "anna7". {again}',
        "Please name one user name.",
    ]
    assert trajectory.rendered.text == f"prompt of {ASKED.format('anna7')}"
    assert (trajectory.response, trajectory.shown) == ("Which ones?", "Which ones?")
    values = dict(read_now(bound(made.task), trajectory).values)
    assert values.pop("right_behind_ideal") == pytest.approx(item.data["ideal"][2] - item.data["ideal"][0] - 0.3)
    assert values == pytest.approx(
        {"right_gain": 0.3, "right_before": 0.5, "right_after": 0.8, "right_ranking": 1.0, "understood": 0.5}
    )


def test_guesses_after_each_turn_go_with_the_next_question() -> None:
    made = plan(guess="after_each_turn")
    item = asked_in("yes_no", made)
    shares = (0.5, 0.6, 0.7, 0.9)
    replies: list[list[Reply]] = [[said("Is a digit needed?"), *sure(item, share)] for share in shares[:3]]
    (trajectory,), asked = drive_plainly(made.ask(item, Condition()), [*replies, sure(item, shares[3])])
    assert [len(requests) for requests in asked] == [13, 13, 13, 12]
    assert texts(asked[1])[1][-1].startswith("user: There must be a digit. Guess: do I accept")
    values = read_now(bound(made.task), trajectory).values
    assert values["right_area"] == pytest.approx((0.1 + 0.2 + 0.4) / 3)
    assert values["understood"] == 1.0
    assert "right_behind_ideal" not in values


def test_an_open_question_is_told_one_part_after_another() -> None:
    made = plan()
    item = asked_in("open", made)
    replies = [[said("What do you want?"), *sure(item, 0.5)], *[[said("And?")]] * 2, sure(item, 0.5)]
    (trajectory,), _ = drive_plainly(made.ask(item, Condition()), replies)
    again = "Ask me another one. Write only the question."
    assert [turn.content for turn in trajectory.turns if turn.role == "user"] == [
        f"Capital letters are not allowed. {again}",
        f"There must be a digit. {again}",
        "Nothing else matters to me.",
    ]


def test_a_model_may_play_the_user() -> None:
    made = plan(turns="1", user="model")
    item = asked_in("edge", made)
    replies = [[said("Well?"), *sure(item, 0.5)], [said("Yes, it is.")], sure(item, 0.5)]
    (trajectory,), asked = drive_plainly(made.ask(item, Condition()), replies)
    (request,) = asked[1]
    assert isinstance(request, Generate)
    assert request.role == "user"
    assert request.messages[0] == Message("system", item.data["persona"])
    assert [turn.content for turn in trajectory.turns] == ["Well?", "Yes, it is."]
    # Whether a question named a case does not depend on who answers it.
    assert trajectory.noted == {"understood": 0.0}


def test_a_condition_holds_for_questions_and_guesses_and_a_prefill_for_the_first_question() -> None:
    made = plan(turns="1")
    item = asked_in("edge", made)
    condition = Condition(system_prompt="Be brief.", user_prompt="Hello.", prefill="Would ")
    replies = [[said("you accept `tom7`?"), *sure(item, 0.5)], sure(item, 0.5)]
    (trajectory,), asked = drive_plainly(made.ask(item, condition), replies)
    question, before, after = texts(asked[0])[0], texts(asked[0])[1], texts(asked[1])[0]
    assert question[0] == before[0] == after[0] == "system: Be brief."
    assert question[-1] == "assistant: Would "
    assert before[1].startswith("user: Hello.\n\nI accept some user names and reject others. Guess:")
    assert (len(before), after[1]) == (2, f"user: Hello.\n\n{item.prompt}")
    assert after[2] == "assistant: Would you accept `tom7`?"
    assert (trajectory.prefill, trajectory.noted["understood"]) == ("Would ", 1.0)


def test_reasoning_without_an_end_ends_the_dialogue() -> None:
    made = plan()
    item = asked_in("edge", made)
    endless = Generated((Completion("", "max_tokens", reasoning="Hm", unfinished=True),))
    (trajectory,), asked = drive_plainly(made.ask(item, Condition()), [[endless, *sure(item, 0.5)]])
    assert (len(asked), trajectory.unfinished) == (1, True)
    measured = read_now(bound(made.task), trajectory)
    assert measured.values["right_gain"] is None
    assert {*measured.causes.values()} == {"unfinished_reasoning"}


def test_a_log_keeps_all_that_is_measured() -> None:
    made = plan(turns="1")
    item = asked_in("edge", made)
    replies = [[said("Which?"), *sure(item, 0.5)], sure(item, 0.9)]
    (trajectory,), _ = drive_plainly(made.ask(item, Condition()), replies)
    again: Trajectory = restored(item, trajectory.condition, stored(trajectory))
    assert again == replace(trajectory, turns=again.turns, given=again.given)
    assert read_now(bound(made.task), again).values == read_now(bound(made.task), trajectory).values


def test_a_run_must_tell_probabilities_and_names_the_task() -> None:
    assert "exact probabilities" in needs(find_task("elicitation")[1])
