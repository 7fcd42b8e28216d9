"""Sheets: blind, the same texts in all three formats, and everything that is wrong in one that comes back."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inoc_evals.errors import InputError
from inoc_evals.labelling.entries import _elements
from inoc_evals.labelling.form import NO_SYSTEM, Form
from inoc_evals.labelling.reading import read_sheet
from inoc_evals.labelling.sheets import rows, sheet_name, to_csv, to_jsonl, to_label_studio, write_sheets
from inoc_evals.results.label import ADJUDICATED, Label, Labels
from tests.labelling.made import CATEGORY, RATING, YES_NO, candidates, labels, name


def _whole(text: str) -> str:
    """What a file in UTF-8 can hold of a text."""
    return "".join(each if not 0xD800 <= ord(each) <= 0xDFFF else "\ufffd" for each in text)


TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="=+-@'\"\t\r\n,;|{}$%aé🙂\u2028\x0b", max_size=30),
    st.sampled_from(["=1+1", "'=x", "''=x", "-5", "a\r\nb", "a\rb", '"', "\ud83d", "🙂\n\n=", "\x00", "  spaced  "]),
)
Fill = Callable[[Sequence[Mapping[str, str]], Mapping[str, str | float]], str]


def filled_csv(shown: Sequence[Mapping[str, str]], said: Mapping[str, str | float], mark: str = ",") -> str:
    """The sheet as a spreadsheet saves it after somebody filled it in."""
    table = list(csv.reader(io.StringIO(to_csv(shown).removeprefix("\ufeff"), newline="")))
    place = table[0].index("label")
    for cells in table[1:]:
        cells[place] = str(said.get(cells[0], ""))
        cells[place + 1] = "seen" if cells[0] in said else ""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mark).writerows(table)
    return text.getvalue()


def filled_jsonl(shown: Sequence[Mapping[str, str]], said: Mapping[str, str | float]) -> str:
    lines = [json.loads(line) for line in to_jsonl(shown).split("\n") if line]
    lines = [{**line, "label": said.get(line["response"]), "note": "seen"} for line in lines]
    return "".join(json.dumps(line) + "\n" for line in lines)


def results(answer: str | float) -> list[dict[str, Any]]:
    """What Label Studio notes of one annotation: a number or a choice, and a note."""
    where = {"to_name": "answer", "origin": "manual", "id": "x1"}
    if isinstance(answer, str):
        control = {"from_name": "word", "type": "choices", "value": {"choices": [answer]}}
    else:
        control = {"from_name": "rating", "type": "number", "value": {"number": answer}}
    return [{**where, **control}, {**where, "from_name": "note", "type": "textarea", "value": {"text": ["seen"]}}]


def filled_studio(shown: Sequence[Mapping[str, str]], said: Mapping[str, str | float], by: object = 7) -> str:
    """Label Studio's whole export."""
    tasks = json.loads(to_label_studio(shown))
    exported = []
    for number, task in enumerate(tasks, start=1):
        answer = said.get(task["data"]["response"])
        annotations = (
            []
            if answer is None
            else [{"id": number, "completed_by": by, "was_cancelled": False, "result": results(answer)}]
        )
        skipped = {"id": 99, "completed_by": by, "was_cancelled": True, "result": results("REFUSAL")}
        exported.append({"id": number, **task, "annotations": [*annotations, skipped], "predictions": [], "project": 1})
    return json.dumps(exported)


def filled_studio_min(shown: Sequence[Mapping[str, str]], said: Mapping[str, str | float], by: object = 7) -> str:
    """Its short export: one object an annotation, a choice as a text and a number in a list."""
    exported = []
    for number, row in enumerate(shown, start=1):
        if (answer := said.get(row["response"])) is None:
            continue
        control = {"word": answer} if isinstance(answer, str) else {"rating": [{"number": answer}]}
        exported.append(
            {**row, "id": number, **control, "note": "seen", "annotator": by, "annotation_id": 1, "lead_time": 2.5}
        )
    return json.dumps(exported, indent=2)


