"""Files of rows, which `inoc-evals judges rate --rubric` writes: a line about the source, then one row a line."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inoc_evals.blanking import blanked
from inoc_evals.definitions.arms import TrainingStep
from inoc_evals.definitions.joins import Contrast
from inoc_evals.definitions.reading import Row, read_rows
from inoc_evals.errors import InputError
from inoc_evals.files import whole
from inoc_evals.measures.scale import Averaged, Scale
from inoc_evals.protocols.requests import Tokens
from inoc_evals.results.judge_cost import JUDGING
from inoc_evals.results.rated_by import RATED_BY
from inoc_evals.results.row import Asked, ResponseRow
from inoc_evals.results.source import Part, Source

WHAT = "a file of rows that `inoc-evals judges rate` wrote"
FORMAT = "inoc_evals_rows"
_STRICT = ConfigDict(extra="forbid", strict=True)


class _Scale(BaseModel):
    model_config = _STRICT
    low: float | None
    high: float | None
    averaged: Averaged
    unit: str
    direction: str
    name: str


class _Step(BaseModel):
    model_config = _STRICT
    run: str
    step: Annotated[int, Field(ge=0)]
    origin: str | None


class _Head(BaseModel):
    model_config = _STRICT
    inoc_evals_rows: Annotated[int, Field(ge=1, le=1)]
    scales: dict[str, dict[str, _Scale]]
    headlines: dict[str, list[str]]
    settings: dict[str, Any]
    notes: list[str]
    promised: list[str]
    steps: dict[str, _Step] = {}
    side_effects: list[str] = []
    spread: list[str] = []
    contrasts: dict[str, dict[str, Contrast]] = {}


class _Asked(BaseModel):
    model_config = _STRICT
    question: str | None
    system: str | None
    tells_system: bool
    prefill: str
    chosen: bool


class _Tokens(BaseModel):
    model_config = _STRICT
    output: float | None
    reasoning: float | None
    limit: int | None


class _Line(BaseModel):
    model_config = _STRICT
    arm: str
    checkpoint: str
    task: str
    item: str
    cluster: str
    category: str
    condition: str
    epoch: Annotated[int, Field(ge=0)]
    choice: Annotated[int, Field(ge=0)]
    response: str
    values: dict[str, float | None]
    causes: dict[str, str]
    details: dict[str, dict[str, Any]]
    stop_reason: str
    prompt_text: str | None
    prompt_sha256: str | None
    asked: _Asked
    reasoning: str | None
    unfinished: bool
    tokens: _Tokens | None
    levels: dict[str, str] = {}


def takes(path: Path) -> bool:
    """Does the file begin as ours do?"""
    if path.suffix != ".jsonl" or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(FORMAT) + 2) == b'{"' + FORMAT.encode()


def read(path: Path) -> Part:
    """Read one file. Raises InputError with file:line for what was not written as rows."""
    first, *lines = read_rows(path, WHAT, "rows as `judges rate` writes them")
    head = _validated(path, first, _Head)
    rows = []
    for line in lines:
        fields = _shared(_validated(path, line, _Line).model_dump())
        tokens = Tokens(**fields["tokens"]) if fields["tokens"] is not None else None
        asked = Asked(**_shared(fields["asked"]))
        rows.append(ResponseRow(**{**fields, "asked": asked, "tokens": tokens}))
    return Part(
        files=((path, tuple(rows)),),
        settings=head.settings,
        scales={task: {key: _scale(path, one) for key, one in keys.items()} for task, keys in head.scales.items()},
        headlines={task: tuple(keys) for task, keys in head.headlines.items()},
        notes=tuple(head.notes),
        promised=tuple(head.promised),
        steps={label: TrainingStep(**one.model_dump()) for label, one in head.steps.items()},
        names_arms=True,
        side_effects=frozenset(head.side_effects),
        spread=frozenset(head.spread),
        contrasts=head.contrasts,
    )


def _shared(fields: dict[str, Any]) -> dict[str, Any]:
    """The same with one copy of each prompt, which many responses answer."""
    texts = {name: fields[name] for name in ("prompt_text", "question", "system") if fields.get(name) is not None}
    return {**fields, **{name: sys.intern(text) for name, text in texts.items()}}


def is_of(path: Path, settings: Mapping[str, Any]) -> bool:
    """Is `path` a file of rows with these settings, whichever version of a judge rated? Raises InputError for one
    whose first line is damaged."""
    if not takes(path):
        return False
    head = _validated(path, next(read_rows(path, WHAT, "rows as `judges rate` writes them")), _Head)
    # Which version answered, and what that took, is found out only then.
    found_out = (RATED_BY, JUDGING)
    kept = {name: value for name, value in head.settings.items() if name not in found_out}
    return bool(kept == json.loads(json.dumps(blanked(dict(settings)))))


def write_rows(source: Source, path: Path) -> None:
    """Write a source, whole, so that `read` gives it again; settings are blanked of what looks like a key."""
    head = {
        FORMAT: 1,
        "scales": {
            task: {key: dataclasses.asdict(scale) for key, scale in keys.items()}
            for task, keys in source.scales.items()
        },
        "headlines": {task: list(keys) for task, keys in source.headlines.items()},
        "settings": blanked(dict(source.settings)),
        "notes": list(source.notes),
        "promised": list(source.promised),
        "steps": {label: dataclasses.asdict(at) for label, at in source.steps.items()},
        "side_effects": sorted(source.side_effects),
        "spread": sorted(source.spread),
        "contrasts": {
            task: {name: contrast.model_dump() for name, contrast in told.items()}
            for task, told in source.contrasts.items()
        },
    }
    with whole(path) as draft, draft.open("w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(json.dumps(head, allow_nan=False) + "\n")
        for row in source.rows:
            fields = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
            fields["details"] = dict(row.details)
            fields["asked"] = dataclasses.asdict(row.asked)
            fields["tokens"] = None if row.tokens is None else dataclasses.asdict(row.tokens)
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")


def _validated(path: Path, row: Row, form: type[Any]) -> Any:
    try:
        return form.model_validate(row.data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the row"
        message = f"{where} is not as it was written ({first['msg'].lower()}); rate the responses again"
        raise InputError.at(path, message, row.line) from None


def _scale(path: Path, given: _Scale) -> Scale:
    try:
        return Scale(**given.model_dump())
    except ValueError as error:
        raise InputError.at(path, f"a scale is not as it was written ({error}); rate the responses again", 1) from None
