"""What `inoc-evals judges compare` does: two judges side by side on the same responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from inoc_evals.commands.judge_lines import (
    answering,
    cost_line,
    difference_line,
    echo_furthest,
    echo_legend,
    number_text,
    share_text,
)
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.definitions.rubric import Rubric
from inoc_evals.document import print_document
from inoc_evals.errors import InputError, WorkError
from inoc_evals.judging.accounting import accounted
from inoc_evals.judging.answered import Answered, answered
from inoc_evals.judging.causes import counted, is_answer
from inoc_evals.judging.connect import default_cache, judge_models, judge_of
from inoc_evals.judging.costs import FREE, Costs
from inoc_evals.judging.gold import Comparison, compare, material, versions_of
from inoc_evals.judging.progress import ratings_shown
from inoc_evals.judging.prompt import Material, from_rubric
from inoc_evals.judging.responses import read_responses
from inoc_evals.judging.usage import plain
from inoc_evals.judging.version import went_on_changing


@dataclass(frozen=True)
class _Both:
    """What two judges said of the same responses, and how far apart that lies."""

    rubric: Rubric
    examples: Sequence[Material]
    first: Answered
    second: Answered
    compared: Comparison


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
    both = _Both(rubric, examples, first, second, compare(first.verdicts, second.verdicts))
    if as_json:
        print_document(_document(both))
    else:
        _echo(both)
    _refuse_without_answer([first, second])


def _document(both: _Both) -> dict[str, Any]:
    rubric, first, second = both.rubric, both.first, both.second
    return {
        "rubric": rubric.name,
        "version": rubric.version,
        "first": first.judge,
        "second": second.judge,
        "first_version": first.version,
        "second_version": second.version,
        "responses": len(both.examples),
        **asdict(both.compared),
        "rated": [
            {"answer": example.answer, "first": a, "second": b}
            for example, a, b in zip(both.examples, first.verdicts, second.verdicts, strict=True)
        ],
        "cost": [plain(each.judging) for each in (first, second)],
    }


def _echo(both: _Both) -> None:
    first, second, compared = both.first, both.second, both.compared
    click.echo(f"{both.rubric.name} {both.rubric.version} on {len(both.examples)} responses")
    for number, each in (("first ", first), ("second", second)):
        click.echo(f"  {number}  {each.judge}{answering(each.version)}")
    only = f"by the first only {compared.only_first}, the second only {compared.only_second}"
    click.echo(f"  rated by both {compared.both}, {only}")
    click.echo(difference_line(compared))
    same_side = f"on the same side of 50: {share_text(compared.same_side)}"
    click.echo(f"  rank correlation {number_text(compared.rank, 2)}, {same_side}")
    echo_furthest(compared, first.verdicts, second.verdicts, [example.answer for example in both.examples])
    echo_legend([*first.verdicts, *second.verdicts])
    for each in (first, second):
        click.echo(cost_line(each.judging, each.seconds))


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
