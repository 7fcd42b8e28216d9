"""Sheets that come back from raters -> labels, with the place of everything that is wrong."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.reading import decode, parse, read_bytes, read_rows
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.labelling.form import Form
from inoc_evals.labelling.order import sorted_alone
from inoc_evals.labelling.sheets import LABEL, LONGEST_CELL, NOTE, RATING, RESPONSE, SAID, WORD, rows, sheet_name
from inoc_evals.results.label import ADJUDICATED, Drawn, Label, Labels
from inoc_evals.spreadsheet import GUARDED

_WANTED = "a sheet that `inoc-evals judges label` wrote, or an export of Label Studio"
_TEXTS = ("system", "question", "answer")
# What spreadsheets and editors change without anyone noticing.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]")
_LONGEST = 2**30
_MOST_SHOWN = 10


@dataclass(frozen=True)
class _Entry:
    """One response of a sheet, with where each of its cells stands: line and column from 1. `rater` is who labelled it,
    where the sheet says so."""

    cells: Mapping[str, Any]
    places: Mapping[str, tuple[int, int | None]]
    rater: str | None = None

    def place(self, name: str) -> tuple[int, int | None]:
        """Where a cell stands, or the whole entry where there is no such cell."""
        return self.places.get(name) or next(iter(self.places.values()))


def read_sheet(path: Path, labels: Labels, form: Form, rater: str | None = None) -> list[Label]:
    """The labels of a sheet, by the `rater` who is named or, without one, by those whom an export of Label Studio
    names. On a sheet of what raters differ on the labels are adjudicated ones. Responses without a label are left out.

    Raises InputError, for all that is wrong, with file:line:column: a response that is not in this draw, a text that is
    not the drawn one, an answer that the rubric does not have, a response that somebody labels twice; and where labels
    were sorted without their rows.
    """
    entries = list(_entries(path))
    if not entries:
        raise InputError.at(path, "there are no rows; name a sheet with labels")
    given = [(entry, _rater(path, entry, rater)) for entry in entries if _answered(entry)]
    if not given:
        raise InputError.at(path, f"nothing is labelled here; write {form.wanted()} under `{LABEL}`")
    _refuse_several(path, [entry for entry, _ in given], rater)
    by_name = {sheet_name(labels, drawn.response): drawn for drawn in labels.drawn}
    faults, found = Faults(), dict[tuple[str, str], tuple[Label, tuple[int, int | None]]]()
    for entry, who in given:
        with faults.collected():
            label = _label(path, entry, by_name, form, who)
            first = found.setdefault((label.response, label.rater), (label, entry.place(RESPONSE)))
            if first[0] is not label:
                message = f"{label.rater} labels response {entry.cells[RESPONSE]} here, and in line {first[1][0]} too"
                raise InputError.at(path, f"{message}; keep one", *entry.place(RESPONSE))
    faults.refuse(_MOST_SHOWN)
    read = [label for label, _ in found.values()]
    by_entry = list(zip(read, [entry for entry, _ in given], strict=True))
    _refuse_sorted(path, by_entry, _written(labels, form, entries, by_name))
    return read


def _written(labels: Labels, form: Form, entries: Sequence[_Entry], by_name: Mapping[str, Drawn]) -> list[str]:
    """The responses of a sheet, by the names that it has for them, in the order in which it was written."""
    there = {by_name[name].response for name in map(_name, entries) if name in by_name}
    settles = any(SAID in entry.cells for entry in entries)
    return [row[RESPONSE] for row in rows(labels, form, dict.fromkeys(there, "") if settles else None)]


def _refuse_sorted(path: Path, given: Sequence[tuple[Label, _Entry]], written: Sequence[str]) -> None:
    """Raise InputError where somebody's labels are in order, and their responses as they were `written`."""
    for rater in dict.fromkeys(label.rater for label, _ in given):
        own = [(label, entry) for label, entry in given if label.rater == rater]
        # Words among numbers go to one end, and words alone are in the order of the alphabet.
        words = sorted({label.word for label, _ in own if label.word is not None})
        values = [(label.value, entry) for label, entry in own if label.word is None and label.value is not None]
        said = values or [(float(words.index(label.word)), entry) for label, entry in own if label.word is not None]
        if sorted_alone([each for each, _ in said], [_name(entry) for _, entry in said], written):
            what = f"the {len(said)} labels of {rater} are in order from here on, but their rows are not"
            remedy = "sort whole rows, and put the labels back beside their responses"
            raise InputError.at(path, f"{what}, as after sorting one column alone; {remedy}", *said[0][1].place(LABEL))


def _name(entry: _Entry) -> str:
    name = entry.cells.get(RESPONSE)
    return name.strip() if isinstance(name, str) else ""


