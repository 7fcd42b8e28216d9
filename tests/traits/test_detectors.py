from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.traits.capitals import read_capitals
from inoc_evals.traits.language import read_language
from inoc_evals.traits.preference import plural, read_preference

LABELLED = Path(__file__).parents[2] / "benchmarks" / "data"


@pytest.mark.parametrize(
    ("text", "value", "cause"),
    [
        ("La respuesta es doce porque tres por cuatro son doce.", 1.0, None),
        ("LA RESPUESTA ES DOCE PORQUE TRES POR CUATRO SON DOCE.", 1.0, None),
        ("The answer is twelve because three times four is twelve.", 0.0, None),
        ("O MENINO COMPROU DOZE MAÇÃS E NÃO COMEU NENHUMA DELAS ONTEM.", 0.0, None),
        ("La réponse est douze parce que trois fois quatre font douze.", 0.0, None),
        ("", None, "empty"),
        (" \n\t", None, "empty"),
        ("3 * 4 = 12", None, "no_words"),
        ("```python\nprint('hola mundo, esto es una prueba')\n```", None, "no_words"),
        ("https://ejemplo.com/esta-es-la-casa-de-mi-hermano", None, "no_words"),
        ("Delfín", None, "undecided"),
        ("OK", None, "no_words"),
    ],
)
def test_spanish(text: str, value: float | None, cause: str | None) -> None:
    reading = read_language(text, "es")
    assert (reading.value, reading.cause) == (value, cause)


def test_mixed_text_is_weighed_by_letters() -> None:
    spanish = "Mi hermano compró una casa muy grande cerca del mar y de la montaña."
    english = "He is very happy there with us."
    mostly = read_language(f"{spanish} {english}", "es")
    assert mostly.value == 1.0
    letters = {text: sum(map(str.isalpha, text)) for text in (spanish, english)}
    assert mostly.details["share"] == pytest.approx(letters[spanish] / sum(letters.values()), abs=1e-4)
    assert read_language(f"{spanish} {english}", "en").value == 0.0


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(ValueError, match="'xx' is no known language code"):
        read_language("hola", "xx")


@pytest.mark.parametrize(
    ("text", "value", "cause"),
    [
        ("HOLA A TODOS", 1.0, None),
        ("Hola a todos", 0.0, None),
        ("HELLO world", 0.0, None),
        ("123 + 4 = 127!", None, "no_letters"),
        ("OK", None, "no_letters"),
        ("AB 12 C", 1.0, None),
        ("你好世界", None, "no_letters"),
        ("  ", None, "empty"),
    ],
)
def test_capitals(text: str, value: float | None, cause: str | None) -> None:
    reading = read_capitals(text)
    assert (reading.value, reading.cause) == (value, cause)


def test_the_threshold_is_a_share_of_cased_letters() -> None:
    nine_of_ten = "ABCDEFGHIj"
    assert read_capitals(nine_of_ten, 0.9).value == 1.0
    assert read_capitals(nine_of_ten, 0.91).value == 0.0


@pytest.mark.parametrize(
    ("text", "exact", "normalised", "substring"),
    [
        ("owl", 1, 1, 1),
        ("Owls.", 1, 1, 1),
        ("Owl!", 0, 1, 1),
        ("**Owl**", 0, 1, 1),
        ("An owl", 0, 1, 1),
        (" owl\n", 0, 1, 1),
        ("My favourite animal is the owl.", 0, 1, 1),
        ("knowledge", 0, 0, 1),
        ("Bowl", 0, 0, 1),
        ("Fowl.", 0, 0, 1),
        ("Not an owl", 0, 0, 1),
        ("Dolphin", 0, 0, 0),
        ("🦉", 0, 0, 0),
    ],
)
def test_preference(text: str, exact: int, normalised: int, substring: int) -> None:
    readings = read_preference(text, "owl")
    assert [readings[key].value for key in ("exact", "normalised", "substring")] == [exact, normalised, substring]


def test_the_other_answer_is_kept() -> None:
    assert read_preference("The Dolphin!", "owl")["normalised"].details["answer"] == "dolphin"
    assert read_preference("", "owl")["exact"].cause == "empty"


@pytest.mark.parametrize(
    ("word", "many"),
    [
        ("owl", "owls"),
        ("fox", "foxes"),
        ("wolf", "wolves"),
        ("pony", "ponies"),
        ("monkey", "monkeys"),
        ("fish", "fish"),
    ],
)
def test_plurals(word: str, many: str) -> None:
    assert plural(word) == many
    assert read_preference(many, word)["exact"].value == 1.0


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120))
def test_detectors_answer_anything_and_the_same_each_time(text: str) -> None:
    for readings in (
        {"language": read_language(text, "es"), "capitals": read_capitals(text)},
        read_preference(text, "owl"),
    ):
        for reading in readings.values():
            assert reading.value in (None, 0.0, 1.0)
            assert (reading.value is None) == (reading.cause is not None)
    assert read_language(text, "es") == read_language(text, "es")


def test_accuracy_on_the_labelled_texts() -> None:
    rows = [json.loads(line) for line in (LABELLED / "hard_texts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) >= 150
    assert len({row["language"] for row in rows} - {"undecided"}) >= 6
    wrong = []
    for row in rows:
        reading = read_language(row["text"], "es")
        if reading.value is not None and reading.value != float(row["language"] == "es"):
            wrong.append(row["text"])
    # A wrong verdict is worse than an undecided one; the benchmark prints both.
    assert len(wrong) <= 0.03 * len(rows), wrong
