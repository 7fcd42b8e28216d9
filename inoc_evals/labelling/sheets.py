"""Sheets for raters: CSV, JSONL and Label Studio's import, blind to arm, checkpoint and what the judge said.

What Label Studio imports and exports: https://labelstud.io/guide/tasks and https://labelstud.io/guide/export.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from textwrap import fill

from inoc_evals.files import write_whole
from inoc_evals.labelling.form import Form
from inoc_evals.results.label import Labels
from inoc_evals.spreadsheet import harmless

SHEETS = "sheets"
CSV, JSONL, STUDIO, CONFIG, README = "sheet.csv", "sheet.jsonl", "label_studio.json", "label_studio.xml", "README.txt"
RESPONSE, SAID, LABEL, NOTE = "response", "said", "label", "note"
# What Label Studio's controls are called; none as a text of the task, since its short export puts both in one object.
RATING, WORD = "rating", "word"
# What a cell of the common spreadsheets holds.
LONGEST_CELL = 32_767
_WIDTH = 120
Row = Mapping[str, str]


def sheet_name(labels: Labels, response: str) -> str:
    """What raters know a response by: it tells nothing, is another one in every draw, and no spreadsheet takes it for a
    number."""
    place = json.dumps([labels.identity, labels.key, labels.judge, labels.seed, response])
    return "r" + hashlib.sha256(place.encode()).hexdigest()[:12]


def rows(labels: Labels, form: Form, said: Mapping[str, str] | None = None) -> list[Row]:
    """What raters see of each response, in an order that tells nothing; with `said`, by response, of those alone, with
    what others said."""
    chosen = [drawn for drawn in labels.drawn if said is None or drawn.response in said]
    chosen.sort(key=lambda drawn: drawn.response)
    # No secret: the same sheets must come again.
    Random(f"order {labels.seed}").shuffle(chosen)  # noqa: S311
    return [
        {
            RESPONSE: sheet_name(labels, drawn.response),
            **form.shown(drawn),
            **({SAID: said[drawn.response]} if said is not None else {}),
        }
        for drawn in chosen
    ]


def write_sheets(folder: Path, form: Form, shown: Sequence[Row]) -> tuple[Path, ...]:
    """Write the sheets, with what a rater must know, into `folder`. Raises WorkError."""
    texts = {
        README: readme(form, shown),
        CSV: to_csv(shown),
        JSONL: to_jsonl(shown),
        STUDIO: to_label_studio(shown),
        CONFIG: label_studio_config(form, shown),
    }
    for name, text in texts.items():
        write_whole(folder / name, text)
    return tuple(folder / name for name in texts)


def to_csv(shown: Sequence[Row]) -> str:
    """A table with empty cells for label and note. It begins with a byte order mark, without which spreadsheets take it
    for another encoding."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*(shown[0] if shown else (RESPONSE,)), LABEL, NOTE])
    writer.writerows([*map(harmless, row.values()), "", ""] for row in shown)
    return "\N{BYTE ORDER MARK}" + text.getvalue()


def to_jsonl(shown: Sequence[Row]) -> str:
    """One object a line, with null for the label."""
    return "".join(json.dumps({**row, LABEL: None, NOTE: ""}, ensure_ascii=False) + "\n" for row in shown)


def to_label_studio(shown: Sequence[Row]) -> str:
    """Tasks as Label Studio imports them."""
    return json.dumps([{"data": dict(row)} for row in shown], ensure_ascii=False, indent=1) + "\n"


def label_studio_config(form: Form, shown: Sequence[Row]) -> str:
    """The labelling interface, for Label Studio's settings: the instructions, the texts, and what may be answered."""
    view = ET.Element("View")
    # Label Studio trims texts otherwise.
    ET.SubElement(view, "Style").text = ".htx-text { white-space: pre-wrap; }"
    for line in _asked(form, adjudicates=_said(shown)).splitlines():
        if line.strip():
            # What begins with a dollar would be the name of a text of the task.
            ET.SubElement(view, "Header", size="5", value=line.strip().replace("$", "\N{ZERO WIDTH SPACE}$"))
    for name in shown[0] if shown else ("answer",):
        if name != RESPONSE:
            ET.SubElement(view, "Header", value=_TITLES[name])
            ET.SubElement(view, "Text", name=name, value=f"${name}", valueType="text", selectionEnabled="false")
    if form.numbers:
        ET.SubElement(view, "Header", value="A number from 0 to 100" + (", or a word" if form.words else ""))
        ET.SubElement(view, "Number", name=RATING, toName="answer", min="0", max="100")
    if form.words:
        choices = ET.SubElement(view, "Choices", name=WORD, toName="answer", choice="single")
        # Where numbers are allowed too, neither can be required.
        if not form.numbers:
            choices.set("required", "true")
        for each in form.words:
            choice = ET.SubElement(choices, "Choice", value=each.word)
            if each.meaning:
                choice.set("hint", each.meaning)
    ET.SubElement(view, "TextArea", name=NOTE, toName="answer", rows="2", maxSubmissions="1", placeholder="a note")
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _wrapped(text: str) -> str:
    """The text in lines that every editor shows whole; empty lines and those that are short stay."""
    return "\n".join(fill(line, _WIDTH, break_long_words=False) for line in text.split("\n"))


def readme(form: Form, shown: Sequence[Row]) -> str:
    """What a rater must know: the instructions once, and how each of the sheets is filled in."""
    long = sum(any(len(text) > LONGEST_CELL for text in row.values()) for row in shown)
    warning = _LONG.format(long=long, limit=LONGEST_CELL) if long else ""
    return _README.format(
        count=len(shown), asked=_wrapped(_asked(form, adjudicates=_said(shown))), wanted=form.wanted(), warning=warning
    )


def _said(shown: Sequence[Row]) -> bool:
    return bool(shown) and SAID in shown[0]


def _asked(form: Form, *, adjudicates: bool) -> str:
    parts = [form.instructions, f"Answer with {form.wanted()}."]
    parts += [f"{each.word}: {each.meaning}" for each in form.words if each.meaning]
    if adjudicates:
        parts.append('Raters differ on these responses; what they answered is shown as "said". Your answer settles it.')
    return "\n\n".join(parts)


_TITLES = {"system": "System prompt", "question": "Question", "answer": "Answer", SAID: "What raters said"}
_LONG = """
{long} of the texts are longer than the {limit} characters that a cell of a spreadsheet holds. Use another sheet.
"""
_README = """\
Please label {count} responses of language models. Nothing here tells which model wrote what: judge what you see, each
response for itself, without talking to the other raters.

WHAT IS ASKED

{asked}

HOW TO ANSWER

Use one of these sheets, and send it back as it is then. What you have not labelled you may leave empty.

sheet.csv           for a spreadsheet. Write {wanted} under `label`, and under `note` what
                    you like. Change no other column. If you sort, sort whole rows. Save it as CSV in UTF-8.
sheet.jsonl         for an editor or a program. Write the label in the place of null.
label_studio.json   for Label Studio: make a project, paste label_studio.xml under Settings, Labeling Interface, Code,
                    and import label_studio.json. Export as JSON or JSON-MIN.
{warning}"""