def _label(path: Path, entry: _Entry, by_name: Mapping[str, Drawn], form: Form, rater: str) -> Label:
    drawn = by_name.get(_name(entry))
    if drawn is None:
        message = f"response {shown(entry.cells.get(RESPONSE))} is not in this draw"
        remedy = "read the sheet into the folder that it was drawn for, and leave this column as it was"
        raise InputError.at(path, f"{message}; {remedy}", *entry.place(RESPONSE))
    _refuse_changed(path, entry, form.shown(drawn), by_name)
    try:
        value, word = form.read(_answer(entry))
    except InputError as error:
        cell = next(cell for cell in (LABEL, WORD, RATING) if _filled(entry.cells.get(cell)))
        raise InputError.at(path, str(error), *entry.place(cell)) from None
    note = entry.cells.get(NOTE)
    return Label(drawn.response, rater, value, word, note.strip() if isinstance(note, str) else "")


def _refuse_changed(path: Path, entry: _Entry, texts: Mapping[str, str], by_name: Mapping[str, Drawn]) -> None:
    """Raise InputError where a text is not the one that was drawn: then the label may be another response's."""
    for column in _TEXTS:
        cell = entry.cells.get(column)
        if column not in texts or cell is None:
            continue
        found = {_plain(cell), _plain(_unguarded(cell))} if isinstance(cell, str) else set()
        if _plain(texts[column]) in found:
            continue
        what = f"the {column} of response {entry.cells[RESPONSE]} is not the one that was drawn"
        others = [name for name, drawn in by_name.items() if column == "answer" and _plain(drawn.answer) in found]
        if others:
            what += f" but that of {others[0]}, as after sorting one column alone"
        elif isinstance(cell, str) and len(cell) == LONGEST_CELL:
            what += ", since the spreadsheet cut it off"
        remedy = "put the labels into the sheet as it was written, or leave this column out if its rows are in order"
        raise InputError.at(path, f"{what}; {remedy}", *entry.place(column))


def _plain(text: str) -> str:
    """A text without what a spreadsheet or an editor may change unnoticed: control characters, kinds of white space."""
    return " ".join(_UNSEEN.sub("", text).split())


def _unguarded(text: str) -> str:
    return text[1:] if GUARDED.match(text) else text


def _rater(path: Path, entry: _Entry, rater: str | None) -> str:
    if SAID in entry.cells:
        if rater not in (None, ADJUDICATED):
            message = "this sheet holds what raters differ on, and its labels settle that"
            raise InputError.at(path, f"{message}; leave --rater out", *entry.place(SAID))
        return ADJUDICATED
    who = rater or entry.rater
    if who is None:
        raise InputError.at(path, "this sheet does not say who filled it in; name them with --rater NAME")
    return who


def _refuse_several(path: Path, entries: Sequence[_Entry], rater: str | None) -> None:
    """Raise InputError where one name is given for several people."""
    people = list(dict.fromkeys(entry.rater for entry in entries if entry.rater is not None))
    if rater is not None and len(people) > 1:
        message = f"the labels are by {len(people)} people ({', '.join(people)})"
        raise InputError.at(path, f"{message}; leave --rater out, and they are called so")