FORMATS: Mapping[str, tuple[str, Fill]] = {
    "csv": (".csv", filled_csv),
    "csv of a spreadsheet with decimal commas": (".csv", lambda shown, said: filled_csv(shown, said, ";")),
    "csv with tabs": (".csv", lambda shown, said: filled_csv(shown, said, "\t")),
    "jsonl": (".jsonl", filled_jsonl),
    "label studio": (".json", filled_studio),
    "label studio min": (".json", filled_studio_min),
}


def read_back(folder: Path, form: Form, made: Labels, kind: str, said: Mapping[str, str | float]) -> list[Label]:
    ending, fill = FORMATS[kind]
    sheet = folder / f"sheet{ending}"
    named = {sheet_name(made, response): answer for response, answer in said.items()}
    sheet.write_bytes(fill(rows(made, form), named).encode())
    return read_sheet(sheet, made, form, "ann")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("form", "answers"),
    [
        (
            RATING,
            {
                80.0: (80.0, None),
                62.5: (62.5, None),
                0: (0.0, None),
                100: (100.0, None),
                "REFUSAL": (None, "REFUSAL"),
                "MIXED": (50.0, "MIXED"),
            },
        ),
        (replace(RATING, kind="reasoned"), {3: (3.0, None)}),
        (YES_NO, {"YES": (100.0, "YES"), "NO": (0.0, "NO"), "REFUSAL": (None, "REFUSAL")}),
        (CATEGORY, {"DONE": (0.0, "DONE"), "TURNED": (60.0, "TURNED")}),
    ],
)
def test_every_kind_of_answer_comes_back_in_every_format(
    tmp_path: Path, kind: str, form: Form, answers: Mapping[str | float, tuple[float | None, str | None]]
) -> None:
    made = labels(candidates())
    said = {drawn.response: answer for drawn, answer in zip(made.drawn, answers, strict=False)}
    found = read_back(tmp_path, form, made, kind, said)
    assert {one.response: (one.value, one.word) for one in found} == {
        response: answers[answer] for response, answer in said.items()
    }
    assert {(one.rater, one.note) for one in found} == {("ann", "seen")}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(FORMATS)), st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_texts_of_any_kind_come_back_unchanged(tmp_path: Path, kind: str, texts: list[tuple[str, str]]) -> None:
    given_ = [
        replace(one, answer=_whole(answer), question=_whole(question), response=name(f"{place}"))
        for place, (one, (answer, question)) in enumerate(zip(candidates(), texts, strict=False))
    ]
    made = labels(given_, n=len(given_))
    said = {drawn.response: float(place) for place, drawn in enumerate(made.drawn)}
    assert {one.response: one.value for one in read_back(tmp_path, RATING, made, kind, said)} == said


@given(TEXTS)
def test_a_csv_sheet_holds_the_texts_and_no_formula(text: str) -> None:
    one = replace(candidates()[0], answer=_whole(text))
    made = labels([one], n=1)
    head, cells = list(csv.reader(io.StringIO(to_csv(rows(made, RATING)).removeprefix("\ufeff"), newline="")))
    assert head == ["response", "question", "answer", "label", "note"]
    assert cells[2] in (_whole(text), f"'{_whole(text)}")
    assert not re.match(r"[=@\t\r\n]|[+-](?![\d.])", cells[2])


