"""What `inoc-evals judges try` does: show all that judges say of one response."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from inoc_evals.client.errors import ServerError
from inoc_evals.commands.judge_lines import echo_legend, value_text
from inoc_evals.console import list_line
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.document import print_document
from inoc_evals.errors import WorkError
from inoc_evals.judging.accounting import accounted
from inoc_evals.judging.causes import is_read, meaning
from inoc_evals.judging.connect import default_cache, judge_models, judge_of
from inoc_evals.judging.costs import FREE, Costs
from inoc_evals.judging.distribution import Distribution, Verdict
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import Instrument, Material, from_rubric, render
from inoc_evals.judging.usage import of_judge, plain
from inoc_evals.judging.usage_text import words
from inoc_evals.judging.version import described

_SHOWN = 12  # answers of a distribution, the likeliest first


@dataclass(frozen=True)
class _Tried:
    """What a judge said of one response, having read `prompt`."""

    judge: str
    prompt: str
    verdict: Verdict
    distribution: Distribution | None
    version: Mapping[str, Any]


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
    reports = []
    causes: dict[str, str | None] = {}
    if not as_json:
        click.echo(shown)
    with judge_models(judges) as models, accounted(None, costs) as account:
        for model in models:
            judge = judge_of(model, default_cache(), ratings)
            tried = asyncio.run(_tried(judge, instrument, given, shown))
            causes[judge.id] = tried.verdict.cause
            took = of_judge(account.judging(), judge.id)
            reports.append({**vars(tried), "cost": plain(took)})
            if not as_json:
                # Its tokenizer may have control tokens of its own.
                _echo_tried(tried, "" if tried.prompt == shown else tried.prompt)
                click.echo(list_line([("  cost:", 0)], words(took)))
                shown = tried.prompt
    if as_json:
        print_document({"rubric": rubric.name, "version": rubric.version, "judges": reports})
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
    click.echo(f"\n{tried.judge}: {value_text(verdict)} (reading: {verdict.reading}, captured mass {verdict.mass:.4f})")
    echo_legend([verdict])
    if tried.distribution is not None:
        click.echo("\n".join(_distribution_lines(tried.distribution)))
    if verdict.reason:
        click.echo(f"  reason: {verdict.reason}")


def _distribution_lines(distribution: Distribution) -> list[str]:
    ranked = sorted([*distribution.numbers.items(), *distribution.words.items()], key=lambda pair: -pair[1])
    lines = [f"  {answer!s:>10}  {share:.4f}" for answer, share in ranked[:_SHOWN]]
    if len(ranked) > _SHOWN:
        lines.append(f"  {len(ranked) - _SHOWN:>7} more  {sum(share for _, share in ranked[_SHOWN:]):.4f}")
    lines.append(f"  {'other':>10}  {max(0.0, 1 - sum(share for _, share in ranked)):.4f}")
    return lines + [f"  drawn: {text!r}" for text in distribution.samples]