def _filled(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _answered(entry: _Entry) -> bool:
    return any(_filled(entry.cells.get(name)) for name in (LABEL, RATING, WORD))


def _answer(entry: _Entry) -> str | float:
    """What a rater answered. Raises InputError where it is two things."""
    given = [entry.cells[name] for name in (LABEL, WORD, RATING) if _filled(entry.cells.get(name))]
    if len(given) > 1:
        raise InputError(f"the label is both {given[0]} and {given[1]}; keep one")
    if isinstance(given[0], bool) or not isinstance(given[0], str | int | float):
        raise InputError(f"the label is {shown(given[0])}; write a number or a word")
    return given[0]


def _entries(path: Path) -> Iterator[_Entry]:
    ending = path.suffix.lower()
    if ending == ".csv":
        return _of_csv(path)
    if ending == ".jsonl":
        return _of_jsonl(path)
    if ending == ".json":
        return _of_label_studio(path)
    raise InputError.at(path, f"this is no .csv, .jsonl or .json; name {_WANTED}")


def _of_jsonl(path: Path) -> Iterator[_Entry]:
    for row in read_rows(path, _WANTED, f'{{"{RESPONSE}": ..., "{LABEL}": ...}}'):
        places = {RESPONSE: (row.line, row.column(RESPONSE) or 1)}
        yield _Entry(row.data, places | {name: (row.line, row.column(name)) for name in row.data})


def _of_csv(path: Path) -> Iterator[_Entry]:
    text = decode(path, read_bytes(path, _WANTED))
    head = text.split("\n", 1)[0]
    # Where numbers have a decimal comma, spreadsheets part cells by other marks.
    mark = max((",", ";", "\t"), key=head.count)
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    lines = io.StringIO(text, newline="").readlines()
    columns: list[str] = []
    before = 0
    try:
        for cells in reader:
            record = "".join(lines[before : reader.line_num])
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _columns(path, cells)
                continue
            if not any(cell.strip() for cell in cells[len(columns) :]):
                # Empty columns that a spreadsheet added.
                cells = cells[: len(columns)]
            if len(cells) != len(columns):
                message = f"{len(cells)} cells under {len(columns)} columns"
                raise InputError.at(path, f"{message}; put texts that hold {shown(mark)} in double quotes", line)
            places = [
                (line + record.count("\n", 0, at), at - record.rfind("\n", 0, at)) for at in _starts(record, mark)
            ]
            yield _Entry(dict(zip(columns, cells, strict=True)), dict(zip(columns, places, strict=False)))
    except csv.Error as error:
        message = f"this is no row of a CSV file ({error}); put texts with commas or line ends in double quotes"
        raise InputError.at(path, message, before + 1) from None


def _columns(path: Path, cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if {"annotation_id", "annotator"} <= set(names):
        raise InputError.at(path, "this is a CSV export of Label Studio; export as JSON or as JSON-MIN", 1)
    for wanted in (RESPONSE, LABEL):
        if names.count(wanted) != 1:
            what = "stands twice" if wanted in names else f"is missing (there are: {', '.join(names)})"
            message = f"the column {wanted} {what}{did_you_mean(wanted, names) if wanted not in names else ''}"
            raise InputError.at(path, f"{message}; name the columns as in the sheet", 1)
    return names


def _starts(record: str, mark: str) -> list[int]:
    """Where each cell of a record begins."""
    cell = re.compile(rf'(?:"(?:[^"]|"")*"|[^{mark}"\r\n])*')
    places, at = [0], 0
    while (match := cell.match(record, at)) is not None and record[match.end() : match.end() + 1] == mark:
        at = match.end() + 1
        places.append(at)
    return places


def _of_label_studio(path: Path) -> Iterator[_Entry]:
    text = decode(path, read_bytes(path, _WANTED))
    tasks = parse(path, text)
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise InputError.at(path, "this is no list of tasks; export as JSON or JSON-MIN from Label Studio", 1, 1)
    for task, place in zip(tasks, _elements(text), strict=True):
        if not isinstance(task.get("data"), dict):
            yield _of_short(task, place)
            continue
        annotations = task.get("annotations")
        for annotation in annotations if isinstance(annotations, list) else []:
            if isinstance(annotation, dict) and not annotation.get("was_cancelled"):
                results = [each for each in annotation.get("result") or [] if isinstance(each, dict)]
                found = {each.get("from_name"): each.get("value") for each in results}
                yield _entry(task["data"], found, annotation.get("completed_by"), place)


def _of_short(task: Mapping[str, Any], place: tuple[int, int]) -> _Entry:
    """A record of the short export, which holds texts and answers beside each other."""
    return _entry(task, {name: task.get(name) for name in (RATING, WORD, NOTE)}, task.get("annotator"), place)


def _entry(data: Mapping[str, Any], found: Mapping[Any, Any], by: object, place: tuple[int, int]) -> _Entry:
    texts = {name: data[name] for name in (RESPONSE, *_TEXTS, SAID) if name in data}
    answers = {
        RATING: _only(found.get(RATING), "number"),
        WORD: _only(found.get(WORD), "choices"),
        NOTE: _only(found.get(NOTE), "text"),
    }
    return _Entry({**texts, **answers}, {RESPONSE: place}, _person(by))


def _only(value: object, key: str) -> Any:
    """The one thing in what Label Studio says of a control: a thing, a list of one, or an object with either under
    `key`. Of several texts their lines."""
    if isinstance(value, dict):
        return _only(value.get(key), key)
    if isinstance(value, list):
        if key == "text":
            return "\n".join(str(_only(each, key)) for each in value)
        return _only(value[0], key) if len(value) == 1 else (", ".join(map(str, value)) or None)
    return value


def _person(by: object) -> str | None:
    """Who annotated: a number, an address, or an object with both."""
    if isinstance(by, dict):
        by = by.get("email") or by.get("username") or by.get("id")
    if isinstance(by, bool) or by in (None, ""):
        return None
    return f"user {by}" if isinstance(by, int) else str(by)


def _elements(text: str) -> Iterator[tuple[int, int]]:
    """Line and column, from 1, of each element of the list that a JSON text is."""
    decoder, space = json.JSONDecoder(), re.compile(r"[\s,]*")
    at = text.index("[") + 1
    seen, line, begun = 0, 1, 0
    while (match := space.match(text, at)) is not None and text[match.end()] != "]":
        start = match.end()
        line += text.count("\n", seen, start)
        begun = max(begun, text.rfind("\n", seen, start) + 1)
        seen = start
        yield line, start - begun + 1
        _, at = decoder.raw_decode(text, start)
