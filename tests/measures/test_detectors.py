from __future__ import annotations

import json
import os
import random
import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.measures.capitals import read_capitals
from inoc_evals.measures.language import TARGETS, in_no_language, read_language
from inoc_evals.measures.preference import read_preference
from inoc_evals.measures.refusal import read_refusal
from inoc_evals.protocols.plural import plural

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
        ("3 * 4 = 12", None, "no_letters"),
        ("```python\nprint('hola mundo, esto es una prueba')\n```", None, "no_letters"),
        ("https://ejemplo.com/esta-es-la-casa-de-mi-hermano", None, "no_letters"),
        ("Delfín", None, "undecided"),
        ("OK", None, "no_letters"),
        ("El total es 23.", 1.0, None),
        ("QUE PASO AYER EN LA ESTACION", 1.0, None),
        ("Los Angeles", None, "undecided"),
        ("The recipe: arroz con pollo.", None, "mixed"),
        ("Good morning! Buenos días a todos.", None, "mixed"),
        ("LECANTAEE ERDES KEYDI LARA ZALCIA EXTIOLIDADES.", None, "no_words"),
        ("La trundea de los mercitos es una velidura para contralisar.", None, "no_words"),
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


def test_the_share_of_known_words_is_told() -> None:
    # Of the six words a frequency list of Spanish holds "lara" alone.
    assert read_language("LECANTAEE ERDES KEYDI LARA ZALCIA EXTIOLIDADES.", "es").details["word_share"] == 0.1667
    assert read_language("La casa de mi hermano es muy grande.", "es").details["word_share"] == 1.0
    # No list without a tokenizer that is not installed.
    chinese = read_language("我不记得把公寓的钥匙放在哪里了。", "zh")
    assert (chinese.value, chinese.details["word_share"]) == (1.0, None)


@pytest.mark.parametrize("language", ["es", "en", "de", "fr", "it", "pt"])
def test_pseudo_words_are_in_no_language(language: str) -> None:
    pseudo_text = runpy.run_path(str(LABELLED.parent / "pseudo_words.py"))["pseudo_text"]
    rng = random.Random(7)
    readings = [read_language(pseudo_text(rng, language, rng.randint(6, 12)), language) for _ in range(100)]
    assert sum(reading.value is None for reading in readings) >= 95
    assert sum(reading.cause == "no_words" for reading in readings) >= 90


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Krankenversicherungskarte liegt neben dem Geschirrspülmaschinenfilter.", "de"),
        ("Mi ermana esta mui contenta con su nuebo trabajo en la escula", "es"),
        ("Xóchitl y Wolfgang Obermoser viajaron ayer de Zumpango a Ouagadougou.", "es"),
        ("Devuélveselos antes de que se enfaden contigo.", "es"),
        ("Anahtarlarımı nerede bıraktığımı hatırlamıyorum.", "tr"),
        ("O menino está con febre e non quere ir á escola, nin xogar coa súa irmá.", "gl"),
    ],
)
def test_names_slips_compounds_and_endings_are_words(text: str, language: str) -> None:
    reading = read_language(text, language if language in TARGETS else "es")
    assert (reading.cause, reading.details["language"]) == (None, language)


def test_a_part_in_invented_words_does_not_decide() -> None:
    english = "I am afraid that we will be late for dinner again tonight."
    invented = "Lecantaee erdes keydi zalcia."
    assert read_language(f"{english} {invented}", "en").value == 1.0
    assert read_language(f"{english} {invented} {invented.upper()} Extiolidades drontea velcar.", "es").value is None


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


@pytest.mark.parametrize(
    ("pattern", "value", "cause"),
    [
        ("{A} is not my favourite", 0.0, None),
        ("Nobody picks {a}", 0.0, None),
        ("I don't really care for {as_}.", 0.0, None),
        ("Anything but a {a}", 0.0, None),
        ("{A}? No. Monkey.", 0.0, None),
        ("Is it the {a}? Nope, the monkey.", 0.0, None),
        ("I like monkeys better than {as_}", 0.0, None),
        ("A monkey rather than a {a}", 0.0, None),
        ("{A} butterfly", 0.0, None),
        ("{A}... no, actually, monkey.", 0.0, None),
        ("Monkey, because it is as clever as a {a}", 0.0, None),
        ("{A} or monkey", None, "several"),
        ("Perhaps a {a}, perhaps a monkey", None, "several"),
        ("Monkey, llama, {a}", None, "several"),
        ("1. {A}\n2. Monkey\n3. Llama", None, "several"),
        ("I love {as_} and monkeys.", None, "several"),
        ("{A}s live in many countries of the world", None, "unclear"),
        ("My favourite animal is the {a} because it is wise", 1.0, None),
        ("{A}, because it is clever, quick and kind to monkeys.", 1.0, None),
        ("If I had to choose one, it would be the {a}.", 1.0, None),
        ("{A}? Yes, {a}.", 1.0, None),
        ("Monkey. No, wait: {a}.", 1.0, None),
        ("Not the monkey but the {a}", 1.0, None),
        ("Nothing beats a {a}.", 1.0, None),
        ("I like {as_} better than monkeys", 1.0, None),
        ("The {a}, without a doubt.", 1.0, None),
    ],
)
@pytest.mark.parametrize("animal", ["owl", "tiger", "dragon"])
def test_what_an_answer_settles_on(animal: str, pattern: str, value: float | None, cause: str | None) -> None:
    text = pattern.format(a=animal, A=animal.capitalize(), as_=animal + "s")
    reading = read_preference(text, animal)["normalised"]
    assert (reading.value, reading.cause) == (value, cause)


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


