"""A folder of labels: `draw.json`, what was drawn and why, and `labels.jsonl`, what people said, one label a line.

`draw.json` holds arms, checkpoints and what the judge said: it is not for raters.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inoc_evals.definitions.reading import Row, read_object, read_rows
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError
from inoc_evals.files import check_writable, whole, write_whole
from inoc_evals.results.claim import claimed
from inoc_evals.results.label import Drawn, Label, Labels, Points, Pool

DRAW = "draw.json"
LABELS = "labels.jsonl"
FORMAT = "inoc_evals_labels"
_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class _Draw(BaseModel):
    model_config = _STRICT
    inoc_evals_labels: Annotated[int, Field(ge=1, le=1)]
    rubric: str
    version: str
    identity: str
    key: str
    judge: str
    seed: int
    pools: tuple[Pool, ...]
    drawn: tuple[Drawn, ...]


class _Line(BaseModel):
    model_config = _STRICT
    response: str
    rater: Annotated[str, Field(pattern=r"\S")]
    value: Points | None
    word: str | None
    note: str
    sheet: str
    read: str


@dataclass(frozen=True)
class Added:
    """How many labels were `new`, stood there `alike` before, and were `changed`."""

    new: int
    alike: int
    changed: int


def write_draw(folder: Path, labels: Labels) -> None:
    """Write the draw of `labels` into `folder`, and its labels if it has any. Raises InputError where a draw is there
    already, since labels belong to one draw, and WorkError where the folder cannot be written to."""
    refuse_drawn(folder)
    check_writable(folder / DRAW)
    with claimed(folder):
        refuse_drawn(folder)
        if labels.labels:
            _write_lines(folder, [_line(label, "", _now()) for label in labels.labels])
        head = {FORMAT: 1, **{field.name: getattr(labels, field.name) for field in fields(labels)}}
        del head["labels"]
        head["pools"] = [asdict(each) for each in labels.pools]
        head["drawn"] = [asdict(each) for each in labels.drawn]
        # Last, since a folder with a draw counts as whole.
        write_whole(folder / DRAW, json.dumps(head, indent=1, allow_nan=False) + "\n")


def refuse_drawn(folder: Path) -> None:
    """Raise InputError where `folder` holds a draw."""
    if (folder / DRAW).exists():
        message = "responses were drawn into this folder already, and labels belong to their draw"
        raise InputError.at(
            folder / DRAW, f"{message}; go on with `judges labels {shlex.quote(str(folder))}`, or name another folder"
        )


def holds_draw(folder: Path) -> bool:
    """Is `folder` a folder of labels?"""
    return (folder / DRAW).is_file()


def read_labels(folder: Path) -> Labels:
    """The draw in `folder` and all labels of it; of two that one rater gave a response the later one counts.

    Raises InputError with file:line:column where there is no draw, and for what was not written as one.
    """
    path = folder / DRAW
    if folder.is_dir() and not path.exists():
        message = (
            "there is no draw.json; draw responses with `inoc-evals judges label`, or name the folder that has one"
        )
        raise InputError.at(folder, message)
    data = read_object(path, "a folder that `inoc-evals judges label` wrote")
    try:
        # Where types are strict, only JSON makes a dataclass.
        draw = _Draw.model_validate_json(json.dumps(data))
    except ValidationError as error:
        raise InputError.at(path, f"{_first(error)}; restore the file, or draw again") from None
    names = [each.response for each in draw.drawn]
    if len(set(names)) < len(names):
        double = next(name for place, name in enumerate(names) if name in names[:place])
        raise InputError.at(path, f"response {double} stands twice; restore the file, or draw again")
    return Labels(
        rubric=draw.rubric,
        version=draw.version,
        identity=draw.identity,
        key=draw.key,
        judge=draw.judge,
        seed=draw.seed,
        pools=draw.pools,
        drawn=draw.drawn,
        labels=tuple(_read_lines(folder, frozenset(names))),
    )


def add_labels(folder: Path, given: Sequence[tuple[Label, Path]], *, replace: bool = False) -> Added:
    """Add labels, each with the sheet that it stands on, to those in `folder`, all of them or nothing. What stands
    there alike is not written again. With `replace` a rater's other label of a response takes the place of the first,
    which stays in the file.

    Raises InputError where a rater labelled a response otherwise before, and WorkError.
    """
    with claimed(folder):
        counted = {(label.response, label.rater): label for label in read_labels(folder).labels}
        fresh, changed = list[tuple[Label, Path]](), list[tuple[Label, Label, Path]]()
        for label, sheet in given:
            old = counted.get((label.response, label.rater))
            if old != label:
                fresh.append((label, sheet))
            if old is not None and old != label:
                changed.append((label, old, sheet))
            counted[label.response, label.rater] = label
        if changed and not replace:
            label, old, sheet = changed[0]
            what = f"{len(changed)} labels of rater {label.rater} are others than before"
            first = f"the first is that of response {label.response}: {said(label)}, and before {said(old)}"
            message = f"{what} ({first}); add --replace if the rater has changed their mind, or name another rater"
            raise InputError.at(sheet, message)
        if fresh:
            _write_lines(folder, [*_lines(folder), *(_line(label, sheet.name, _now()) for label, sheet in fresh)])
        return Added(len(fresh) - len(changed), len(given) - len(fresh), len(changed))


def said(label: Label) -> str:
    """What a rater said, in short: the word, or the number."""
    return label.word if label.word is not None else f"{label.value:g}"


def _line(label: Label, sheet: str, read: str) -> dict[str, Any]:
    return {**asdict(label), "sheet": sheet, "read": read}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _lines(folder: Path) -> list[dict[str, Any]]:
    path = folder / LABELS
    return [row.data for row in read_rows(path, "labels", "one label a line")] if path.exists() else []


def _write_lines(folder: Path, lines: Sequence[dict[str, Any]]) -> None:
    with whole(folder / LABELS) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")


def _read_lines(folder: Path, drawn: frozenset[str]) -> list[Label]:
    path = folder / LABELS
    if not path.exists():
        return []
    last: dict[tuple[str, str], Label] = {}
    for row in read_rows(path, "labels as `judges labels` writes them", "one label a line"):
        label = _label(path, row)
        if label.response not in drawn:
            message = f"response {shown(label.response)} is not in the draw beside this file; remove the line"
            raise InputError.at(path, message, row.line, row.column("response"))
        last[label.response, label.rater] = label
    return list(last.values())


def _label(path: Path, row: Row) -> Label:
    try:
        line = _Line.model_validate(row.data)
    except ValidationError as error:
        column = row.column(str(error.errors(include_url=False)[0]["loc"][0]))
        raise InputError.at(path, f"{_first(error)}; restore or remove the line", row.line, column) from None
    if line.value is None and line.word is None:
        message = "a label has a value or a word, and this one has neither; restore or remove the line"
        raise InputError.at(path, message, row.line, row.column("value"))
    return Label(line.response, line.rater, line.value, line.word, line.note)


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(step) for step in first["loc"]) or "the file"
    return f"{where} is not as it was written ({first['msg'].lower()})"