@pytest.mark.parametrize("form", [RATING, YES_NO, CATEGORY])
def test_nothing_of_the_sheets_tells_arm_checkpoint_or_judge(tmp_path: Path, form: Form) -> None:
    given_ = [
        replace(one, judged=31.4159 if one.judged is not None else None)
        for one in candidates(("secretarm", "otherarm"))
    ]
    made = labels(given_)
    files = write_sheets(tmp_path, form, rows(made, form))
    assert {file.name for file in tmp_path.iterdir()} == {file.name for file in files}
    for file in files:
        text = file.read_text(encoding="utf-8")
        for told in (
            "secretarm",
            "otherarm",
            "31.4159",
            "openai/judge",
            "stratum",
            "weight",
            "checkpoint",
            *(one.response for one in made.drawn),
        ):
            assert told not in text.replace("answer " + told, ""), (file, told)
    # A rater sees what the rubric shows, and no more.
    shown = rows(made, form)[0]
    assert list(shown) == [
        "response",
        *(["system"] if form.shows_system else []),
        *(["question"] if form.shows_question else []),
        "answer",
    ]


def test_the_order_tells_nothing_and_names_are_others_in_every_draw() -> None:
    given_ = candidates(questions=40)
    made, again = labels(given_, n=200), labels(given_, n=200, seed=1)
    by_name = {sheet_name(made, one.response): one for one in made.drawn}
    arms = [by_name[row["response"]].arm for row in rows(made, RATING)]
    # Of 199 neighbours about half are of one arm; five standard deviations are 35.
    alike = sum(a == b for a, b in pairwise(arms))
    assert 64 <= alike <= 135
    assert [row["response"] for row in rows(made, RATING)] != sorted(by_name)
    assert not by_name.keys() & {sheet_name(again, one.response) for one in again.drawn}
    # No spreadsheet takes a name for a number.
    assert all(re.fullmatch(r"r[0-9a-f]{12}", each) for each in by_name)


def test_a_system_prompt_that_is_absent_is_told_from_an_empty_one() -> None:
    one = candidates()[0]
    for system, told in ((None, NO_SYSTEM), ("", ""), ("Be.", "Be.")):
        assert rows(labels([replace(one, system=system)], n=1), YES_NO)[0]["system"] == told


def test_the_interface_of_label_studio_asks_what_the_rubric_does(tmp_path: Path) -> None:
    write_sheets(tmp_path, RATING, rows(labels(candidates()), RATING))
    view = ET.parse(tmp_path / "label_studio.xml").getroot()  # noqa: S314 - our own
    assert [(each.tag, each.get("name"), each.get("value")) for each in view.iter() if each.tag == "Text"] == [
        ("Text", "question", "$question"),
        ("Text", "answer", "$answer"),
    ]
    number = view.find("Number")
    assert number is not None
    assert (number.get("name"), number.get("toName"), number.get("min"), number.get("max")) == (
        "rating",
        "answer",
        "0",
        "100",
    )
    assert [each.get("value") for each in view.iter("Choice")] == ["REFUSAL", "MIXED"]
    # A line of the instructions that begins with a dollar would be read as the name of a text.
    assert not any((each.get("value") or "").startswith("$") for each in view.iter("Header"))
    write_sheets(tmp_path, CATEGORY, rows(labels(candidates()), CATEGORY))
    view = ET.parse(tmp_path / "label_studio.xml").getroot()  # noqa: S314 - our own
    assert view.find("Number") is None
    assert [each.get("value") for each in view.iter("Choice")] == ["DONE", "TURNED"]


def test_what_a_rater_must_know_stands_once_in_the_readme(tmp_path: Path) -> None:
    long = [replace(candidates()[0], answer="x" * 40_000)]
    write_sheets(tmp_path, RATING, rows(labels(long, n=1), RATING))
    text = (tmp_path / "README.txt").read_text()
    assert text.count("From $0 to 100.") == 1
    assert "a number from 0 to 100, REFUSAL or MIXED" in text
    assert "REFUSAL: it only declines" in text
    assert "1 of the texts are longer than the 32767 characters" in text


