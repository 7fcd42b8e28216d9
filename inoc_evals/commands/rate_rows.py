"""What `inoc-evals judges rate --rubric` does: rate responses from anywhere, and write them as a file of rows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import click

from inoc_evals.commands.rate import document
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.judging.connect import default_cache, judge_models, judge_of
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.judge import Judge, prepare_all
from inoc_evals.judging.panel import rate_panel
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.prompt import Instrument, Material, from_rubric
from inoc_evals.judging.rated import count_rated
from inoc_evals.measures.rating import rating_name
from inoc_evals.measures.scale import Scale
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.readers.rows import write_rows
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Source

_RATINGS = 5
_SCALE = Scale(0.0, 100.0, "mean", "points")


@dataclass(frozen=True)
class _Rated:
    value: float | None
    cause: str | None
    details: Mapping[str, Any]


def rate_rows(
    inputs: Sequence[Input],
    rubrics: Sequence[str],
    folder: Path | None,
    judges: Sequence[str],
    out: Path,
    *,
    as_json: bool = False,
) -> bool:
    """Rate the responses of `inputs` by each rubric, and write them with their new values to `out`; False if the judges
    said nothing that counts about any of them. The counts are printed, with `as_json` as JSON.

    A rubric's value has its name, or that with a number where the rows have such a value already. Raises InputError for
    rows that do not hold what a rubric shows, and WorkError.
    """
    instruments = [from_rubric(find_rubric(name, folder)[1]) for name in rubrics]
    source = read_inputs(inputs)
    for instrument in instruments:
        _refuse(source, instrument)
    keys = dict(zip(_keys(source, rubrics), instruments, strict=True))
    with judge_models(judges) as models:
        asked = [judge_of(model, default_cache(), _RATINGS) for model in models]
        with ratings_shown(str(out), len(source.rows) * len(keys) * len(asked)) as advance:
            for judge in asked:
                judge.watch = advance
            found = asyncio.run(_rate(source.rows, keys, asked))
        names = [judge.id for judge in asked]
    rated = _with(source, keys, found, names)
    write_rows(rated, out)
    stored = ({"values": row.values, "causes": row.causes} for row in rated.rows)
    counted = count_rated(out, tuple(keys), stored)
    if as_json:
        print_document(document([counted], names))
    else:
        click.echo(f"{out}: {counted.words()}")
    return counted.answered > 0


def _refuse(source: Source, instrument: Instrument) -> None:
    if instrument.rubric is not None and instrument.rubric.shows_system_prompt:
        raise InputError(f"rubric {instrument.name} shows the judge the system prompt, which rows do not hold")
    if not instrument.sees_question:
        return
    for row in source.rows:
        if row.prompt_text is None or row.prompt_sha256 is not None:
            what = f"rubric {instrument.name} shows the judge the question, which the rows of {row.task} do not hold"
            raise InputError(f"{what}; rate logs of our own tasks without --rubric, or choose one for answers alone")


def _keys(source: Source, rubrics: Sequence[str]) -> list[str]:
    taken = {key for keys in source.scales.values() for key in keys}
    found: list[str] = []
    for name in rubrics:
        key, number = name, 1
        while key in taken:
            number += 1
            key = f"{name}-{number}"
        taken.add(key)
        found.append(key)
    return found


async def _rate(
    rows: Sequence[ResponseRow], keys: Mapping[str, Instrument], judges: Sequence[Judge]
) -> list[dict[str, _Rated]]:
    await prepare_all(judges)

    async def one(row: ResponseRow, instrument: Instrument) -> _Rated:
        if not row.response.strip():
            return _Rated(None, "empty", {})
        question = row.prompt_text if instrument.sees_question else None
        verdict, by_judge = await rate_panel(judges, instrument, Material(row.response, question))
        return _Rated(verdict.value, verdict.cause, _details(verdict, by_judge))

    try:
        flat = await asyncio.gather(*(one(row, instrument) for row in rows for instrument in keys.values()))
    finally:
        for judge in judges:
            await judge.rest()
    following = iter(flat)
    return [{key: next(following) for key in keys} for _ in rows]


def _details(verdict: Verdict, by_judge: Mapping[str, Verdict]) -> dict[str, Any]:
    details = {key: value for key, value in asdict(verdict).items() if value not in (None, {})}
    if len(by_judge) > 1:
        details["judges"] = {name: each.value for name, each in by_judge.items()}
    return details


def _with(
    source: Source, keys: Mapping[str, Instrument], found: Sequence[Mapping[str, _Rated]], judges: Sequence[str]
) -> Source:
    """The source with the new values, which are headline values too, and a sentence about where each comes from."""
    rows = tuple(
        replace(
            row,
            values={**row.values, **{key: one.value for key, one in new.items()}},
            causes={**row.causes, **{key: one.cause for key, one in new.items() if one.cause is not None}},
            details={**row.details, **{key: one.details for key, one in new.items() if one.details}},
        )
        for row, new in zip(source.rows, found, strict=True)
    )
    scales = {key: replace(_SCALE, name=rating_name(key)) for key in keys}
    by = " and ".join(judges)
    record = [
        {"key": key, "rubric": instrument.name, "version": instrument.version, "identity": instrument.identity}
        for key, instrument in keys.items()
    ]
    return replace(
        source,
        rows=rows,
        scales={task: {**known, **scales} for task, known in source.scales.items()},
        headlines={task: (*known, *keys) for task, known in source.headlines.items()},
        settings={"source": source.settings, "rated": record, "judges": list(judges)},
        notes=(*source.notes, *(f"{key} is by rubric {one.name} {one.version} and {by}" for key, one in keys.items())),
    )
