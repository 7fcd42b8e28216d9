"""Sheets that come back from raters -> what stands in them, and where: CSV, JSONL and exports of Label Studio."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inoc_evals.definitions.reading import decode, parse, read_bytes, read_rows
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.labelling.sheets import LABEL, NOTE, RATING, RESPONSE, SAID, WORD

_WANTED = "a sheet that `inoc-evals judges label` wrote, or an export of Label Studio"
TEXTS = ("system", "question", "answer")
_LONGEST = 2**30  # characters of a cell


@dataclass(frozen=True)
class Entry:
    """One response of a sheet, with where each of its cells stands: line and column from 1. `rater` is who labelled it,
    where the sheet says so."""

    cells: Mapping[str, Any]
    places: Mapping[str, tuple[int, int | None]]
    rater: str | None = None

    def place(self, name: str) -> tuple[int, int | None]:
        """Where a cell stands, or the whole entry where there is no such cell."""
        return self.places.get(name) or next(iter(self.places.values()))


def read_entries(path: Path) -> Iterator[Entry]:
    """The responses of a sheet or an export, labelled or not. Raises InputError, with file:line:column, for a file of
    another kind and for one that is damaged."""
    ending = path.suffix.lower()
    if ending == ".csv":
        return _of_csv(path)
    if ending == ".jsonl":
        return _of_jsonl(path)
    if ending == ".json":
        return _of_label_studio(path)
    raise InputError.at(path, f"this is no .csv, .jsonl or .json; name {_WANTED}")


def _of_jsonl(path: Path) -> Iterator[Entry]:
    for row in read_rows(path, _WANTED, f'{{"{RESPONSE}": ..., "{LABEL}": ...}}'):
        places = {RESPONSE: (row.line, row.column(RESPONSE) or 1)}
        yield Entry(row.data, places | {name: (row.line, row.column(name)) for name in row.data})


def _of_csv(path: Path) -> Iterator[Entry]:
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
            yield Entry(dict(zip(columns, cells, strict=True)), dict(zip(columns, places, strict=False)))
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


def _of_label_studio(path: Path) -> Iterator[Entry]:
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


def _of_short(task: Mapping[str, Any], place: tuple[int, int]) -> Entry:
    """A record of the short export, which holds texts and answers beside each other."""
    return _entry(task, {name: task.get(name) for name in (RATING, WORD, NOTE)}, task.get("annotator"), place)


def _entry(data: Mapping[str, Any], found: Mapping[Any, Any], by: object, place: tuple[int, int]) -> Entry:
    texts = {name: data[name] for name in (RESPONSE, *TEXTS, SAID) if name in data}
    answers = {
        RATING: _only(found.get(RATING), "number"),
        WORD: _only(found.get(WORD), "choices"),
        NOTE: _only(found.get(NOTE), "text"),
    }
    return Entry({**texts, **answers}, {RESPONSE: place}, _person(by))


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
