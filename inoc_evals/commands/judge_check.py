"""What `inoc-evals judges check` does: rate gold examples, and say whether judges can be trusted with their rubric."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from inoc_evals.commands.judge_lines import (
    answering,
    cost_line,
    difference_line,
    echo_furthest,
    echo_legend,
    echo_row,
    number_text,
    share_text,
    value_text,
)
from inoc_evals.console import list_line
from inoc_evals.definitions.catalog import find_rubric_with_gold
from inoc_evals.definitions.rubric import Gold, Rubric
from inoc_evals.document import print_document
from inoc_evals.judging.accounting import accounted
from inoc_evals.judging.connect import default_cache, judge_models, judge_of
from inoc_evals.judging.costs import FREE, Costs
from inoc_evals.judging.distribution import Verdict
from inoc_evals.judging.drifted import keep_checked
from inoc_evals.judging.fixed import FixedAnswers
from inoc_evals.judging.gold import Agreement
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.on_gold import on_gold
from inoc_evals.judging.sheet import RubricSheet, gold_document
from inoc_evals.judging.wordings import Wordings


def check(
    name: str, judges: Sequence[str], folder: Path | None, ratings: int, as_json: bool, costs: Costs = FREE
) -> bool:
    """Agreement of each judge with the rubric's gold examples, and whether all of them can be trusted with it.

    Raises InputError or WorkError.
    """
    rubric = find_rubric_with_gold(name, folder)
    reports, fit = [], True
    with judge_models(judges) as models, accounted(None, costs):
        for model in models:
            judge = judge_of(model, default_cache(), ratings)
            sheet = on_gold(judge, rubric)
            _keep(judge, rubric)
            fit = fit and sheet.trusted.fit
            if as_json:
                reports.append({"judge": judge.id, "version": sheet.answered.version, **gold_document(sheet)})
            else:
                _echo_sheet(sheet)
    if as_json:
        print_document(reports)
    return fit


def _keep(judge: Judge, rubric: Rubric) -> None:
    """Keep what the judge just said for `judges drift`, and say where another version of it said it before."""

    async def kept(store: FixedAnswers) -> str | None:
        try:
            return await keep_checked(store, judge, rubric)
        finally:
            await judge.rest()

    if judge.cache is None:
        return
    with FixedAnswers(judge.cache.path) as store:
        changed = asyncio.run(kept(store))
    if changed is not None:
        click.echo(changed, err=True)


def _echo_sheet(sheet: RubricSheet) -> None:
    rubric, found, trusted = sheet.rubric, sheet.answered, sheet.trusted
    click.echo(f"{rubric.name} {rubric.version} by {found.judge}{answering(found.version)}")
    for example, verdict in zip(rubric.gold, found.verdicts, strict=True):
        wanted = example.word or f"{example.low:g} to {example.high:g}"
        echo_row([(value_text(verdict), 24), (f"expected {wanted}", 18)], example.answer)
    click.echo("\n".join(_agreement_lines(sheet.agreed)))
    echo_legend(found.verdicts)
    click.echo(cost_line(found.judging, found.seconds))
    if trusted.kinds:
        marked = ", ".join(f"{kind} {hits} of {examples}" for kind, (hits, examples) in trusted.kinds.items())
        click.echo(f"as expected among the marked examples: {marked}")
    click.echo(list_line([("verdict:", 0)], trusted.words()))
    if sheet.wordings is not None:
        _echo_wordings(rubric.gold, sheet.wordings, *found.by)


def _echo_wordings(
    gold: Sequence[Gold], found: Wordings, verdicts: Sequence[Verdict], reworded: Sequence[Verdict]
) -> None:
    compared = found.compared
    click.echo(f"both wordings: {compared.both} of {found.examples} examples rated by both")
    click.echo(difference_line(compared))
    interval = f"(95% interval {share_text(found.low)} to {share_text(found.high)})"
    click.echo(f"  on the same side of 50: {share_text(compared.same_side)} {interval}")
    kind = f"answers of the same kind: {share_text(found.same_answer)}"
    click.echo(f"  rank correlation {number_text(compared.rank, 2)}, {kind}")
    echo_furthest(compared, verdicts, reworded, [example.answer for example in gold])
    click.echo(list_line([("wordings:", 0)], found.words()))


def _agreement_lines(agreed: Agreement) -> list[str]:
    readings = ", ".join(f"{reading} {count}" for reading, count in agreed.readings.items())
    lines = [
        f"  within range {share_text(agreed.within)}, mean distance from it {number_text(agreed.distance)} points, "
        f"rank correlation {number_text(agreed.rank, 2)}",
        f"  captured mass {number_text(agreed.mass, 3)} on average; reading: {readings}",
    ]
    confused = {pair: count for pair, count in agreed.words.items() if pair[0] != pair[1]}
    as_expected = sum(agreed.words.values()) - sum(confused.values())
    lines.append(f"  kind of answer as expected {as_expected} of {agreed.examples}")
    lines += [
        f"    expected {expected}, given {given}: {count}" for (expected, given), count in sorted(confused.items())
    ]
    return lines
