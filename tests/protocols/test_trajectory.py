from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.protocols.requests import Chosen, Message
from inoc_evals.protocols.trajectory import Trajectory

ITEM = Item(id="a", category="c", prompt="Why?")
SYSTEM, WHY = Message("system", "Be brief."), Message("user", "Why?")


def test_one_question_and_its_answer():
    found = Trajectory(ITEM, Condition(), (SYSTEM, WHY), (Message("assistant", "Because."),))
    assert (found.system, found.question, found.answer) == ("Be brief.", "Why?", "Because.")


def test_a_given_beginning_belongs_to_the_answer_and_not_to_the_response():
    found = Trajectory(
        ITEM, Condition(prefill="Well"), (WHY, Message("assistant", "Well")), (Message("assistant", ", no."),)
    )
    assert (found.question, found.response, found.answer) == ("Why?", ", no.", "Well, no.")


def test_the_last_answer_of_a_conversation_answers_all_that_was_said_before():
    said = (Message("assistant", "One."), Message("user", "And?"), Message("assistant", "Two."))
    found = Trajectory(ITEM, Condition(), (SYSTEM, WHY), said)
    assert found.question == "USER: Why?\n\nASSISTANT: One.\n\nUSER: And?"
    assert (found.response, found.answer) == ("Two.", "Two.")


def test_what_was_guessed_beside_a_dialogue_does_not_hide_its_last_answer():
    chosen = {"turn 0, case 1": Chosen({"yes": {"yes": -1.0}}, 0.37)}
    found = Trajectory(ITEM, Condition(), (WHY,), (Message("assistant", "Which?"),), chosen)
    assert found.shown == "Which?"
    assert Trajectory(ITEM, Condition(), (WHY,), (), chosen).shown == "turn 0, case 1: P(yes) = 0.3679"


def test_nothing_said_is_an_empty_answer():
    found = Trajectory(ITEM, Condition(), (WHY,))
    assert (found.system, found.question, found.response, found.truncated) == (None, "Why?", "", False)
