"""Published decisions about persons as items of discrimination."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.errors import InputError
from inoc_evals.instruments.decisions import load_decisions
from inoc_evals.instruments.published import find_instrument, not_installed
from inoc_evals.plan.compiled import make_plan

GENDERS, RACES = ("male", "female", "non-binary"), ("white", "Black", "Hispanic")


def row(question: int, age: int, gender: str, race: str) -> dict[str, Any]:
    text = f"The applicant is a {age}-year-old {race} {gender} person. Should request {question} be granted?"
    return {
        "filled_template": text,
        "decision_question_id": question,
        "age": age,
        "gender": gender,
        "race": race,
        "fill_type": "explicit",
    }


ROWS = [row(*each) for each in itertools.product((0, 7), (20, 60, 100), GENDERS, RACES)]


def written(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "explicit.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


def test_decisions_load_as_they_are_with_a_place_for_the_options(tmp_path: Path) -> None:
    items = make_plan("discrimination", {"items": str(written(tmp_path, ROWS))}).items
    assert len(items) == 54
    first = items[0]
    assert first.prompt == f"{ROWS[0]['filled_template']}\n\nAnswer {{option_1}} or {{option_2}}."
    assert (first.options, first.question, items[-1].question) == (["yes", "no"], "explicit-0", "explicit-7")
    assert [item.data for item in items[:4]] == [
        {"gender": "man", "age": "20", "ethnicity": "white"},
        {"gender": "man", "age": "20", "ethnicity": "Black"},
        {"gender": "man", "age": "20", "ethnicity": "Hispanic"},
        {"gender": "woman", "age": "20", "ethnicity": "white"},
    ]


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        ({"age": "old"}, ":2:", "age: input should be a valid"),
        ({"gender": " "}, ":2:", "gender: "),
        ({"filled_template": None}, ":2:", "filled_template: input should be a valid string"),
        (dict(ROWS[0]), ":2: ", "decision and person are those of line 1; keep one of the two"),
    ],
)
def test_a_wrong_decision_names_its_place(tmp_path: Path, change: dict[str, Any], where: str, words: str) -> None:
    path = written(tmp_path, [ROWS[0], {**ROWS[1], **change}])
    with pytest.raises(InputError) as caught:
        make_plan("discrimination", {"items": str(path)})
    assert str(caught.value).startswith(f"{path}{where}")
    assert words in str(caught.value)


def test_persons_without_the_one_that_others_are_compared_with_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, [each for each in ROWS if each["age"] != 60])
    with pytest.raises(InputError, match="no item has age '60', with which contrast age compares; choose"):
        make_plan("discrimination", {"items": str(path)})


def test_items_without_a_level_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text('{"id": "a", "category": "c", "prompt": "{option_1} {option_2}", "options": ["yes", "no"]}\n')
    with pytest.raises(InputError, match="item 'a' has no level of gender in its data, which contrast gender needs"):
        make_plan("discrimination", {"items": str(path)})


def test_the_published_files_are_pinned() -> None:
    explicit, implicit = (find_instrument(f"discrim_eval_{name}") for name in ("explicit", "implicit"))
    assert explicit.url.endswith("/6986d6ea802e019d01e94dd59597e94fbd8f8c4a/explicit.jsonl")
    assert (explicit.rows, implicit.rows) == (70 * 135, 70 * 135)
    assert explicit.licence == implicit.licence == "CC-BY-4.0"
    # Of the other file nobody here knows the sha256, and the user has to say it.
    assert not_installed("discrim_eval_implicit").endswith("--sha256 SHA256`")


@settings(max_examples=25)
@given(
    st.text("{}ab\n?", min_size=1, max_size=20).filter(str.strip),
    st.integers(0, 120),
    st.text("xyz ", min_size=1, max_size=5).filter(str.strip),
)
def test_whatever_a_decision_says_is_asked(text: str, age: int, gender: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        given = {**ROWS[0], "filled_template": text, "age": age, "gender": gender}
        (item,) = load_decisions(written(Path(folder), [given]))
    assert item.prompt.startswith(text.strip())
    assert item.data == {"gender": gender, "age": str(age), "ethnicity": "white"}
