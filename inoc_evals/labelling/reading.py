"""What stands in sheets that come back from raters -> labels, with the place of everything that is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError
from inoc_evals.labelling.entries import TEXTS, Entry, read_entries
from inoc_evals.labelling.form import Form
from inoc_evals.labelling.order import sorted_alone
from inoc_evals.labelling.sheets import LABEL, LONGEST_CELL, NOTE, RATING, RESPONSE, SAID, WORD, rows, sheet_name
from inoc_evals.results.label import ADJUDICATED, Drawn, Label, Labels
from inoc_evals.spreadsheet import GUARDED

# What spreadsheets and editors change without anyone noticing.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]")
_MOST_SHOWN = 10


def read_sheet(path: Path, labels: Labels, form: Form, rater: str | None = None) -> list[Label]:
    """The labels of a sheet, by the `rater` who is named or, without one, by those whom an export of Label Studio
    names. On a sheet of what raters differ on the labels are adjudicated ones. Responses without a label are left out.

    Raises InputError, for all that is wrong, with file:line:column: a response that is not in this draw, a text that is
    not the drawn one, an answer that the rubric does not have, a response that somebody labels twice; and where labels
    were sorted without their rows.
    """
    entries = list(read_entries(path))
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


def _written(labels: Labels, form: Form, entries: Sequence[Entry], by_name: Mapping[str, Drawn]) -> list[str]:
    """The responses of a sheet, by the names that it has for them, in the order in which it was written."""
    there = {by_name[name].response for name in map(_name, entries) if name in by_name}
    settles = any(SAID in entry.cells for entry in entries)
    return [row[RESPONSE] for row in rows(labels, form, dict.fromkeys(there, "") if settles else None)]


def _refuse_sorted(path: Path, given: Sequence[tuple[Label, Entry]], written: Sequence[str]) -> None:
    """Raise InputError where somebody's labels are in order, and their responses as they were `written`."""
    for rater in dict.fromkeys(label.rater for label, _ in given):
        own = [(label, entry) for label, entry in given if label.rater == rater]
        # Words among numbers go to one end, and words alone are in the order of the alphabet.
        words = sorted({label.word for label, _ in own if label.word is not None})
        values = [(label.value, entry) for label, entry in own if label.word is None and label.value is not None]
        said = values or [(float(words.index(label.word)), entry) for label, entry in own if label.word is not None]
        if sorted_alone([each for each, _ in said], [_name(entry) for _, entry in said], written):
            what = f"the {len(said)} labels of {rater} are in order from here on, but their rows are not"
            remedy = "put the labels back beside their responses; if they are there, sort whole rows by response"
            raise InputError.at(path, f"{what}, as after sorting one column alone; {remedy}", *said[0][1].place(LABEL))


def _name(entry: Entry) -> str:
    name = entry.cells.get(RESPONSE)
    return name.strip() if isinstance(name, str) else ""


def _label(path: Path, entry: Entry, by_name: Mapping[str, Drawn], form: Form, rater: str) -> Label:
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


def _refuse_changed(path: Path, entry: Entry, texts: Mapping[str, str], by_name: Mapping[str, Drawn]) -> None:
    """Raise InputError where a text is not the one that was drawn: then the label may be another response's."""
    for column in TEXTS:
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


def _rater(path: Path, entry: Entry, rater: str | None) -> str:
    if SAID in entry.cells:
        if rater not in (None, ADJUDICATED):
            message = "this sheet holds what raters differ on, and its labels settle that"
            raise InputError.at(path, f"{message}; leave --rater out", *entry.place(SAID))
        return ADJUDICATED
    who = rater or entry.rater
    if who is None:
        raise InputError.at(path, "this sheet does not say who filled it in; name them with --rater NAME")
    return who


def _refuse_several(path: Path, entries: Sequence[Entry], rater: str | None) -> None:
    """Raise InputError where one name is given for several people."""
    people = list(dict.fromkeys(entry.rater for entry in entries if entry.rater is not None))
    if rater is not None and len(people) > 1:
        message = f"the labels are by {len(people)} people ({', '.join(people)})"
        raise InputError.at(path, f"{message}; leave --rater out, and they are called so")


def _filled(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _answered(entry: Entry) -> bool:
    return any(_filled(entry.cells.get(name)) for name in (LABEL, RATING, WORD))


def _answer(entry: Entry) -> str | float:
    """What a rater answered. Raises InputError where it is two things."""
    given = [entry.cells[name] for name in (LABEL, WORD, RATING) if _filled(entry.cells.get(name))]
    if len(given) > 1:
        raise InputError(f"the label is both {given[0]} and {given[1]}; keep one")
    if isinstance(given[0], bool) or not isinstance(given[0], str | int | float):
        raise InputError(f"the label is {shown(given[0])}; write a number or a word")
    return given[0]