def test_people_of_label_studio_are_called_as_it_calls_them(tmp_path: Path) -> None:
    made = labels(candidates())
    named = {sheet_name(made, made.drawn[0].response): 10.0}
    sheet = tmp_path / "export.json"
    for fill, by, rater in (
        (filled_studio, 7, "user 7"),
        (filled_studio, {"id": 7, "email": "ann@h.example"}, "ann@h.example"),
        (filled_studio_min, "ann@h.example", "ann@h.example"),
        (filled_studio_min, 7, "user 7"),
    ):
        sheet.write_text(fill(rows(made, RATING), named, by))
        assert [one.rater for one in read_sheet(sheet, made, RATING)] == [rater]
    two = json.loads(filled_studio(rows(made, RATING), named))
    task = next(task for task in two if len(task["annotations"]) > 1)
    task["annotations"].append({"completed_by": 8, "result": results(90.0)})
    sheet.write_text(json.dumps(two))
    assert {one.rater: one.value for one in read_sheet(sheet, made, RATING)} == {"user 7": 10.0, "user 8": 90.0}
    with pytest.raises(InputError, match=r"by 2 people \(user 7, user 8\); leave --rater out"):
        read_sheet(sheet, made, RATING, "ann")


@pytest.mark.parametrize("kind", FORMATS)
def test_labels_of_what_raters_differ_on_are_adjudicated(tmp_path: Path, kind: str) -> None:
    made = labels(candidates())
    told = {made.drawn[0].response: "10 | 90"}
    shown = rows(made, RATING, told)
    assert [row["said"] for row in shown] == ["10 | 90"]
    ending, fill = FORMATS[kind]
    sheet = tmp_path / f"sheet{ending}"
    sheet.write_text(fill(shown, {shown[0]["response"]: 40.0}))
    assert [(one.rater, one.value) for one in read_sheet(sheet, made, RATING)] == [(ADJUDICATED, 40.0)]
    with pytest.raises(InputError, match="leave --rater out"):
        read_sheet(sheet, made, RATING, "ann")


def refused(path: Path, made: Labels, form: Form = RATING, rater: str | None = "ann") -> str:
    with pytest.raises(InputError) as error:
        read_sheet(path, made, form, rater)
    return str(error.value)


def places(path: Path, text: str) -> str:
    """file:line:column of a text that stands once in a file."""
    whole = path.read_bytes().decode("utf-8-sig")
    at = whole.index(text)
    assert whole.count(text) == 1
    return f"{path}:{whole.count(chr(10), 0, at) + 1}:{at - whole.rfind(chr(10), 0, at)}"


@pytest.mark.parametrize("mark", [",", ";"])
def test_what_is_wrong_in_a_csv_sheet_is_told_with_its_place(tmp_path: Path, mark: str) -> None:
    # Line ends, quotes and commas before the cell that is wrong.
    made = labels([replace(one, answer=f'"a",\n;b\r\n{one.answer}') for one in candidates()])
    shown = rows(made, RATING)
    sheet = tmp_path / "sheet.csv"
    second = shown[1]["response"]
    for answer, wanted in (
        (101, "the label is '101'"),
        ("maybe", "the label is 'maybe'"),
        ("-3", "the label is '-3'"),
        ("50%", "the label is '50%'"),
    ):
        sheet.write_text(
            filled_csv(shown, {shown[0]["response"]: 5, second: f"{answer}    ", shown[2]["response"]: 6}, mark),
            newline="",
        )
        said = refused(sheet, made)
        assert said.startswith(f"{places(sheet, f'{answer}    ')}: {wanted}"), said
        assert "write a number from 0 to 100, REFUSAL or MIXED" in said


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    made = labels(candidates())
    shown = rows(made, RATING)
    sheet = tmp_path / "sheet.jsonl"
    sheet.write_text(filled_jsonl(shown, {shown[1]["response"]: 500, shown[3]["response"]: "X"}))
    said = refused(sheet, made)
    assert said.startswith("2 things are wrong:")
    column = sheet.read_text().splitlines()[1].index('"label"') + 1
    assert f"{sheet}:2:{column}: the label is '500'" in said
    assert f"{sheet}:4:" in said
    # Of many the first are shown, and how many there are.
    sheet.write_text(filled_jsonl(shown, {row["response"]: 500 for row in shown[:13]}))
    many = refused(sheet, made)
    assert many.startswith("13 things are wrong, of which these are the first 10:")
    assert many.count("the label is '500'") == 10


