"""The folder of labels: what is written is read again, and what is damaged is said with its place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from inoc_evals.errors import InputError
from inoc_evals.labelling.folder import LABELS, Added, add_labels, read_labels, write_draw
from inoc_evals.labelling.form import read_form, write_form
from inoc_evals.results.label import Label
from tests.labelling.made import CATEGORY, RATING, YES_NO, candidates, labels


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    made = labels(candidates())
    first, second = made.drawn[0].response, made.drawn[1].response
    whole = replace(made, labels=(Label(first, "ann", 80.0), Label(second, "ben", None, "REFUSAL", "a \n note")))
    write_draw(tmp_path / "of" / "labels", whole)
    assert read_labels(tmp_path / "of" / "labels") == whole


def test_a_second_draw_is_refused_and_nothing_of_the_first_changes(tmp_path: Path) -> None:
    made = labels(candidates())
    write_draw(tmp_path, made)
    with pytest.raises(InputError, match="drawn into this folder already"):
        write_draw(tmp_path, replace(made, seed=9))
    assert read_labels(tmp_path) == made


def test_labels_are_added_once_and_changed_only_when_asked(tmp_path: Path) -> None:
    made = labels(candidates())
    write_draw(tmp_path, made)
    first, second = made.drawn[0].response, made.drawn[1].response
    sheet = Path("of/ann.csv")
    assert add_labels(tmp_path, [(Label(first, "ann", 80.0), sheet)]) == Added(1, 0, 0)
    both = [(Label(first, "ann", 80.0), sheet), (Label(second, "ann", 5.0), sheet)]
    assert add_labels(tmp_path, both) == Added(1, 1, 0)
    other = [(Label(first, "ann", 20.0), sheet), (Label(second, "ben", 5.0), sheet)]
    with pytest.raises(InputError, match=rf"of/ann\.csv: 1 labels of rater ann .* response {first}: 20, and before 80"):
        add_labels(tmp_path, other)
    assert len(read_labels(tmp_path).labels) == 2
    assert add_labels(tmp_path, other, replace=True) == Added(1, 0, 1)
    assert {(one.response, one.rater): one.value for one in read_labels(tmp_path).labels} == {
        (first, "ann"): 20.0,
        (second, "ann"): 5.0,
        (second, "ben"): 5.0,
    }
    lines = [json.loads(line) for line in (tmp_path / LABELS).read_text().splitlines()]
    # The first one stays, with where it came from.
    assert [
        (line["value"], line["sheet"]) for line in lines if line["rater"] == "ann" and line["response"] == first
    ] == [
        (80.0, "ann.csv"),
        (20.0, "ann.csv"),
    ]


def test_one_call_with_two_labels_of_a_response_is_refused(tmp_path: Path) -> None:
    made = labels(candidates())
    write_draw(tmp_path, made)
    name = made.drawn[0].response
    with pytest.raises(InputError, match=r"b\.csv: 1 labels of rater ann"):
        add_labels(tmp_path, [(Label(name, "ann", 1.0), Path("a.csv")), (Label(name, "ann", 2.0), Path("b.csv"))])
    assert read_labels(tmp_path).labels == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"value": 101.0}, "labels.jsonl:1:NN: value is not as it was written"),
        ({"value": None, "word": None}, "labels.jsonl:1:NN: a label has a value or a word"),
        ({"response": "f" * 16}, "labels.jsonl:1:NN: response 'ffffffffffffffff' is not in the draw"),
        ({"rater": " "}, "labels.jsonl:1:NN: rater is not as it was written"),
        ({"more": 1}, "labels.jsonl:1:NN: more is not as it was written"),
    ],
)
def test_a_damaged_label_is_said_with_its_place(tmp_path: Path, line: dict[str, object], message: str) -> None:
    made = labels(candidates())
    write_draw(tmp_path, made)
    whole = {
        "response": made.drawn[0].response,
        "rater": "a",
        "value": 1.0,
        "word": None,
        "note": "",
        "sheet": "s",
        "read": "",
    }
    text = json.dumps({**whole, **line})
    (tmp_path / LABELS).write_text(text + "\n")
    column = text.index(f'"{next(iter(line))}"') + 1
    with pytest.raises(InputError) as refused:
        read_labels(tmp_path)
    assert message.replace("NN", str(column)) in str(refused.value)


def test_a_folder_without_a_draw_and_a_damaged_draw_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no draw\.json; draw responses with"):
        read_labels(tmp_path)
    with pytest.raises(InputError, match="there is no such file"):
        read_labels(tmp_path / "nothing")
    write_draw(tmp_path, labels(candidates()))
    data = json.loads((tmp_path / "draw.json").read_text())
    for change, message in (
        ({"drawn": [{**data["drawn"][0], "weight": 0.5}]}, "drawn.0.weight is not as it was written"),
        ({"drawn": [{**data["drawn"][0], "judged": "90"}]}, "drawn.0.judged is not as it was written"),
        ({"drawn": [{**data["drawn"][0], "more": 1}]}, "drawn.0.more is not as it was written"),
        ({"drawn": data["drawn"][:1] * 2}, "stands twice"),
        ({"inoc_evals_labels": 2}, "inoc_evals_labels is not as it was written"),
    ):
        (tmp_path / "draw.json").write_text(json.dumps({**data, **change}))
        with pytest.raises(InputError, match=message):
            read_labels(tmp_path)


@pytest.mark.parametrize("form", [RATING, YES_NO, CATEGORY])
def test_a_form_is_read_again(tmp_path: Path, form: object) -> None:
    write_form(tmp_path, form)  # type: ignore[arg-type]
    assert read_form(tmp_path) == form
