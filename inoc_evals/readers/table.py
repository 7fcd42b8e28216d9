"""Tables of responses, as CSV or as JSONL: one record a line, with the place of everything that is wrong."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inoc_evals.definitions.reading import decode, read_bytes, read_rows
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError

ENDINGS = (".csv", ".jsonl")
MISSING = "missing"
_WANTED = "a CSV or JSONL file of responses"
# What programs write where there is no value.
_NOTHING = {"", "nan", "none", "null", "na", "n/a"}
_WORD = re.compile(r"[^\W\d][\w \-]{0,60}")
_LONGEST_CELL = 2**30


@dataclass(frozen=True)
class Record:
    """One response: the line on which it begins, and its cells by column."""

    line: int
    cells: Mapping[str, Any]

    def text(self, column: str | None) -> str | None:
        """The cell of a column as text; None without the column, and for an empty cell of JSON."""
        cell = self.cells.get(column) if column is not None else None
        return cell if isinstance(cell, str) or cell is None else json.dumps(cell, ensure_ascii=False)


@dataclass(frozen=True)
class Table:
    """The records of a file, and its columns in their order."""

    path: Path
    columns: tuple[str, ...]
    records: tuple[Record, ...]

    def first(self, *names: str) -> str | None:
        """The first of these columns that is there."""
        return next((name for name in names if name in self.columns), None)

    def number(self, record: Record, column: str) -> tuple[float | None, str | None]:
        """The number in a cell, or None and its cause: what a judge said instead, or "missing".

        Raises InputError for what is neither a number nor a word.
        """
        cell = record.cells.get(column)
        if cell is None or isinstance(cell, bool | int | float):
            if cell is None or math.isnan(cell):
                return None, MISSING
            return self._finite(record, column, float(cell)), None
        if isinstance(cell, str):
            text = cell.strip()
            if text.lower() in _NOTHING:
                return None, MISSING
            try:
                return self._finite(record, column, float(text)), None
            except ValueError:
                if _WORD.fullmatch(text):
                    return None, re.sub(r"\W+", "_", text.lower())
        message = f"{column} is {shown(cell)}; write a number, or nothing where there is none"
        raise InputError.at(self.path, message, record.line)

    def is_scores(self, column: str) -> bool:
        """Does a column hold a number somewhere, and nothing but numbers and empty cells?"""
        found = False
        for record in self.records:
            try:
                value, cause = self.number(record, column)
            except InputError:
                return False
            if cause not in (None, MISSING):
                return False
            found = found or value is not None
        return found

    def _finite(self, record: Record, column: str, value: float) -> float:
        if not math.isfinite(value):
            message = f"{column} is no finite number; write a number, or nothing where there is none"
            raise InputError.at(self.path, message, record.line)
        return value


def columns_of(path: Path) -> tuple[str, ...]:
    """The columns of a table, or the keys of its first row; none of a file that cannot be one."""
    if path.suffix not in ENDINGS or not path.is_file():
        return ()
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            if path.suffix == ".csv":
                return tuple(next(csv.reader(file), ()))
            row = json.loads(next((line for line in file if line.strip()), "null"))
            return tuple(row) if isinstance(row, dict) else ()
    # What is wrong with it is said when it is read.
    except (OSError, ValueError, RecursionError, csv.Error):
        return ()


def read_table(path: Path) -> Table:
    """The records of a file. Raises InputError with file:line for what is no table."""
    return _csv(path) if path.suffix == ".csv" else _jsonl(path)


def require(table: Table, name: str, *others: str) -> str:
    """The first of these columns. Raises InputError where there is none."""
    found = table.first(name, *others)
    if found is None:
        known = ", ".join(table.columns)
        message = f"there is no column {name} (there are: {known}); add it{did_you_mean(name, table.columns)}"
        raise InputError.at(table.path, message, 1)
    return found


def _csv(path: Path) -> Table:
    text = decode(path, read_bytes(path, _WANTED))
    # The usual limit of 131,072 characters is shorter than some responses.
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if cells:
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        message = f"this is no row of a CSV file ({error}); put texts with commas or line ends in double quotes"
        raise InputError.at(path, message, line) from None
    if not rows:
        raise InputError.at(path, "the file is empty; write a line of column names and one line a response")
    columns = _unique(path, rows[0][1])
    records = []
    for number, cells in rows[1:]:
        if len(cells) != len(columns):
            message = f"{len(cells)} cells under {len(columns)} columns; put texts with commas in double quotes"
            raise InputError.at(path, message, number)
        records.append(Record(number, dict(zip(columns, cells, strict=True))))
    return Table(path, columns, tuple(records))


def _unique(path: Path, columns: Sequence[str]) -> tuple[str, ...]:
    for name in columns:
        if list(columns).count(name) > 1:
            raise InputError.at(path, f"the column {shown(name)} stands twice; rename one", 1)
    return tuple(columns)


def _jsonl(path: Path) -> Table:
    rows = list(read_rows(path, _WANTED, '{"question": ..., "response": ...}', allow_nan=True))
    if not rows:
        raise InputError.at(path, "there are no rows; write one response a line")
    columns = tuple(dict.fromkeys(key for row in rows for key in row.data))
    return Table(path, columns, tuple(Record(row.line, row.data) for row in rows))
