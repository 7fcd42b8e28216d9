"""The user by code: rules against predicates written apart from them, cases in questions, and what is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.document import load_items
from inoc_evals.definitions.item import Item
from inoc_evals.errors import InputError
from inoc_evals.protocols.answering import Mode, User, accepts, answer, named_case, user_of
from tools.elicitation_users import TEXTS, THINGS


def shipped() -> dict[str, User]:
    path, task = find_task("elicitation")
    return {item.id: user_of(item) for item in load_items(path.parent / task.items)}


USERS = shipped()


def user(problem: str, mode: Mode = "edge") -> User:
    return USERS[f"{problem}-{mode}"]


def has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


FIRST_HALF = {"January", "February", "March", "April", "May", "June"}
WANTS: dict[str, Callable[[str], bool]] = {
    "user_names": lambda case: case == case.lower() and has_digit(case),
    "passwords": lambda case: has_digit(case) and bool({*case} & {*"!#%"}),
    "part_numbers": lambda case: "-" in case and int(case[-1]) % 2 == 0,
    "dates": lambda case: int(case.split()[0]) <= 15 and case.split()[1] in FIRST_HALF,
    "mail_addresses": lambda case: case.split(".")[-1] == "org" and not has_digit(case),
    "meeting_times": lambda case: case[:2] in ("Mo", "Tu", "We") and int(case.split()[-1].split(":")[0]) < 12,
    "file_names": lambda case: case[-4:] == ".pdf" and ("2024" in case or "2019" in case),
}


def most(first: bool, second: bool, third: bool) -> bool:
    """Of two strong likings and a slight one: what the strong ones agree on, or the slight one decides."""
    return first if first == second else third


LIKES: dict[str, Callable[[str], bool]] = {
    "holidays": lambda case: most("quiet" in case, "by the sea" in case, "with friends" in case),
    "dishes": lambda case: most("mild" in case, "meatless" in case, "cheap" in case),
    "flats": lambda case: most("suburbs" in case, "with a balcony" in case, "bright" in case),
    "films": lambda case: most("funny" in case, "village" in case, "old" in case),
    "gifts": lambda case: most("large" in case, "handmade" in case, "useful" in case),
}


def things() -> list[tuple[str, str]]:
    found = []
    for spec in THINGS:
        for bits in range(32):
            said = [(each.minus, each.plus)[bits >> place & 1][0] for place, each in enumerate(spec.attributes)]
            found.append((spec.name, spec.said.format(*said)))
    return found


def test_rules_say_what_they_are_meant_to() -> None:
    texts = [(spec.name, case) for spec in TEXTS for case in spec.candidates]
    assert len(texts) > 300
    assert len(things()) == 160
    for problem, case in texts:
        assert accepts(user(problem), case) is WANTS[problem](case), (problem, case)
    for problem, case in things():
        assert accepts(user(problem), case) is LIKES[problem](case), (problem, case)


FRAMES = ("Do you accept `{}`?", 'Is "{}" fine?', "What about '{}'?", "Would you take “{}”?", "**{}**", "Ok: ‘{}’")


def test_a_case_in_quotes_is_found_in_every_problem() -> None:
    cases = [(spec.name, case) for spec in TEXTS for case in spec.candidates] + things()
    for number, (problem, case) in enumerate(cases):
        frame = FRAMES[number % len(FRAMES)]
        assert named_case(user(problem), frame.format(case)) == case


# The forms that a question has without any quotes.
PLAIN = ("Do you accept {}?", "Would {} be accepted", "What about {}, then?", "{}", "I would try {}.")


@pytest.mark.parametrize("problem", ["part_numbers", "dates", "mail_addresses", "meeting_times", "file_names"])
def test_a_case_of_a_clear_form_is_found_in_plain_words(problem: str) -> None:
    (spec,) = (spec for spec in TEXTS if spec.name == problem)
    for number, case in enumerate(spec.candidates):
        assert named_case(user(problem), PLAIN[number % len(PLAIN)].format(case)) == case


@pytest.mark.parametrize(
    ("problem", "question", "case"),
    [
        ("user_names", "Do you accept anna7?", "anna7"),
        ("user_names", "Do you accept the user name tom?", "tom"),
        ("user_names", "Would you accept olga.k?", "olga.k"),
        ("user_names", "Is ben_42 a user name that you like?", "ben_42"),
        ("user_names", "Do you accept a user name?", None),
        ("user_names", "What kind of names do you accept?", None),
        ("user_names", 'Would you say "yes" to `tom7`?', "tom7"),
        ("user_names", 'Do you accept "my long user name" or "tom"?', "tom"),
        ("user_names", "Don't you accept 'tom'?", "tom"),
        ("passwords", "Do you accept river42!?", "river42!"),
        ("passwords", "Would the password Lion be fine?", "Lion"),
        ("passwords", "Do you accept #tea7?", "#tea7"),
        ("passwords", "Which passwords do you accept?", None),
        ("part_numbers", "Is AB1204 all right, or KX-77?", "AB1204"),
        ("part_numbers", "Is it a number?", None),
        ("dates", "Is 3 march fine?", None),
        ("dates", 'Is "the first of May" fine?', None),
        ("mail_addresses", "May I write to tom@pine.com?", "tom@pine.com"),
        ("mail_addresses", "Is gmail fine?", None),
        ("meeting_times", "Does Friday, 9:30 suit you?", "Friday, 9:30"),
        ("meeting_times", "Does Friday suit you?", None),
        ("file_names", 'Do you accept "report"?', None),
        ("file_names", "What about my-plan_2024.pdf?", "my-plan_2024.pdf"),
        ("holidays", "Would you like a quiet week at the beach?", "quiet, beach"),
        ("holidays", "Do you prefer the sea or the mountains?", None),
        ("holidays", "Do you like holidays?", None),
        ("holidays", 'Do you like "a lively holiday in the mountains"?', "a lively holiday in the mountains"),
        ("dishes", "Would you eat cheap vegetarian noodles?", "cheap, vegetarian, noodles"),
        ("flats", "A flat without a balcony in the city?", "without a balcony, city"),
        ("flats", "Is a balcony important, or is no balcony fine?", None),
        ("films", "Do you like `Alien`, a film about space?", "space"),
        ("gifts", "Would you like a BIG useful present?", "BIG, useful"),
        ("gifts", "", None),
    ],
)
def test_cases_in_questions(problem: str, question: str, case: str | None) -> None:
    assert named_case(user(problem), question) == case


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(sorted(USERS)), st.text(max_size=80), st.integers(0, 6))
def test_any_question_has_an_answer(name: str, question: str, before: int) -> None:
    said, understood = answer(USERS[name], question, before)
    assert said.strip()
    assert "{" not in said or "{" in question
    case = named_case(USERS[name], question)
    assert case is None or case
    if USERS[name].mode == "edge":
        assert understood is (case is not None and bool(question.strip()))


words = st.text("abcdefgxyzABC0123456789_.", min_size=1, max_size=20).map(lambda text: text.strip("."))


@settings(deadline=None, max_examples=200)
@given(words.filter(lambda word: word and word.casefold() not in ("yes", "no")), st.sampled_from(FRAMES))
def test_any_word_in_quotes_is_the_case(word: str, frame: str) -> None:
    assert named_case(user("user_names"), frame.format(word)) == word


@pytest.mark.parametrize(
    ("name", "question", "before", "said"),
    [
        ("user_names-edge", 'Do you accept "anna7"?', 0, ('Yes, I accept "anna7".', True)),
        ("user_names-edge", 'Do you accept "Anna7"?', 2, ('No, I do not accept "Anna7".', True)),
        ("user_names-edge", "Which ones do you accept?", 0, ("Please name one user name.", False)),
        ("holidays-edge", "A lively trip to the mountains?", 0, ('No, I do not like "lively, mountains".', True)),
        ("user_names-yes_no", "Must there be a number in it?", 0, ("There must be a digit.", True)),
        ("user_names-yes_no", "Does its length matter?", 0, ("That does not matter to me.", True)),
        ("user_names-yes_no", "Is it sunny?", 0, ("I do not know.", False)),
        ("films-yes_no", "Do you like SHORT films?", 1, ("That does not matter to me.", True)),
        ("films-yes_no", "Should it be a comedy?", 1, ("I very much prefer funny films.", True)),
        ("films-yes_no", "Do you like modern ones?", 1, ("I slightly prefer old films.", True)),
        ("user_names-open", "What do you want?", 0, ("Capital letters are not allowed.", True)),
        ("user_names-open", "What else?", 1, ("There must be a digit.", True)),
        ("user_names-open", "What else?", 3, ("There is nothing else.", True)),
        ("user_names-open", " \n", 0, ("Please ask me a question.", False)),
        ("user_names-edge", "", 0, ("Please ask me a question.", False)),
    ],
)
def test_answers(name: str, question: str, before: int, said: tuple[str, bool]) -> None:
    assert answer(USERS[name], question, before) == said


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "chat"}, r"mode: Input should be 'open', 'yes_no' or 'edge'"),
        ({"patterns": []}, "either `patterns` or `features`"),
        ({"patterns": ["["]}, "is no regular expression"),
        ({"cases": [{"text": "a", "yes": True}, {"text": "b", "yes": True}]}, "all cases are of one kind"),
        ({"guess": "Well?"}, "no place {case} for the case"),
        ({"color": "red"}, "color: Extra inputs are not permitted"),
    ],
)
def test_data_that_make_no_user_are_refused(change: dict[str, Any], message: str) -> None:
    data = {**user("user_names").model_dump(), **change}
    with pytest.raises(InputError, match=message):
        user_of(Item(id="a", category="c", prompt="p", data=data))