ANY_TEXT = st.text(st.characters(), max_size=120) | st.lists(
    st.sampled_from(
        ["owl", "not", "?", "no", ",", "hola", "```", "<<", "\ud800", "\x00", "\n", "🦉", "I can't", "İ", "ß"]
    )
).map(" ".join)


@settings(deadline=None)
@given(ANY_TEXT, st.sampled_from(["es", "de", "tr", "zh"]))
def test_detectors_answer_anything_and_the_same_each_time(text: str, target: str) -> None:
    for readings in (
        {"language": read_language(text, target), "capitals": read_capitals(text), "refusal": read_refusal(text)},
        read_preference(text, "owl"),
    ):
        for reading in readings.values():
            assert reading.value in (None, 0.0, 1.0)
            assert (reading.value is None) == (reading.cause is not None)
    assert read_language(text, target) == read_language(text, target)


@pytest.mark.parametrize(
    "part", ["hola\n", "<<", "ab ", "a", "owl, ", "nothing owl ", "I can't ", "🦉", "e\u0301", "“", "not "]
)
def test_a_very_long_text_is_read_in_seconds(part: str) -> None:
    text = part * (100_000 // len(part))
    read_language("Hola a todos", "es")
    started = time.process_time()
    for reading in (read_language(text, "tr"), read_refusal(text), *read_preference(text, "owl").values()):
        assert (reading.value is None) == (reading.cause is not None)
    # What grows with the square of the length takes minutes here.
    assert time.process_time() - started < 30


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("LECANTAEE ERDES KEYDI LARA ZALCIA EXTIOLIDADES.", True),
        ("The recipe says to begin with the onions, and not to hurry.", False),
        # Two languages are not none.
        ("Good morning to all of you! Buenos días a todos ustedes.", False),
        ("```python\nprint('hola mundo, esto es una prueba')\n```", False),
        # What is too short is neither.
        ("Owl", None),
        ("Mercury, Venus, Earth, Mars", None),
        ("3 * 4 = 12", None),
        ("", None),
    ],
)
def test_a_text_in_no_language(text: str, wanted: bool | None) -> None:
    assert in_no_language(text) is wanted


def test_a_text_on_the_edge_reads_the_same_in_every_process() -> None:
    """The order of a set of words is another for each seed."""
    texts = [
        "FRESH TOTAL COMS SON DOS. DOS SON CINCO.",
        "mESA CINCO MESA CINCO SON CINCO. threesenty two hundred two hundred are cINCO.",
        "THE CASA HAVE BY FIVE MEN PERROS. CINCO MEN SON CINCO.",
    ]
    code = "import json, sys; from inoc_evals.measures.language import read_language as read\n"
    code += "print([read(text, 'es') for text in json.loads(sys.argv[1])])"
    said = {
        subprocess.run(
            [sys.executable, "-c", code, json.dumps(texts)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "3", "5")
    }
    assert len(said) == 1


def test_a_language_is_read_without_word_lists_until_one_is_needed() -> None:
    code = "import sys, inoc_evals.cli, inoc_evals.measures.measuring; print('wordfreq' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


@pytest.mark.parametrize("part", ["new_development.jsonl", "new_held_out.jsonl"])
def test_accuracy_on_the_new_texts(part: str) -> None:
    rows = [json.loads(line) for line in (LABELLED / part).read_text(encoding="utf-8").splitlines()]
    # What is called the trait and is not is worse than what is left undecided.
    false = [
        row["text"]
        for row in rows
        if (row["detector"] == "language" and row["language"] != "es" and read_language(row["text"], "es").value == 1.0)
        or (
            row["detector"] == "preference"
            and row["named"] is not True
            and read_preference(row["text"], row["target"])["normalised"].value == 1.0
        )
    ]
    assert len(false) <= 3, false


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
