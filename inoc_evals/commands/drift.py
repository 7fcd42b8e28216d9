"""What `inoc-evals judges drift` does: put the fixed examples to judges anew, and say whether they are the same."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from inoc_evals.console import list_line
from inoc_evals.definitions.catalog import find_rubric_with_gold
from inoc_evals.definitions.rubric import Rubric
from inoc_evals.document import print_document
from inoc_evals.errors import InputError, WorkError
from inoc_evals.judging.asked_again import Anew, Begun, ask_anew, begin
from inoc_evals.judging.connect import default_cache, judge_models, judge_of
from inoc_evals.judging.drift import ANOTHER
from inoc_evals.judging.drift_texts import document, lines, sentence
from inoc_evals.judging.drifted import JudgeDrift, compare_with_stored, keep
from inoc_evals.judging.fixed import FixedAnswers
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.unfinished import HOURS, Unfinished


def drift(names: Sequence[str], judges: Sequence[str], folder: Path | None, ratings: int, *, as_json: bool) -> bool:
    """Is none of the judges another than before? Their answers to the gold examples of the named rubrics, or of all of
    which something is stored, are asked anew, compared and stored; a run that did not end is gone on with. Raises
    InputError, and WorkError after all judges were asked."""
    named = [find_rubric_with_gold(name, folder) for name in dict.fromkeys(names)]
    reports: list[dict[str, Any]] = []
    failed: list[str] = []
    another = False
    with judge_models(judges) as models:
        for model in models:
            cache = default_cache()
            judge = judge_of(model, cache, ratings)
            try:
                with FixedAnswers(cache.path) as store:
                    found = _drift_of(store, judge, named or _stored(store, judge, folder))
            except WorkError as error:
                failed.append(str(error))
                continue
            another = another or found.told == ANOTHER
            if as_json:
                reports.append(document(judge, found))
            else:
                click.echo("\n".join([*lines(found), list_line([("verdict:", 0)], sentence(found))]))
    if as_json and (reports or not failed):
        print_document(reports)
    if failed:
        raise WorkError("; ".join(failed))
    return not another


def _stored(store: FixedAnswers, judge: Judge, folder: Path | None) -> list[Rubric]:
    """The rubrics of which something is stored of a judge, those that are still there."""
    found = []
    for name in store.rubrics(judge.id):
        try:
            found.append(find_rubric_with_gold(name, folder))
        except InputError as error:
            click.echo(f"rubric {name} is left out: {error}", err=True)
    if not found:
        remedy = "name rubrics, or run `inoc-evals judges check` with it first"
        raise InputError(f"no answers of judge {judge.id} are stored to compare with; {remedy}")
    return found


def _drift_of(store: FixedAnswers, judge: Judge, rubrics: Sequence[Rubric]) -> JudgeDrift:
    with Unfinished(store.path) as unfinished:

        async def asked() -> list[Anew]:
            try:
                await judge.prepare()
                begun = [begin(judge, rubric, unfinished) for rubric in rubrics]
                _say_resumed(judge, begun)
                left = sum(each.asked - each.resumed for each in begun)
                with ratings_shown(f"{judge.id} anew", left) as advance:
                    return await ask_anew(judge, begun, unfinished, advance)
            finally:
                await judge.rest()

        try:
            answers = asyncio.run(asked())
        except KeyboardInterrupt:
            click.echo(
                f"what {judge.id} said is kept, and the same command asks for the rest within {HOURS} hours", err=True
            )
            raise
        # First, so that these answers are never compared with themselves.
        unfinished.end(judge.id, [each.instrument.identity for each in answers])
    return keep(store, judge, compare_with_stored(store, judge.id, answers))


def _say_resumed(judge: Judge, begun: Sequence[Begun]) -> None:
    times = [each.before.since for each in begun if each.resumed]
    if times:
        count = f"{sum(each.resumed for each in begun)} of {sum(each.asked for each in begun)}"
        since = f"{min(times)[:10]} {min(times)[11:16]} UTC"
        click.echo(
            f"{judge.id}: going on with a run that did not end: {count} answers are there, since {since}", err=True
        )