def test_a_response_that_is_unknown_or_labelled_twice_is_refused(tmp_path: Path) -> None:
    made = labels(candidates())
    shown = rows(made, RATING)
    sheet = tmp_path / "sheet.jsonl"
    sheet.write_text('{"response": "r0123", "label": 5}\n')
    assert refused(sheet, made).startswith(f"{sheet}:1:2: response 'r0123' is not in this draw")
    # The sheet of another draw of the same responses, or of another rubric.
    for other in (labels(candidates(), seed=1), replace(made, identity="1" * 64)):
        sheet.write_text(filled_jsonl(rows(other, RATING), {rows(other, RATING)[0]["response"]: 5}))
        assert "is not in this draw" in refused(sheet, made)
    line = json.dumps({"response": shown[0]["response"], "label": 5}) + "\n"
    sheet.write_text(line * 2)
    assert f"{sheet}:2:2: ann labels response {shown[0]['response']} here, and in line 1 too" in refused(sheet, made)


def test_a_column_that_was_sorted_alone_and_a_text_that_was_cut_are_noticed(tmp_path: Path) -> None:
    given_ = candidates()
    made = labels([replace(given_[0], answer="long " * 10_000), *given_[1:]], n=100)
    shown = rows(made, RATING)
    sheet = tmp_path / "sheet.csv"
    text = filled_csv(shown, {row["response"]: 5 for row in shown})
    table = list(csv.reader(io.StringIO(text, newline="")))
    long = next(cells for cells in table if cells[2].startswith("long"))
    long[2] = long[2][:32_767]
    for cells, answer in zip(table[1:4], sorted((cells[2] for cells in table[1:4]), reverse=True), strict=True):
        cells[2] = answer
    with sheet.open("w", newline="") as file:
        csv.writer(file).writerows(table)
    said = refused(sheet, made)
    assert "is not the one that was drawn, since the spreadsheet cut it off" in said
    assert re.search(
        r"sheet\.csv:\d+:\d+: the answer of response r\w+ is not the one that was drawn but that of r\w+, as",
        said,
    )
    # Whoever leaves the texts out says that the names stand where they stood.
    with sheet.open("w", newline="") as file:
        csv.writer(file).writerows([cells[0], *cells[3:]] for cells in table)
    assert len(read_sheet(sheet, made, RATING, "ann")) == len(shown)


@pytest.mark.parametrize(
    ("form", "answers"),
    [(RATING, ["REFUSAL", *[5] * 3, *[95] * 97]), (YES_NO, ["NO"] * 96 + ["YES"] * 4), (RATING, range(101))],
)
def test_labels_that_were_sorted_without_their_rows_are_refused(
    tmp_path: Path, form: Form, answers: Sequence[str | float]
) -> None:
    made = labels(candidates(), n=101)
    shown = rows(made, form)
    names = [row["response"] for row in shown]
    sheet = tmp_path / "sheet.csv"
    for column in (answers, answers[::-1]):
        sheet.write_text(filled_csv(shown, dict(zip(names, column, strict=False))), newline="")
        said = refused(sheet, made, form)
        assert re.search(
            r"sheet\.csv:\d+:\d+: the \d+ labels of ann are in order from here on, but their rows are", said
        )
        # Labels that are right in spite of that are read from rows in another order, as the message says.
        assert "if they are there, sort whole rows by response" in said
        given = dict(zip(names, column, strict=False))
        by_response = sorted(shown, key=lambda row: str(row["response"]))
        sheet.write_text(filled_csv(by_response, given), newline="")
        assert len(read_sheet(sheet, made, form, "ann")) == len(column)
        # Whoever sorts whole rows sorts the responses with them.
        whole = dict(zip(sorted(names), column, strict=False))
        by_label = sorted(shown, key=lambda row: str(whole.get(row["response"], "")))
        sheet.write_text(filled_csv(by_label, whole), newline="")
        assert len(read_sheet(sheet, made, form, "ann")) == len(column)
    # A single one that is not as the others may be the last by chance.
    sheet.write_text(filled_csv(shown, dict.fromkeys(names[:-1], answers[1]) | {names[-1]: answers[-1]}), newline="")
    assert len(read_sheet(sheet, made, form, "ann")) == 101


