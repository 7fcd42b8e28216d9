"""`inoc-evals judges select` and `judges worth`. They only read options and call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inoc_evals.cli.costs import cost_options
from inoc_evals.document import json_option

if TYPE_CHECKING:
    from inoc_evals.commands.labelled import Read


def _labels(command: Callable[..., None]) -> Callable[..., None]:
    """What both are told about the labels."""
    for option in reversed(
        (
            click.argument("folder", type=click.Path(path_type=Path, file_okay=False)),
            click.option(
                "--threshold",
                type=float,
                default=None,
                help="parts ratings into two kinds; by default the one that the labels were drawn around",
            ),
            click.option("--set", "settings", multiple=True, metavar="RUBRIC.PARAMETER=VALUE"),
            click.option(
                "--judges", "rubrics", type=click.Path(path_type=Path), help="a folder with rubrics of your own"
            ),
        )
    ):
        command = option(command)
    plan = click.option("--plan", is_flag=True, help="print what judges may take, and stop")
    return cost_options(plan(command))


def _read(names: tuple[str, ...], wordings: str, given: dict[str, Any]) -> Read:
    from inoc_evals.commands.labelled import read, refuse_twice

    refuse_twice(names)
    return read(given["folder"], given["rubrics"], given["settings"], given["threshold"], wordings)


@click.command("select")
@_labels
@click.option("--judge", "names", multiple=True, required=True, help="PROVIDER/MODEL, URL#MODEL, vllm/CHECKPOINT")
@click.option(
    "--draws", multiple=True, type=click.IntRange(1), help="answers drawn from a judge without logprobs; several: tried"
)
@click.option("-k", "most", type=click.IntRange(1), default=3, show_default=True, help="members of a set at most")
@click.option(
    "--wordings",
    type=click.Choice(["both", "first"]),
    default="both",
    show_default=True,
    help="of the rubric, where it has two",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="write what is advised, for `judges rate --panel`",
)
@json_option
def select_(
    names: tuple[str, ...],
    draws: tuple[int, ...],
    most: int,
    wordings: str,
    out: Path | None,
    plan: bool,
    prices: Path | None,
    budget: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Which judges, wordings and numbers of draws to use together, by the labels in FOLDER: the set of up to K that
    makes labels likeliest that did not choose it, and whether it is better than the best single one."""
    from inoc_evals.commands.labelled_cost import labelled_told, plan_labelled
    from inoc_evals.commands.select_judges import select_judges
    from inoc_evals.judging.costs import costs_of
    from inoc_evals.plan.preflight import check_judging

    costs = costs_of(prices, budget, names)
    read, counts = _read(names, wordings, given), sorted(set(draws)) or [5]
    if plan:
        plan_labelled(read, dict.fromkeys(names, counts), costs, as_json=as_json)
        return
    check_judging(names)
    with labelled_told(costs, as_json=as_json):
        select_judges(read, names, counts, most, out, as_json=as_json)


@click.command("worth")
@_labels
@click.option("--judge", "names", multiple=True, required=True, help="PROVIDER/MODEL, URL#MODEL, vllm/CHECKPOINT")
@click.option("--reference", required=True, help="the judge in whose draws the others are valued; as --judge")
@click.option("--draws", type=click.IntRange(2, 100), default=10, show_default=True, help="answers drawn a response")
@json_option
def worth_(
    names: tuple[str, ...],
    reference: str,
    draws: int,
    plan: bool,
    prices: Path | None,
    budget: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """How many draws of a reference judge another judge is worth, by the labels in FOLDER."""
    from inoc_evals.commands.labelled_cost import labelled_told, plan_labelled
    from inoc_evals.commands.worth_judges import worth_judges
    from inoc_evals.judging.costs import costs_of
    from inoc_evals.plan.preflight import check_judging

    asked = list(dict.fromkeys([reference, *names]))
    costs = costs_of(prices, budget, asked)
    read = _read(names, "first", given)
    if plan:
        plan_labelled(read, {judge: [draws] for judge in asked}, costs, as_json=as_json)
        return
    check_judging(asked)
    with labelled_told(costs, as_json=as_json):
        worth_judges(read, names, reference, draws, as_json=as_json)
