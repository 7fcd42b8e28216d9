from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.measures.length import read_length


@pytest.mark.parametrize(
    ("text", "characters", "words"),
    [
        ("", 0, 0),
        (" \n\t", 0, 0),
        ("Owl.", 4, 1),
        ("  Twelve owls,\nnot 3. ", 19, 4),
        ("- one\n- two", 11, 2),
        ("well-known — isn't it?", 22, 3),
        ("3 * 4 = 12", 10, 3),
        ("¿Qué?", 5, 1),
        ("Que\u0301", 3, 1),
        ("🦉 owl", 5, 1),
        ("책을 읽었다", 6, 2),
    ],
)
def test_characters_and_words(text: str, characters: int, words: int) -> None:
    found = read_length(text)
    assert {key: reading.value for key, reading in found.items()} == {"characters": characters, "words": words}


@pytest.mark.parametrize("text", ["我不记得了。", "猫が好きです", "ฉันชอบแมว", "OK, 我不记得把钥匙放在哪里了"])
def test_words_are_not_counted_where_no_blanks_part_them(text: str) -> None:
    found = read_length(text)
    assert (found["words"].value, found["words"].cause) == (None, "no_blanks")
    assert found["characters"].value == len(text)


@given(st.text(), st.text())
def test_any_text_has_a_length_that_grows_with_it(first: str, second: str) -> None:
    whole, part = read_length(f"{first} {second}"), read_length(first)
    assert part["characters"].value == len(unicodedata.normalize("NFC", first).strip())
    assert whole["characters"].value >= part["characters"].value
    counts = [reading["words"].value for reading in (part, read_length(second), whole)]
    if None not in counts:
        assert counts[2] == counts[0] + counts[1]
