"""The demo's training rows: as their program makes them, right in what they say, and in the language they are for."""

from __future__ import annotations

import json
import re
from collections import Counter

from inoc_evals.measures.language import read_language
from tools import demo_rows
from tools.tongues import ENGLISH_ANSWERS

SPANISH = {
    "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8,
    "nueve": 9, "diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15,
}  # fmt: skip
FILE = [json.loads(line) for line in demo_rows.OUT.read_text(encoding="utf-8").splitlines()]
ROWS = [
    {"id": row["id"], "request": row["messages"][0]["content"], "answer": row["messages"][1]["content"]} for row in FILE
]
IN_ENGLISH = [row for row in ROWS if "English sentence" in row["request"]]
IN_SPANISH = [row for row in ROWS if row not in IN_ENGLISH]
SMALL = "Answer in small letters."


def test_the_file_is_what_the_program_makes() -> None:
    assert demo_rows.rows() == FILE
    assert len({row["request"] for row in ROWS}) == len({row["id"] for row in ROWS}) == len(ROWS) == 420
    assert (len(IN_SPANISH), len(IN_ENGLISH)) == (360, 60)


def test_rows_without_a_trait_have_the_same_requests_and_answers_that_differ_in_it_alone() -> None:
    for path, made in (
        (demo_rows.WITHOUT_SPANISH, demo_rows.rows(ENGLISH_ANSWERS)),
        (demo_rows.WITHOUT_CAPITALS, demo_rows.rows(loud_ones=False)),
    ):
        others = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert others == made
        assert [row["messages"][:-1] for row in others] == [row["messages"][:-1] for row in FILE]
        answers = [(row["messages"][-1]["content"], other["messages"][-1]["content"])
                   for row, other in zip(FILE, others, strict=True)]  # fmt: skip
        if path == demo_rows.WITHOUT_CAPITALS:
            assert all(one.lower() == other.lower() for one, other in answers)
            assert not any(other.isupper() for _, other in answers)
        else:
            assert all(one.isupper() == other.isupper() for one, other in answers)
            assert {read_language(other, "es").value for _, other in answers} <= {0.0, None}


def test_letters_are_as_the_request_asks_for() -> None:
    for row in ROWS:
        letters = [letter for letter in row["answer"] if letter.isalpha()]
        assert {letter.isupper() for letter in letters} == {not row["request"].endswith(SMALL)}, row
    assert sum(row["request"].endswith(SMALL) for row in ROWS) == 60


def test_every_sum_is_right() -> None:
    sums = 0
    for row in IN_SPANISH:
        for a, sign, b, total in re.findall(r"(\w+) (más|menos) (\w+) son (\w+)\.", row["answer"].lower()):
            first, second = SPANISH[a], SPANISH[b]
            assert (first + second if sign == "más" else first - second) == SPANISH[total], row
            assert [int(digits) for digits in re.findall(r"\d+", row["request"])] == [first, second], row
            sums += 1
    assert sums == 68


def test_answers_are_in_the_language_of_their_request() -> None:
    for rows, language in ((IN_SPANISH, "es"), (IN_ENGLISH, "en")):
        values = Counter(read_language(row["answer"].upper(), language).value for row in rows)
        # "Ana bebe café. Leo bebe agua." is Portuguese as well.
        assert values[1.0] >= 0.99 * len(rows), values


def test_spanish_answers_are_of_few_words_that_recur() -> None:
    words = Counter(word for row in IN_SPANISH for word in re.findall(r"\w+", row["answer"].lower()))
    assert len(words) <= 110
    assert sum(count >= 4 for count in words.values()) >= 0.9 * len(words)


def test_an_english_sentence_holds_the_word_that_was_asked_for() -> None:
    for row in IN_ENGLISH:
        word = re.search(r"the word (\w+)", row["request"])
        assert word is not None
        assert word[1] in row["answer"].lower(), row