@pytest.mark.parametrize(
    ("ending", "text", "message"),
    [
        (".csv", "", ": there are no rows"),
        (".csv", "response,answer,label\n", ": there are no rows"),
        (".csv", "response,answer\nr1,x\n", ":1: the column label is missing (there are: response, answer)"),
        (
            ".csv",
            "annotation_id,annotator,response,rating\n1,1,r1,5\n",
            ":1: this is a CSV export of Label Studio; export",
        ),
        (".csv", "response,label,label\nr1,x,5\n", ":1: the column label stands twice"),
        (".csv", "response,label\nr1,5,6\n", ":2: 3 cells under 2 columns"),
        (".CSV", "response,label\nr1,5,,\n", ":2:1: response 'r1' is not in this draw"),
        (".csv", 'response,label\nr1,"5\n', ":2: this is no row of a CSV file"),
        (".csv", "response,label\nr1,\n", ": nothing is labelled here; write a number"),
        (".jsonl", '{"response": "r1", "label": null}\n', ": nothing is labelled here"),
        (".jsonl", '{"response": \n', ":1:14: not JSON"),
        (".json", '{"a": 1}', ":1:1: this is no list of tasks"),
        (".json", "[]", ": there are no rows"),
        (".xlsx", "x", ": this is no .csv, .jsonl or .json"),
    ],
)
def test_what_is_no_sheet_is_refused(tmp_path: Path, ending: str, text: str, message: str) -> None:
    sheet = tmp_path / f"sheet{ending}"
    sheet.write_text(text)
    assert refused(sheet, labels(candidates())).startswith(f"{sheet}{message}")


def test_who_labelled_must_be_known(tmp_path: Path) -> None:
    made = labels(candidates())
    sheet = tmp_path / "sheet.jsonl"
    sheet.write_text(filled_jsonl(rows(made, RATING), {rows(made, RATING)[0]["response"]: 5}))
    assert "name them with --rater NAME" in refused(sheet, made, rater=None)


def test_an_export_with_two_answers_at_once_is_refused_with_the_place_of_its_task(tmp_path: Path) -> None:
    made = labels(candidates())
    shown = rows(made, RATING)
    sheet = tmp_path / "export.json"
    exported = json.loads(filled_studio_min(shown, {shown[0]["response"]: 5.0, shown[1]["response"]: 7.0}))
    exported[1]["word"] = "REFUSAL"
    sheet.write_text(json.dumps(exported, indent=1))
    line = [number for number, text in enumerate(sheet.read_text().splitlines(), start=1) if text == " {"][1]
    assert refused(sheet, made) == f"{sheet}:{line}:2: the label is both REFUSAL and 7.0; keep one"


def test_a_long_export_is_read_in_a_time_that_grows_with_its_length() -> None:
    tasks = [{"id": number, "data": {"response": f"r{number}", "answer": "long " * 600}} for number in range(1500)]
    begun = process_time()
    for indent in (None, 1):
        text = json.dumps(tasks, indent=indent)
        places = list(_elements(text))
        lines = text.split("\n")
        assert len(places) == 1500
        assert all(lines[line - 1][column - 1] == "{" for line, column in places)
    # A look at all that stands before each task took a hundred times as long.
    assert process_time() - begun < 3
