"""What `inoc-evals judges rate --plan` says: what would be rated, and what it may take. No judge is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from inoc_evals.commands.judge_cost import KNOWN, account_of, expected_document, expected_lines
from inoc_evals.commands.rate import split
from inoc_evals.commands.rate_rows import Applied, account_beside, to_rate
from inoc_evals.commands.raters import Raters
from inoc_evals.document import print_document
from inoc_evals.judging.costs import Costs
from inoc_evals.plan.judging import Responses
from inoc_evals.plan.preflight import check_judge_names
from inoc_evals.readers.inputs import Input, read_inputs, runs_of
from inoc_evals.results.claim import all_claimed


def plan_logs(logs: Sequence[Path], raters: Raters, costs: Costs, *, as_json: bool) -> None:
    """For the logs and samples files that would be rated in place. Raises InputError as rating them does."""
    samples, others = split(logs)
    work: list[Responses] = []
    if others:
        from inoc_evals.harness.inspect.rate import logs_to_rate

        work += logs_to_rate(others)
    if samples:
        from inoc_evals.harness.lm_eval.rate import samples_to_rate

        work += samples_to_rate(samples)
    _print(work, raters, costs, account_of(logs), as_json)


def plan_rows(
    inputs: Sequence[Input],
    rubrics: Sequence[Applied],
    raters: Raters,
    out: Path,
    costs: Costs,
    *,
    as_json: bool,
) -> None:
    """For the responses of inputs of any kind that would be rated by each rubric, to be written to `out`. Raises
    InputError as rating does."""
    with all_claimed(runs_of(inputs)):
        source = read_inputs(inputs)
    _print(to_rate(source.rows, rubrics), raters, costs, account_beside(out), as_json)


def _print(work: Sequence[Responses], raters: Raters, costs: Costs, account: Path | None, as_json: bool) -> None:
    check_judge_names(raters.judges)
    found = raters.expected(work, costs.prices)
    if as_json:
        print_document({"judging": expected_document(found, costs)})
    else:
        for line in expected_lines(found, costs, KNOWN, account):
            click.echo(line)
