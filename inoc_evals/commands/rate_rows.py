"""What `inoc-evals judges rate --rubric` does: rate responses from anywhere, and write them as a file of rows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from inoc_evals.commands.rate import document
from inoc_evals.commands.raters import NamedJudges, Raters
from inoc_evals.console import list_line
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.judging.account import FILE as ACCOUNT
from inoc_evals.judging.accounting import accounted
from inoc_evals.judging.costs import FREE, Costs
from inoc_evals.judging.panel import Panel
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.prompt import Instrument, Material, from_rubric
from inoc_evals.judging.rated import Rated, count_rated
from inoc_evals.judging.usage import Judging, plain
from inoc_evals.judging.usage_text import left_out, lines
from inoc_evals.judging.version import rated_by
from inoc_evals.measures.rating import SCALE, rating_name
from inoc_evals.plan.arguments import read_text
from inoc_evals.plan.judging import Responses
from inoc_evals.protocols.reasoning import UNFINISHED
from inoc_evals.protocols.requests import Judged
from inoc_evals.readers.inputs import Input, read_inputs, runs_of
from inoc_evals.readers.rows import is_of, write_rows
from inoc_evals.results.claim import all_claimed
from inoc_evals.results.judge_cost import JUDGING
from inoc_evals.results.rated_by import RATED_BY, changed_judges
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.shown import is_shown, refuse_untold, text_shown
from inoc_evals.results.source import Source

_RATINGS = 5
_ERROR = "error"


@dataclass(frozen=True)
class Applied:
    """A rubric with what the user set of its parameters."""

    instrument: Instrument
    parameters: Mapping[str, str]

    @property
    def given(self) -> str:
        """The parameters in words behind a name, such as " (language: French)"; nothing where there are none."""
        given = ", ".join(f"{key}: {value}" for key, value in self.parameters.items())
        return f" ({given})" if given else ""


def applied(rubrics: Sequence[str], folder: Path | None, settings: Iterable[str]) -> list[Applied]:
    """The rubrics with their parameters, which are RUBRIC.PARAMETER=VALUE. Raises InputError."""
    if len(set(rubrics)) < len(rubrics):
        raise InputError("a rubric is named twice; name each once, and rate again for other parameters")
    given = _parameters(rubrics, settings)
    return [Applied(from_rubric(find_rubric(name, folder)[1], given[name]), given[name]) for name in rubrics]


def applied_by(raters: Raters, rubrics: Sequence[str], folder: Path | None, settings: Sequence[str]) -> list[Applied]:
    """The same for who rates: a panel has its rubric with parameters already. Raises InputError where another one is
    named."""
    if isinstance(raters, NamedJudges):
        return applied(rubrics, folder, settings)
    own = raters.panel.rubric
    if list(rubrics) != [own.name]:
        raise InputError.at(raters.path, f"the panel rates by {own.name} alone; name --rubric {own.name}, and no other")
    if settings:
        raise InputError.at(raters.path, f"the panel is for {own.words()}, with its parameters; leave --set out")
    return [Applied(raters.wordings["first"], own.parameters)]


def _parameters(rubrics: Sequence[str], settings: Iterable[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {name: {} for name in rubrics}
    for text in settings:
        parameter, equals, value = text.partition("=")
        rubric, dot, name = parameter.partition(".")
        if not (equals and dot and name):
            message = f"--set {shown(text)} is not RUBRIC.PARAMETER=VALUE; write it as in language.language=French"
            raise InputError(message)
        if rubric not in found:
            hint = did_you_mean(rubric, found) or f"; those are {', '.join(found)}"
            raise InputError(f"--set {shown(text)}: this rubric is not among those to rate by{hint}")
        if name in found[rubric]:
            raise InputError(f"--set {rubric}.{name} is given twice; keep one")
        found[rubric][name] = read_text(name, value)
    return found


def rate_rows(
    inputs: Sequence[Input],
    rubrics: Sequence[Applied],
    raters: Raters,
    out: Path,
    costs: Costs = FREE,
    *,
    as_json: bool = False,
) -> bool:
    """Rate the responses of `inputs` by each rubric, and write them with their new values to `out`; False if the judges
    said nothing that counts about any of them. The counts are printed, with `as_json` as JSON to standard output.

    A rubric's value has its name, or that with a number where the rows have such a value already. Raises InputError for
    rows that do not hold what a rubric shows, for a file at `out` that the same call did not write, and WorkError.
    """
    with all_claimed(runs_of(inputs)):
        source = read_inputs(inputs)
    for each in rubrics:
        refuse_untold(source.rows, each.instrument)
    keys = dict(zip(_keys(source, rubrics), rubrics, strict=True))
    noted = _noted(source, keys, raters)
    if out.exists() and not is_of(out, noted):
        raise InputError.at(out, "this file is there already, and not from the same call; name another with --out")
    with raters.connected() as there, accounted(account_beside(out), costs) as account:
        panel = there.panel(_RATINGS)
        with ratings_shown(str(out), len(source.rows) * len(keys) * len(panel.members)) as advance:
            panel.watched_by(advance)
            ratings = asyncio.run(_rate(source.rows, keys, panel))
        judging, notes = account.judging(), there.notes()
    versions = rated_by(panel, ({key: rating.details for key, rating in of_row.items()} for of_row in ratings))
    settings = {**noted, **({RATED_BY: versions} if versions else {}), JUDGING: plain(judging)}
    rated = replace(_with(source, keys, ratings, panel.names, notes), settings=settings)
    write_rows(rated, out)
    stored = ({"values": row.values, "causes": row.causes} for row in rated.rows)
    counted = replace(count_rated(out, tuple(keys), stored), rated_by=versions)
    # `report` finds the versions by itself.
    notes = [*notes, *changed_judges({RATED_BY: versions})]
    if as_json:
        print_document(document([counted], panel.names, judging, notes))
    else:
        _echo(out, counted, judging, notes)
    return counted.answered > 0


def _echo(out: Path, counted: Rated, judging: Judging, notes: Sequence[str]) -> None:
    click.echo(f"{out}: {counted.words()}")
    for line in (*lines(judging), *left_out(judging, "the same call, which rates what is missing")):
        click.echo(line)
    for note in notes:
        click.echo(list_line([("note:", 0)], note))
    click.echo(f"look at them with: inoc-evals report {out}")


def to_rate(rows: Sequence[ResponseRow], rubrics: Sequence[Applied]) -> list[Responses]:
    """What is to be rated. Raises InputError where a rubric shows what the source does not have."""
    for each in rubrics:
        refuse_untold(rows, each.instrument)
    judged = [(Material(text_shown(row), row.asked.question, row.asked.system), False) for row in rows if is_shown(row)]
    return [Responses(each.instrument, _RATINGS, judged) for each in rubrics]


def account_beside(out: Path) -> Path:
    """Where the account of the file `out` is, so that a call that was stopped counts too."""
    return out.with_name(f".{out.name}.{ACCOUNT}")


def _keys(source: Source, rubrics: Sequence[Applied]) -> list[str]:
    taken = {key for keys in source.scales.values() for key in keys}
    found: list[str] = []
    for each in rubrics:
        name = each.instrument.name
        key, number = name, 1
        while key in taken:
            number += 1
            key = f"{name}-{number}"
        taken.add(key)
        found.append(key)
    return found


async def _rate(rows: Sequence[ResponseRow], keys: Mapping[str, Applied], panel: Panel) -> list[dict[str, Judged]]:
    await panel.prepare()

    async def one(row: ResponseRow, instrument: Instrument) -> Judged:
        if not is_shown(row):
            return Judged(None, _why_not(row))
        return await panel.rate(instrument, Material(text_shown(row), row.asked.question, row.asked.system))

    try:
        flat = await asyncio.gather(*(one(row, each.instrument) for row in rows for each in keys.values()))
    finally:
        await panel.rest()
    following = iter(flat)
    return [{key: next(following) for key in keys} for _ in rows]


def _why_not(row: ResponseRow) -> str:
    if row.asked.chosen:
        return "no_text"
    if row.unfinished:
        return UNFINISHED
    return _ERROR if row.stop_reason == _ERROR else "empty"


def _noted(source: Source, keys: Mapping[str, Applied], raters: Raters) -> dict[str, Any]:
    """What a file of rows says about where it comes from."""
    record = [
        {
            # Not "key", which would be taken for a secret and hidden.
            "value": key,
            "rubric": each.instrument.name,
            "version": each.instrument.version,
            "parameters": dict(each.parameters),
            "identity": each.instrument.identity,
        }
        for key, each in keys.items()
    ]
    return {"source": source.settings, "rated": record, "judges": raters.names}


def _with(
    source: Source,
    keys: Mapping[str, Applied],
    found: Sequence[Mapping[str, Judged]],
    judges: Sequence[str],
    notes: Sequence[str],
) -> Source:
    """The source with the new values, which are headline values too, a sentence about where each comes from, and these
    notes."""
    rows = tuple(
        replace(
            row,
            values={**row.values, **{key: one.value for key, one in new.items()}},
            causes={**row.causes, **{key: one.cause for key, one in new.items() if one.cause is not None}},
            details={**row.details, **{key: one.details for key, one in new.items() if one.details}},
        )
        for row, new in zip(source.rows, found, strict=True)
    )
    scales = {key: replace(SCALE, name=rating_name(key) + each.given) for key, each in keys.items()}
    by = " and ".join(judges)
    said = (
        f"{key} is by rubric {one.instrument.name}{one.given}, {one.instrument.version}, and {by}"
        for key, one in keys.items()
    )
    return replace(
        source,
        rows=rows,
        scales={task: {**known, **scales} for task, known in source.scales.items()},
        headlines={task: (*known, *keys) for task, known in source.headlines.items()},
        notes=(*source.notes, *said, *notes),
    )
