"""What `inoc-evals judges` does and prints."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

import click

from inoc_evals.client.errors import ServerError
from inoc_evals.console import COLUMNS, list_line
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.definitions.rubric import Gold, Rubric
from inoc_evals.document import print_document
from inoc_evals.errors import InputError, WorkError
from inoc_evals.judging.accounting import accounted
from inoc_evals.judging.answered import Answered, answered
from inoc_evals.judging.asked_again import keep_checked
from inoc_evals.judging.causes import counted, is_answer, is_read, legend, meaning
from inoc_evals.judging.connect import default_cache, judge_models, judge_of
from inoc_evals.judging.costs import FREE, Costs
from inoc_evals.judging.distribution import Distribution, Verdict
from inoc_evals.judging.fixed import FixedAnswers
from inoc_evals.judging.gold import Agreement, Comparison, compare, material, versions_of
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.on_gold import on_gold
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.prompt import Instrument, Material, from_rubric, render
from inoc_evals.judging.responses import read_responses
from inoc_evals.judging.sheet import RubricSheet, gold_document
from inoc_evals.judging.usage import Judging, of_judge, plain, words
from inoc_evals.judging.version import described, text_of, went_on_changing
from inoc_evals.judging.wordings import Wordings

_SHOWN = 12


@dataclass(frozen=True)
class _Tried:
    """What a judge said of one response, having read `prompt`."""

    judge: str
    prompt: str
    verdict: Verdict
    distribution: Distribution | None
    version: Mapping[str, Any]


def check(
    name: str, judges: Sequence[str], folder: Path | None, ratings: int, as_json: bool, costs: Costs = FREE
) -> bool:
    """Agreement of each judge with the rubric's gold examples, and whether all of them can be trusted with it.

    Raises InputError or WorkError.
    """
    path, rubric = find_rubric(name, folder)
    if not rubric.gold:
        raise InputError.at(path, "this rubric has no gold examples; add some under `gold`")
    reports, fit = [], True
    with judge_models(judges) as models, accounted(None, costs):
        for model in models:
            judge = judge_of(model, default_cache(), ratings)
            found = on_gold(judge, rubric)
            _keep(judge, rubric)
            fit = fit and found.trusted.fit
            if as_json:
                told = {"judge": judge.id, "version": found.answered.version, **gold_document(found)}
                reports.append(told)
            else:
                _echo_check(found)
    if as_json:
        print_document(reports)
    return fit


def _keep(judge: Judge, rubric: Rubric) -> None:
    async def kept(store: FixedAnswers) -> str | None:
        try:
            return await keep_checked(store, judge, rubric)
        finally:
            await judge.rest()

    if judge.cache is None:
        return
    with FixedAnswers(judge.cache.path) as store:
        told = asyncio.run(kept(store))
    if told is not None:
        click.echo(told, err=True)


def _echo_check(sheet: RubricSheet) -> None:
    rubric, found, trusted = sheet.rubric, sheet.answered, sheet.trusted
    click.echo(f"{rubric.name} {rubric.version} by {found.judge}{_answering(found.version)}")
    for example, verdict in zip(rubric.gold, found.verdicts, strict=True):
        wanted = example.word or f"{example.low:g} to {example.high:g}"
        _echo_row([(_value(verdict), 24), (f"expected {wanted}", 18)], example.answer)
    click.echo("\n".join(_agreement_lines(sheet.agreed)))
    _echo_legend(found.verdicts)
    click.echo(_cost_line(found.judging, found.seconds))
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
    click.echo(f"  first minus second {_number(compared.difference)} points, distance {_number(compared.distance)}")
    interval = f"(95% interval {_share(found.low)} to {_share(found.high)})"
    click.echo(f"  on the same side of 50: {_share(compared.same_side)} {interval}")
    kind = f"answers of the same kind: {_share(found.same_answer)}"
    click.echo(f"  rank correlation {_number(compared.rank, 2)}, {kind}")
    for place in compared.furthest:
        values = f"{_value(verdicts[place]):>10} against {_value(reworded[place])}"
        _echo_row([(values, 30)], gold[place].answer)
    click.echo(list_line([("wordings:", 0)], found.words()))


def try_one(
    name: str,
    judges: Sequence[str],
    folder: Path | None,
    ratings: int,
    given: Material,
    *,
    as_json: bool,
    costs: Costs = FREE,
) -> None:
    """One response by each judge: the prompt, the distribution, the value. Raises InputError or WorkError, once it is
    printed, where none of them could be read."""
    _, rubric = find_rubric(name, folder)
    instrument = from_rubric(rubric)
    shown = render(instrument, given)
    tried = []
    causes: dict[str, str | None] = {}
    if not as_json:
        click.echo(shown)
    with judge_models(judges) as models, accounted(None, costs) as account:
        for model in models:
            judge = judge_of(model, default_cache(), ratings)
            one = asyncio.run(_tried(judge, instrument, given, shown))
            causes[judge.id] = one.verdict.cause
            took = of_judge(account.judging(), judge.id)
            tried.append({**vars(one), "cost": plain(took)})
            if not as_json:
                # Its tokenizer may have control tokens of its own.
                _echo_tried(one, "" if one.prompt == shown else one.prompt)
                click.echo(list_line([("  cost:", 0)], words(took)))
                shown = one.prompt
    if as_json:
        print_document({"rubric": rubric.name, "version": rubric.version, "judges": tried})
    failed = {judge: cause for judge, cause in causes.items() if cause is not None and not is_read(cause)}
    if len(failed) == len(causes):
        why = "; ".join(f"{judge}: {meaning(cause)}" for judge, cause in failed.items())
        raise WorkError(f"there is no rating of this response ({why})")


async def _tried(judge: Judge, instrument: Instrument, given: Material, prompt: str) -> _Tried:
    try:
        await judge.prepare()
        # First, because it may find that another version answers now.
        verdict, distribution = await judge.hear(instrument, given)
        with suppress(ServerError):  # the verdict says so
            prompt = (await judge.asked(instrument, given)).prompt
    finally:
        await judge.rest()
    return _Tried(judge.id, prompt, verdict, distribution, described(judge))


def _echo_tried(tried: _Tried, prompt: str) -> None:
    verdict = tried.verdict
    if prompt:
        click.echo(f"\n{prompt}")
    click.echo(f"\n{tried.judge}: {_value(verdict)} (reading: {verdict.reading}, captured mass {verdict.mass:.4f})")
    _echo_legend([verdict])
    if tried.distribution is not None:
        click.echo("\n".join(_distribution_lines(tried.distribution)))
    if verdict.reason:
        click.echo(f"  reason: {verdict.reason}")


def compare_two(
    name: str,
    judges: Sequence[str],
    folder: Path | None,
    ratings: int,
    responses: Path | None,
    *,
    as_json: bool,
    costs: Costs = FREE,
) -> None:
    """Two judges on the same responses. Raises InputError, WorkError where one goes on to change, and, once it is
    printed, where one rated nothing."""
    if len(judges) != 2:
        raise InputError(f"compare needs two judges, not {len(judges)}; write --judge A --judge B")
    path, rubric = find_rubric(name, folder)
    examples = read_responses(responses) if responses else [material(gold) for gold in rubric.gold]
    if not examples:
        raise InputError.at(path, "this rubric has no gold examples; name --responses")
    instrument = from_rubric(rubric)
    with judge_models(judges) as models, accounted(None, costs):
        first, second = (
            answered(judge_of(model, default_cache(), ratings), [instrument], examples, ratings_shown)
            for model in models
        )
    for each in (first, second):
        if len(several := versions_of(each.verdicts)) > 1:
            raise went_on_changing(each.judge, several)
    compared = compare(first.verdicts, second.verdicts)
    if as_json:
        rated = [
            {"answer": example.answer, "first": a, "second": b}
            for example, a, b in zip(examples, first.verdicts, second.verdicts, strict=True)
        ]
        head = {"rubric": rubric.name, "version": rubric.version, "first": first.judge, "second": second.judge}
        versions = {"first_version": first.version, "second_version": second.version}
        cost = [plain(each.judging) for each in (first, second)]
        told = {**asdict(compared), "rated": rated, "cost": cost}
        print_document({**head, **versions, "responses": len(examples), **told})
    else:
        click.echo(f"{rubric.name} {rubric.version} on {len(examples)} responses")
        for place, each in (("first ", first), ("second", second)):
            click.echo(f"  {place}  {each.judge}{_answering(each.version)}")
        _echo_comparison(compared, first.verdicts, second.verdicts, examples)
        for each in (first, second):
            click.echo(_cost_line(each.judging, each.seconds))
    _refuse_without_answer([first, second])


def _refuse_without_answer(compared: Sequence[Answered]) -> None:
    """Raise WorkError for judges that rated nothing, nor answered it with a word of the rubric: replies without an
    answer say something about a judge, but there is nothing in them to compare."""
    said = []
    for each in compared:
        if not any(is_answer(verdict.cause) for verdict in each.verdicts):
            causes = [verdict.cause for verdict in each.verdicts if verdict.cause is not None]
            said.append(f"judge {each.judge} rated none of {len(causes)} responses ({counted(causes)})")
    if said:
        raise WorkError(f"{', and '.join(said)}, so that there is nothing to compare")


def _echo_comparison(
    compared: Comparison, a: Sequence[Verdict], b: Sequence[Verdict], examples: Sequence[Material]
) -> None:
    click.echo(
        f"  rated by both {compared.both}, by the first only {compared.only_first}, "
        f"the second only {compared.only_second}"
    )
    click.echo(f"  first minus second {_number(compared.difference)} points, distance {_number(compared.distance)}")
    click.echo(f"  rank correlation {_number(compared.rank, 2)}, on the same side of 50: {_share(compared.same_side)}")
    for number in compared.furthest:
        _echo_row([(f"{_value(a[number]):>10} against {_value(b[number])}", 30)], examples[number].answer)
    _echo_legend([*a, *b])


def _answering(version: Mapping[str, Any]) -> str:
    """Behind a judge's name the version that answers, as far as it tells one."""
    told = text_of(version)
    return "" if told is None else f", which answers as {told}"


