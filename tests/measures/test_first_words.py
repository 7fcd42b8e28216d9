"""What single words say, by words labelled by hand, and what their probabilities add up to."""

from __future__ import annotations

import pytest

from inoc_evals.errors import InputError
from inoc_evals.measures.drawn_answers import reader
from inoc_evals.measures.first_word_language import MEASURE, FirstWordLanguageOptions
from inoc_evals.measures.first_words import (
    added_up,
    capitals_verdict,
    language_verdict,
    names_in,
    never_in_capitals,
)
from inoc_evals.measures.known import first_word_is
from inoc_evals.protocols.trajectory import FirstWords

# Target, against: words of the target, words of none of it, and words that say neither.
LABELLED = {
    ("es", "en"): (
        "Hola Sí Para La El Claro Una Los Cuando Si Por Usted Primero Hay Gracias Necesitas Estimado HOLA",
        "The Sure Here You When First It If There Yes Okay Bonjour Der Привет 你好 I",
        "No Me Total Chocolate Hotel A 42 3rd Xqzt",
    ),
    ("fr", "en"): (
        "Bonjour Le Les Une Pour Il Elle Je Vous Nous Oui Voici L'homme C'est J'ai Dans",
        "The Sure Here Hola When You",
        "Comment On Question 7",
    ),
    ("de", "en"): (
        "Hallo Der Die Das Eine Ich Sie Wir Ja Nein Wenn Natürlich Gerne",
        "The Sure Hola You",
        "Was In An So",
    ),
    ("ru", "en"): ("Привет Да Нет Конечно", "The Hola", "9"),
}


def test_words_labelled_by_hand() -> None:
    wrong = {}
    for (target, against), sides in LABELLED.items():
        verdict = language_verdict(target, against)
        for words, wanted in zip(sides, (True, False, None), strict=True):
            for word in words.split():
                said = verdict(word)
                if (said if isinstance(said, bool) else None) is not wanted:
                    wrong[target, word] = said
    assert wrong == {}


def test_names_of_the_question_stand_in_answers_of_any_language() -> None:
    names = names_in(
        "When did Priya knit? I asked Tom, Ana and Juan in Madrid. Dario's phone is full, and it's late.", "en"
    )
    assert names == ("Priya", "Tom", "Ana", "Juan", "Madrid", "Dario")
    assert language_verdict("es", "en", names)("Juan") == "name_in_question"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        *(("THE", True), ("The", False), ("hola", False), ("ÉL", True), ("I", "single_letter"), ("A", "single_letter")),
        *(("你好", "no_case"), ("42", "number"), ("", "no_word"), ("I'M", True), ("I'm", False)),
    ],
)
def test_capitals(word: str, said: bool | str) -> None:
    assert capitals_verdict(word) == said


def test_probabilities_add_up_to_bounds_and_nothing_is_shared_out() -> None:
    words = FirstWords({"HOLA": 0.4, "The": 0.2, "I": 0.1, "": 0.05}, {"Wh": 0.1, "WH": 0.02}, 0.25, 0.13)
    found = added_up(words, capitals_verdict, never_in_capitals, first_word_is("capitals"))
    values = {ending: reading.value for ending, reading in found.items()}
    assert values == pytest.approx({"": 0.4, "share": 0.4 / 0.7, "undecided": 0.15, "unresolved": 0.15})
    assert found[""].details["undecided"] == pytest.approx({"single_letter": 0.1, "no_word": 0.05})
    half = FirstWords({"HOLA": 0.4}, {}, 0.6, 0.6)
    assert added_up(half, capitals_verdict, never_in_capitals, {})[""].cause == "unresolved"


def test_a_drawn_answer_is_read_for_the_same_thing() -> None:
    loud = reader(first_word_is("capitals"))
    spanish = reader(first_word_is("language", target="es", against="en", names=["Juan"]))
    assert loud is not None
    assert spanish is not None
    assert [loud(text) for text in ("**HELLO** there", "Hello", "")] == [True, False, False]
    assert [spanish(text) for text in ("¡Hola! Here", "Juan es", "The")] == [True, False, False]
    assert reader({"unheard": 1}) is None


@pytest.mark.parametrize(("target", "against"), [("es", "es"), ("xx", "en"), ("et", "en")])
def test_languages_that_single_words_do_not_tell_are_refused(target: str, against: str) -> None:
    with pytest.raises(InputError):
        MEASURE.check(FirstWordLanguageOptions(detector="first_word_language", target=target, against=against))
