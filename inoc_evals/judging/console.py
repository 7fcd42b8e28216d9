"""What `inoc-evals judges` does and prints."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from inoc_evals.client.endpoint import Endpoint, Usage
from inoc_evals.client.errors import ServerError
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.errors import InputError
from inoc_evals.judging.causes import legend
from inoc_evals.judging.connect import default_cache, judge_models, judge_of
from inoc_evals.judging.distribution import Distribution, Verdict
from inoc_evals.judging.gold import Agreement, agreement, compare, material, rate_all
from inoc_evals.judging.judge import Asked, Judge
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.prompt import Instrument, Material, from_rubric, render
from inoc_evals.judging.responses import read_responses
from inoc_evals.judging.trust import trust

_SHOWN = 12


def check(name: str, judges: Sequence[str], folder: Path | None, ratings: int, as_json: bool) -> bool:
    """Agreement of each judge with the rubric's gold examples, and whether all of them can be trusted with it.

    Raises InputError or WorkError.
    """
    path, rubric = find_rubric(name, folder)
    if not rubric.gold:
        raise InputError.at(path, "this rubric has no gold examples; add some under `gold`")
    instrument = from_rubric(rubric)
    examples = [material(gold) for gold in rubric.gold]
    reports = []
    fit = True
    for judge_id, verdicts, usage, seconds in _rated(instrument, judges, ratings, examples):
        agreed = agreement(rubric.gold, verdicts)
        verdict_on = trust(instrument, rubric.gold, verdicts, agreed)
        fit = fit and verdict_on.fit
        if as_json:
            words = [{"expected": e, "given": g, "count": n} for (e, g), n in sorted(agreed.words.items())]
            rated = [
                {"low": g.low, "high": g.high, "word": g.word, **asdict(v)}
                for g, v in zip(rubric.gold, verdicts, strict=True)
            ]
            cost = {**asdict(usage), "seconds": round(seconds, 1)}
            verdict_shown = {"fit": verdict_on.fit, "in_words": verdict_on.words(), **asdict(verdict_on)}
            reports.append(
                {
                    "judge": judge_id,
                    "verdict": verdict_shown,
                    **asdict(agreed),
                    "words": words,
                    "cost": cost,
                    "examples_rated": rated,
                }
            )
            continue
        click.echo(f"{rubric.name} {rubric.version} by {judge_id}")
        for gold, verdict in zip(rubric.gold, verdicts, strict=True):
            wanted = gold.word or f"{gold.low:g} to {gold.high:g}"
            click.echo(f"  {_value(verdict):>24}  expected {wanted:<12}  {_short(gold.answer)}")
        click.echo("\n".join(_agreement_lines(agreed)))
        _echo_legend(verdicts)
        click.echo(_cost_line(usage, seconds))
        click.echo(f"verdict: {verdict_on.words()}")
    if as_json:
        click.echo(json.dumps(_plain(reports), indent=2))
    return fit


def try_one(
    name: str,
    judges: Sequence[str],
    folder: Path | None,
    ratings: int,
    answer: str,
    question: str | None,
    system: str | None,
) -> None:
    """One response by each judge: the prompt, the distribution, the value. Raises InputError or WorkError."""
    _, rubric = find_rubric(name, folder)
    instrument = from_rubric(rubric)
    given = Material(answer, question, system)
    shown = render(instrument, given)
    click.echo(shown)

    async def read(judge: Judge) -> tuple[Asked | None, Distribution | None, Verdict]:
        await judge.prepare()
        try:
            asked = await judge.asked(instrument, given)
        except ServerError:  # the verdict will say so
            asked = None
        verdict = await judge.rate(instrument, given)
        distribution = judge.cache.get(asked.key) if judge.cache and asked else None
        await judge.rest()
        return asked, distribution, verdict

    with judge_models(judges) as models:
        for model in models:
            judge = judge_of(model, default_cache(), ratings)
            asked, distribution, verdict = asyncio.run(read(judge))
            if asked is not None and asked.prompt != shown:
                # Its tokenizer has control tokens of its own.
                shown = asked.prompt
                click.echo(f"\n{shown}")
            click.echo(
                f"\n{judge.id}: {_value(verdict)} (reading: {verdict.reading}, captured mass {verdict.mass:.4f})"
            )
            _echo_legend([verdict])
            if distribution is not None:
                click.echo("\n".join(_distribution_lines(distribution)))
            if verdict.reason:
                click.echo(f"  reason: {verdict.reason}")


def compare_two(name: str, judges: Sequence[str], folder: Path | None, ratings: int, responses: Path | None) -> None:
    """Two judges on the same responses. Raises InputError or WorkError."""
    if len(judges) != 2:
        raise InputError(f"compare needs two judges, not {len(judges)}; write --judge A --judge B")
    path, rubric = find_rubric(name, folder)
    examples = read_responses(responses) if responses else [material(gold) for gold in rubric.gold]
    if not examples:
        raise InputError.at(path, "this rubric has no gold examples; name --responses")
    instrument = from_rubric(rubric)
    (first, a, *_), (second, b, *_) = _rated(instrument, judges, ratings, examples)
    compared = compare(a, b)
    click.echo(f"{rubric.name} {rubric.version} on {len(examples)} responses\n  first   {first}\n  second  {second}")
    click.echo(
        f"  rated by both {compared.both}, by the first only {compared.only_first}, "
        f"the second only {compared.only_second}"
    )
    click.echo(f"  first minus second {_number(compared.difference)} points, distance {_number(compared.distance)}")
    click.echo(f"  rank correlation {_number(compared.rank, 2)}, on the same side of 50: {_share(compared.same_side)}")
    for number in compared.furthest:
        click.echo(f"  {_value(a[number]):>10} against {_value(b[number]):>10}  {_short(examples[number].answer)}")
    _echo_legend([*a, *b])


def _rated(
    instrument: Instrument, judges: Sequence[str], ratings: int, examples: Sequence[Material]
) -> list[tuple[str, list[Verdict], Usage, float]]:
    async def rate_examples(judge: Judge) -> list[Verdict]:
        try:
            return await rate_all(judge, instrument, examples)
        finally:
            await judge.rest()

    rated = []
    with judge_models(judges) as models:
        for model in models:
            judge = judge_of(model, default_cache(), ratings)
            started = time.monotonic()
            with ratings_shown(f"{instrument.name} by {judge.id}", len(examples)) as advance:
                judge.watch = advance
                verdicts = asyncio.run(rate_examples(judge))
            usage = judge.transport.usage if isinstance(judge.transport, Endpoint) else Usage()
            rated.append((judge.id, verdicts, usage, time.monotonic() - started))
    return rated


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


def _cost_line(usage: Usage, seconds: float) -> str:
    tokens = f"{usage.prompt_tokens} prompt and {usage.completion_tokens} completion tokens"
    return f"  cost: {usage.calls} calls, {tokens}, {seconds:.1f} s (nothing is asked twice: see the cache)"


def _distribution_lines(distribution: Distribution) -> list[str]:
    ranked = sorted([*distribution.numbers.items(), *distribution.words.items()], key=lambda pair: -pair[1])
    lines = [f"  {answer!s:>10}  {share:.4f}" for answer, share in ranked[:_SHOWN]]
    if len(ranked) > _SHOWN:
        lines.append(f"  {len(ranked) - _SHOWN:>7} more  {sum(share for _, share in ranked[_SHOWN:]):.4f}")
    lines.append(f"  {'other':>10}  {max(0.0, 1 - sum(share for _, share in ranked)):.4f}")
    return lines + [f"  drawn: {text!r}" for text in distribution.samples]


def _value(verdict: Verdict) -> str:
    return f"{verdict.value:.1f}" if verdict.value is not None else f"missing ({verdict.cause})"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."


def _number(value: float, digits: int = 1) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{100 * value:.0f}%"


def _plain(value: Any) -> Any:
    """JSON has no NaN: null in its place."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value
