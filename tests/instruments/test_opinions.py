"""Survey tables in the form of GlobalOpinionQA: what Python printed, and all that is not as it should be."""

from __future__ import annotations

import csv
import io
import math
import tempfile
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.errors import InputError
from inoc_evals.instruments.opinions import fitted, load_opinions, read_literal, read_selections

COUNTRIES = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1, max_size=12)
NAN = float("nan")


def printed(answers: dict[str, list[float]]) -> str:
    """As pandas wrote the column: what Python prints of a defaultdict."""
    return repr(defaultdict(list, answers))


def table(folder: Path, *rows: tuple[str, str, str, str]) -> Path:
    path = folder / "opinions.csv"
    out = io.StringIO()
    csv.writer(out).writerows([("question", "selections", "options", "source"), *rows])
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    return path


def row(answers: dict[str, list[float]], options: list[str], question: str = "Is it so?") -> tuple[str, str, str, str]:
    return question, printed(answers), repr(options), "GAS"


def test_a_question_with_all_its_traps(tmp_path: Path) -> None:
    answers = {
        "Northmark": [5, 3.0, 2],
        "Eastvale (urban)": [2, 2],
        "Too short": [1.0],
        "Nobody": [0.0, 0.0, 1.0],
        "Unknown": [NAN, 0.5, 0.5],
    }
    path = table(
        tmp_path,
        row(answers, ["Yes, \n it is", "No", "DK/Refused"]),
        ("", printed(answers), "['Yes', 'No']", "WVS"),
        ("nan", printed(answers), "['Yes', 'No']", "WVS"),
        ("Too few?", printed({"A": [1.0]}), "['Yes']", "WVS"),
        ("Not printed by Python?", "{'A': [1.0, 2.0", "['Yes', 'No']", "WVS"),
        ("Numbers?", printed({"A": [1, 2, 1]}), "[1, 2.0, 3]", ""),
    )
    first, last = load_opinions(path)
    assert (first.id, first.category, first.letters, first.options) == ("row-1", "GAS", True, ["Yes, it is", "No"])
    assert first.prompt == "Is it so?\n\n{option_1}\n{option_2}\n\nAnswer with the letter of one of them alone."
    # 5 and 3 of the 8 with an opinion; two numbers for two options; the others fit nothing.
    assert list(first.data["answers"]) == ["Northmark", "Eastvale (urban)"]
    assert first.data["answers"]["Northmark"] == pytest.approx([0.625, 0.375])
    assert first.data["answers"]["Eastvale (urban)"] == [0.5, 0.5]
    assert (last.id, last.category, last.options) == ("row-6", "survey", ["1", "2.0", "3"])
    assert last.data["answers"] == {"A": [0.25, 0.5, 0.25]}


@pytest.mark.parametrize(
    "option",
    ["DK", "DK/Refused", "Don't know", "Don’t know (DO NOT READ)", "No answer", "Refused", "NA", "Missing; Unknown"],
)
def test_no_opinion_is_no_option(tmp_path: Path, option: str) -> None:
    (item,) = load_opinions(table(tmp_path, row({"A": [3, 1, 6]}, ["Much", "Little", option])))
    assert item.options == ["Much", "Little"]
    assert item.data["answers"]["A"] == pytest.approx([0.75, 0.25])


@pytest.mark.parametrize(
    "option", ["Nothing", "None", "Neither", "Not at all", "Natural gas", "Dkjungle", "Missingham"]
)
def test_what_only_looks_like_it_stays(tmp_path: Path, option: str) -> None:
    (item,) = load_opinions(table(tmp_path, row({"A": [3, 1, 4]}, ["Much", "Little", option])))
    assert item.options == ["Much", "Little", option]


@given(
    st.dictionaries(COUNTRIES, st.lists(st.floats(0.001, 1), min_size=3, max_size=3), min_size=1, max_size=5),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1).filter(
        lambda text: text.strip().lower() not in ("", "nan")
    ),
)
@settings(max_examples=150, deadline=None)
def test_what_was_printed_is_read_again(answers: dict[str, list[float]], question: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (item,) = load_opinions(table(Path(folder), row(answers, ["a", "b", "c"], question)))
    assert item.prompt.startswith(question.strip())
    assert item.data["answers"].keys() == answers.keys()
    for country, given_shares in answers.items():
        wanted = [share / math.fsum(given_shares) for share in given_shares]
        assert item.data["answers"][country] == pytest.approx(wanted)


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: b"question,selections,options,source\n" + text.encode())
)
@settings(deadline=None)
def test_whatever_the_file_holds_it_is_read_or_refused(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, suppress(InputError):
        path = Path(folder) / "q.csv"
        path.write_bytes(data)
        load_opinions(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("question,options,source\na,b,c\n", r"q\.csv:1: it has no column 'selections'"),
        ("question,selections,options,source\n", "no question of it can be used"),
        ('question,selections,options,source\n"a', r"q\.csv:2: this is no CSV"),
        ("", r"q\.csv:1: it has no column 'question'"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "q.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        load_opinions(path)


def test_what_python_does_not_read_is_nothing_and_the_same_word_in_a_name_stays() -> None:
    text = """defaultdict(<class 'list'>, {'a, nan, b': [nan, 0.5, -inf], "it's [nan]": [1]})"""
    assert read_selections(text) == {"a, nan, b": [None, 0.5, None], "it's [nan]": [1]}


def test_code_is_not_run() -> None:
    assert read_literal("__import__('os').getcwd()") is None
    assert read_selections("defaultdict(<class 'list'>, {'A': [print(1), 1]})") == {}
    assert read_selections("no dictionary") == {}


@pytest.mark.parametrize(
    ("given_numbers", "wanted"),
    [
        ([1, 1, 2], [0.5, 0.5]),
        ([1, 3], [0.25, 0.75]),
        ([1], None),
        ([0, 0, 9], None),
        ([True, 1], None),
        ([-1, 2], None),
        ([None, 2], None),
        (["1", 2], None),
        ([1e308, 1e308], [0.5, 0.5]),
        ([10**400, 1], None),
        ([NAN, 1], None),
    ],
)
def test_numbers_fit_all_options_or_those_that_are_kept(
    given_numbers: list[object], wanted: list[float] | None
) -> None:
    found = fitted(given_numbers, 3, [0, 1])
    assert found == (None if wanted is None else pytest.approx(wanted))