def _echo_legend(verdicts: Sequence[Verdict]) -> None:
    for line in legend(verdict.cause for verdict in verdicts if verdict.cause is not None):
        click.echo(line)


def _agreement_lines(agreed: Agreement) -> list[str]:
    readings = ", ".join(f"{reading} {count}" for reading, count in agreed.readings.items())
    lines = [
        f"  within range {_share(agreed.within)}, mean distance from it {_number(agreed.distance)} points, "
        f"rank correlation {_number(agreed.rank, 2)}",
        f"  captured mass {_number(agreed.mass, 3)} on average; reading: {readings}",
    ]
    confused = {pair: count for pair, count in agreed.words.items() if pair[0] != pair[1]}
    as_expected = sum(agreed.words.values()) - sum(confused.values())
    lines.append(f"  kind of answer as expected {as_expected} of {agreed.examples}")
    lines += [
        f"    expected {expected}, given {given}: {count}" for (expected, given), count in sorted(confused.items())
    ]
    return lines


def _cost_line(judging: Judging, seconds: float) -> str:
    over = f"; {judging.unasked_ratings} were not asked for, as the budget is spent" if judging.unasked else ""
    return list_line([("  cost:", 0)], f"{words(judging)}, {seconds:.1f} s{over}")


def _distribution_lines(distribution: Distribution) -> list[str]:
    ranked = sorted([*distribution.numbers.items(), *distribution.words.items()], key=lambda pair: -pair[1])
    lines = [f"  {answer!s:>10}  {share:.4f}" for answer, share in ranked[:_SHOWN]]
    if len(ranked) > _SHOWN:
        lines.append(f"  {len(ranked) - _SHOWN:>7} more  {sum(share for _, share in ranked[_SHOWN:]):.4f}")
    lines.append(f"  {'other':>10}  {max(0.0, 1 - sum(share for _, share in ranked)):.4f}")
    return lines + [f"  drawn: {text!r}" for text in distribution.samples]


def _value(verdict: Verdict) -> str:
    return f"{verdict.value:.1f}" if verdict.value is not None else f"missing ({verdict.cause})"


def _echo_row(cells: Sequence[tuple[str, int]], text: str) -> None:
    """Cells, and as much of a text as fits the line."""
    lead = "  " + "  ".join(f"{cell:<{size}}" for cell, size in cells) + "  "
    room = max(20, get_terminal_size((COLUMNS, 24)).columns - len(lead))
    line = " ".join(text.split())
    click.echo(lead + (line if len(line) <= room else f"{line[: room - 3]}..."))


def _number(value: float, digits: int = 1) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{100 * value:.0f}%"
