"""A table of survey questions with people's answers by country, in the form of GlobalOpinionQA (Durmus et al., arXiv
2306.16388), read as it is published: CSV with `question`, `selections`, `options` and `source`.

`selections` is what Python prints of a dictionary (defaultdict(<class 'list'>, {country: [share, ...]})), and `options`
what it prints of a list. The table's licence lets nobody store it here.
"""

from __future__ import annotations

import ast
import csv
import io
import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from inoc_evals.definitions.fields import LONGEST_ID
from inoc_evals.definitions.item import Item
from inoc_evals.definitions.reading import decode, read_bytes
from inoc_evals.errors import InputError
from inoc_evals.protocols.choose import LETTERS
from inoc_evals.stats.distances import normalised

log = logging.getLogger(__name__)

COLUMNS = ("question", "selections", "options", "source")
# What an interviewer notes where somebody has no opinion: a model is not offered it, and such answers are left out.
_NO_OPINION = re.compile(
    r"(dk|don.?t know|no answer|refused|na|n/a|no opinion|missing|not asked)([ /;,(].*)?", re.IGNORECASE
)
# Numbers that Python prints and does not read, and the texts in which they are words.
_NAN = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<![\w.])-?(?:nan|inf)(?![\w.])""", re.DOTALL)
_INNER = re.compile(r"\{.*\}", re.DOTALL)


def is_opinions(path: Path) -> bool:
    """Does its name say that the file is such a table?"""
    return path.suffix.lower() == ".csv"


def load_opinions(path: Path) -> tuple[Item, ...]:
    """The questions as items of `opinions`, with letters for options and `answers` by country, which add up to 1.

    Options that say that somebody has no opinion are left out, with the answers to them. A country whose answers do not
    fit the options is left out of a question, and a question without a text, or without two options and any
    country, out of the table; how many is logged. Raises InputError for a file of another kind, and for one in which no
    question can be used.
    """
    rows = list(_rows(path))
    items = tuple(item for number, row in rows if (item := _item(number, row)) is not None)
    if not items:
        raise InputError.at(path, "no question of it can be used; name the table as it was published")
    if left := len(rows) - len(items):
        log.warning(
            "%s: %d of %d questions are left out, whose text, options or answers cannot be used", path, left, len(rows)
        )
    return items


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows by number, from 1. Raises InputError for a table of another kind."""
    text = decode(path, read_bytes(path, "a CSV file of survey questions"))
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            columns = ", ".join(COLUMNS)
            raise InputError.at(path, f"it has no column {missing[0]!r}; name a table with {columns}", 1)
        for number, row in enumerate(reader, 1):
            yield number, {name: row.get(name) or "" for name in COLUMNS}
    except csv.Error as error:
        raise InputError.at(
            path, f"this is no CSV ({error}); name the table as it was published", reader.reader.line_num
        ) from None


def _item(number: int, row: Mapping[str, str]) -> Item | None:
    question, listed = row["question"].strip(), read_literal(row["options"])
    if question.lower() in ("", "nan") or not isinstance(listed, list | tuple):
        return None
    options = [" ".join(str(option).split()) for option in listed]
    kept = [place for place, option in enumerate(options) if option and not _NO_OPINION.fullmatch(option)]
    names = [options[place] for place in kept]
    answers = {
        country: shares
        for country, given in read_selections(row["selections"]).items()
        if (shares := fitted(given, len(options), kept))
    }
    if not 2 <= len(names) <= len(LETTERS) or len({name.casefold() for name in names}) < len(names) or not answers:
        return None
    places = "\n".join(f"{{option_{place}}}" for place in range(1, len(names) + 1))
    return Item(
        id=f"row-{number}",
        category=row["source"].strip()[:LONGEST_ID] or "survey",
        prompt=f"{question}\n\n{places}\n\nAnswer with the letter of one of them alone.",
        options=names,
        letters=True,
        data={"answers": answers},
    )


def read_literal(text: str) -> Any:
    """The Python value that `text` prints, NaN and infinities as None; None where it prints none."""
    try:
        return ast.literal_eval(_NAN.sub(lambda found: found[1] or "None", text.strip()))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def read_selections(text: str) -> dict[str, list[Any]]:
    """Countries with what their people chose, of the printed dictionary in `text`; nothing where there is none."""
    inner = _INNER.search(text)
    found = read_literal(inner[0]) if inner else None
    if not isinstance(found, dict):
        return {}
    return {str(name): list(given) for name, given in found.items() if isinstance(given, list | tuple)}


def fitted(given: list[Any], options: int, kept: list[int]) -> list[float] | None:
    """The shares of the `kept` ones of so many options, which add up to 1; None where the numbers fit neither all
    options nor those, where one is no number of 0 or more, and where they are all 0."""
    if len(given) == options:
        given = [given[place] for place in kept]
    if len(given) != len(kept) or not all(type(each) in (int, float) for each in given):
        return None
    try:
        return list(normalised(given))
    except ValueError:
        return None
