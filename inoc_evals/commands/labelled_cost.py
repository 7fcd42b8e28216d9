"""What judges take for labelled responses: expected before they are compared, and counted after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

import click

from inoc_evals.commands.judge_cost import UNKNOWN, expected_document, expected_lines, judging_told
from inoc_evals.commands.labelled import Read
from inoc_evals.document import print_document
from inoc_evals.errors import WorkError
from inoc_evals.judging.accounting import current
from inoc_evals.judging.costs import Costs
from inoc_evals.judging.expected import Expected, ToRate, expected, ways_of
from inoc_evals.plan.judging import of_responses
from inoc_evals.plan.preflight import check_judge_names

_EXACT = frozenset({"first token", "scored"})


def plan_labelled(read: Read, draws: Mapping[str, Sequence[int]], costs: Costs, *, as_json: bool) -> None:
    """Print what judges may take for the labelled responses, each with its numbers of draws. No judge is asked.
    Raises InputError for a judge that could never be."""
    check_judge_names(draws)
    found = [_expected(read, judge, counts, costs) for judge, counts in draws.items()]
    if as_json:
        print_document({"judging": expected_document(found, costs)})
        return
    for line in expected_lines(found, costs, UNKNOWN):
        click.echo(line)


def _expected(read: Read, judge: str, draws: Sequence[int], costs: Costs) -> Expected:
    work: list[ToRate] = []
    for instrument in read.wordings.values():
        ways = frozenset(ways_of(judge, instrument.kind == "reasoned"))
        for place, count in enumerate(draws):
            # An exact reading is the same for all numbers of draws, and is taken once.
            if place and ways <= _EXACT:
                continue
            once = bool(place and ways & _EXACT)
            work.append(of_responses(instrument, count, [(each, once) for each in read.given.materials]))
    return expected(judge, work, costs.prices)


def labelled_told(costs: Costs, *, as_json: bool) -> AbstractContextManager[object]:
    """Keep the account of what is asked within, and say at its end what judges took; to standard error where standard
    output is for the document."""
    again = "the same call, which asks for what is missing"
    return judging_told(None, costs, lambda line: click.echo(line, err=as_json), again)


def refuse_unasked() -> None:
    """Raise WorkError where a budget left out any rating: half of the labels choose other judges than all."""
    judging = current().judging()
    if judging.unasked:
        message = f"the budget of {judging.budget} was spent before all labelled responses were judged, and judges are"
        raise WorkError(f"{message} compared on all of them; what was said is kept, so run it again for the rest")
