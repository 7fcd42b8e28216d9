"""What `inoc-evals judges rate --rubric` does: rate responses from anywhere, and write them as a file of rows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import click

from inoc_evals.commands.rate import document
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.judging.account import FILE as ACCOUNT
from inoc_evals.judging.accounting import accounted
from inoc_evals.judging.connect import default_cache, judge_models, judge_of
from inoc_evals.judging.costs import FREE, Costs
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.expected import ToRate
from inoc_evals.judging.judge import Judge, prepare_all
from inoc_evals.judging.panel import of_panel, rate_panel
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.prompt import Instrument, Material, from_rubric
from inoc_evals.judging.rated import count_rated
from inoc_evals.judging.usage import left_out, lines, plain
from inoc_evals.judging.version import rated_by
from inoc_evals.measures.rating import SCALE, rating_name
from inoc_evals.plan.arguments import read_text
from inoc_evals.plan.judging import of_responses
from inoc_evals.protocols.reasoning import UNFINISHED
from inoc_evals.readers.inputs import Input, read_inputs, runs_of
from inoc_evals.readers.rows import is_of, write_rows
from inoc_evals.results.claim import all_claimed
from inoc_evals.results.judge_cost import JUDGING
from inoc_evals.results.rated_by import RATED_BY
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


@dataclass(frozen=True)
class _Rated:
    value: float | None
    cause: str | None
    details: Mapping[str, Any]


def applied(rubrics: Sequence[str], folder: Path | None, settings: Iterable[str]) -> list[Applied]:
    """The rubrics with their parameters, which are RUBRIC.PARAMETER=VALUE. Raises InputError."""
    if len(set(rubrics)) < len(rubrics):
        raise InputError("a rubric is named twice; name each once, and rate again for other parameters")
    given = _parameters(rubrics, settings)
    return [Applied(from_rubric(find_rubric(name, folder)[1], given[name]), given[name]) for name in rubrics]


def _parameters(rubrics: Sequence[str], settings: Iterable[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {name: {} for name in rubrics}
    for text in settings:
        place, equals, value = text.partition("=")
        rubric, dot, name = place.partition(".")
        if not (equals and dot and name):
            message = f"--set {shown(text)} is not RUBRIC.PARAMETER=VALUE; write it as in language.language=French"
            raise InputError(message)
        if rubric not in found:
            hint = did_you_mean(rubric, found) or f"; add --rubric {rubric}"
            raise InputError(f"--set {shown(text)}: this rubric is not among those to rate by{hint}")
        if name in found[rubric]:
            raise InputError(f"--set {rubric}.{name} is given twice; keep one")
        found[rubric][name] = read_text(name, value)
    return found


def rate_rows(
    inputs: Sequence[Input],
    rubrics: Sequence[Applied],
    judges: Sequence[str],
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
    noted = _noted(source, keys, judges)
    if out.exists() and not is_of(out, noted):
        raise InputError.at(out, "this file is there already, and not from the same call; name another with --out")
    with judge_models(judges) as models, accounted(account_beside(out), costs) as account:
        asked = [judge_of(model, default_cache(), _RATINGS) for model in models]
        with ratings_shown(str(out), len(source.rows) * len(keys) * len(asked)) as advance:
            for judge in asked:
                judge.watch = advance
            found = asyncio.run(_rate(source.rows, keys, asked))
        names = [judge.id for judge in asked]
        judging = account.judging()
    told = rated_by(asked, ({key: one.details for key, one in each.items()} for each in found))
    settings = {**noted, **({RATED_BY: told} if told else {}), JUDGING: plain(judging)}
    rated = replace(_with(source, keys, found, names), settings=settings)
    write_rows(rated, out)
    stored = ({"values": row.values, "causes": row.causes} for row in rated.rows)
    counted = replace(count_rated(out, tuple(keys), stored), rated_by=told)
    if as_json:
        print_document(document([counted], names, judging))
    else:
        click.echo(f"{out}: {counted.words()}")
        for line in (*lines(judging), *left_out(judging, "the same call, which rates what is missing")):
            click.echo(line)
        click.echo(f"look at them with: inoc-evals report {out}")
    return counted.answered > 0


def to_rate(rows: Sequence[ResponseRow], rubrics: Sequence[Applied]) -> list[ToRate]:
    """What a judge would be asked for. Raises InputError where a rubric shows what the source does not have."""
    for each in rubrics:
        refuse_untold(rows, each.instrument)
    judged = [(Material(text_shown(row), row.asked.question, row.asked.system), False) for row in rows if is_shown(row)]
    return [of_responses(each.instrument, _RATINGS, judged) for each in rubrics]


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


async def _rate(
    rows: Sequence[ResponseRow], keys: Mapping[str, Applied], judges: Sequence[Judge]
) -> list[dict[str, _Rated]]:
    await prepare_all(judges)

    async def one(row: ResponseRow, instrument: Instrument) -> _Rated:
        if not is_shown(row):
            return _Rated(None, _why_not(row), {})
        material = Material(text_shown(row), row.asked.question, row.asked.system)
        verdict, by_judge = await rate_panel(judges, instrument, material)
        return _Rated(verdict.value, verdict.cause, _details(verdict, by_judge))

    try:
        flat = await asyncio.gather(*(one(row, each.instrument) for row in rows for each in keys.values()))
    finally:
        for judge in judges:
            await judge.rest()
    following = iter(flat)
    return [{key: next(following) for key in keys} for _ in rows]


def _why_not(row: ResponseRow) -> str:
    if row.asked.chosen:
        return "no_text"
    if row.unfinished:
        return UNFINISHED
    return _ERROR if row.stop_reason == _ERROR else "empty"


def _details(verdict: Verdict, by_judge: Mapping[str, Verdict]) -> dict[str, Any]:
    details = {key: value for key, value in asdict(verdict).items() if value not in (None, {})}
    if len(by_judge) > 1:
        details |= of_panel(by_judge)
    return details


def _noted(source: Source, keys: Mapping[str, Applied], judges: Sequence[str]) -> dict[str, Any]:
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
    return {"source": source.settings, "rated": record, "judges": list(judges)}


def _with(
    source: Source, keys: Mapping[str, Applied], found: Sequence[Mapping[str, _Rated]], judges: Sequence[str]
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
        notes=(*source.notes, *said),
    )
