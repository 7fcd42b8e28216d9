"""The commands of `inoc-evals judges`. They only read options and call."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from inoc_evals.cli.costs import cost_options, prices_option
from inoc_evals.cli.judges_label import label_, labels_
from inoc_evals.cli.judges_local import sheet_, teach_
from inoc_evals.cli.judges_select import select_, worth_
from inoc_evals.document import json_option


@click.group()
def judges() -> None:
    """Rubrics and the models that apply them. A judge is PROVIDER/MODEL, URL#MODEL or vllm/CHECKPOINT."""


_judge = click.option(
    "--judge", "names", multiple=True, required=True, help="PROVIDER/MODEL, URL#MODEL, vllm/CHECKPOINT"
)
_folder = click.option(
    "--judges", "folder", type=click.Path(path_type=Path), default=None, help="a folder with rubrics of your own"
)
_ratings = click.option(
    "--ratings",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="answers drawn from a judge without logprobs",
)


@judges.command("check")
@click.argument("rubric")
@_judge
@_folder
@_ratings
@cost_options
@json_option
def check_(rubric: str, names: tuple[str, ...], folder: Path | None, ratings: int, as_json: bool, **costs: Any) -> None:
    """Rate the gold examples of RUBRIC, compare with the ranges that a good judge gives, and say whether the judge can
    be trusted with this rubric; exit code 1 if not."""
    from inoc_evals.commands.judge_check import check
    from inoc_evals.judging.costs import costs_of
    from inoc_evals.plan.preflight import check_judging

    told = costs_of(**costs, judges=names)
    check_judging(names, rubric, folder)
    if not check(rubric, names, folder, ratings, as_json, told):
        sys.exit(1)


@judges.command("try")
@click.argument("rubric")
@_judge
@_folder
@_ratings
@prices_option
@click.option("--answer", required=True, help="the response to rate")
@click.option("--question", default=None)
@click.option("--system", default=None, help="the system prompt that the response was given under")
@json_option
def try_(
    rubric: str,
    names: tuple[str, ...],
    folder: Path | None,
    ratings: int,
    as_json: bool,
    prices: Path | None,
    **response: Any,
) -> None:
    """Rate one response by RUBRIC; show the prompt and all that the judge would say."""
    from inoc_evals.commands.judge_try import try_one
    from inoc_evals.judging.costs import costs_of
    from inoc_evals.judging.prompt import Material
    from inoc_evals.plan.preflight import check_judging

    costs = costs_of(prices, None)
    check_judging(names, rubric, folder)
    try_one(rubric, names, folder, ratings, Material(**response), as_json=as_json, costs=costs)


@judges.command("compare")
@click.argument("rubric")
@_judge
@_folder
@_ratings
@cost_options
@click.option("--responses", type=click.Path(path_type=Path), default=None, help="JSONL; else the gold examples")
@json_option
def compare_(
    rubric: str,
    names: tuple[str, ...],
    folder: Path | None,
    ratings: int,
    responses: Path | None,
    as_json: bool,
    **costs: Any,
) -> None:
    """Two judges side by side on the same responses."""
    from inoc_evals.commands.judge_compare import compare_two
    from inoc_evals.judging.costs import costs_of
    from inoc_evals.plan.preflight import check_judging

    told = costs_of(**costs, judges=names)
    check_judging(names, rubric, folder, [responses] if responses else ())
    compare_two(rubric, names, folder, ratings, responses, as_json=as_json, costs=told)


@judges.command("rate")
@click.argument("logs", nargs=-1, required=True, metavar="[ARM=]PATH...")
@click.option("--judge", "names", multiple=True, help="PROVIDER/MODEL, URL#MODEL, vllm/CHECKPOINT; several: a panel")
@click.option(
    "--panel",
    "panel",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="in place of --judge: the panel that `judges select --out` wrote",
)
@click.option("--rubric", "rubrics", multiple=True, help="rate by this rubric, whoever wrote the responses")
@click.option("--set", "settings", multiple=True, metavar="RUBRIC.PARAMETER=VALUE", help="a parameter of a rubric")
@_folder
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="with --rubric: the file of rows, which `report` reads; rated.jsonl by default",
)
@cost_options
@click.option("--plan", is_flag=True, help="print what would be rated and what it may take, and stop")
@json_option
def rate_(
    logs: tuple[str, ...],
    names: tuple[str, ...],
    panel: Path | None,
    rubrics: tuple[str, ...],
    settings: tuple[str, ...],
    folder: Path | None,
    out: Path | None,
    plan: bool,
    as_json: bool,
    **costs: Any,
) -> None:
    """Rate the responses in PATHS; what is rated already is not asked again. Exit code 1 if nothing could be rated.

    Logs and samples files of our own judged tasks, or folders of them, are rated in place, as their tasks say. With
    --rubric PATHS are whatever `report` reads, nothing of them is changed, and the rated responses are written as a
    file of rows.
    """
    from inoc_evals.commands.judge_plan import plan_logs, plan_rows
    from inoc_evals.commands.rate import rate
    from inoc_evals.commands.rate_rows import applied_by, rate_rows
    from inoc_evals.commands.raters import raters_of
    from inoc_evals.errors import InputError
    from inoc_evals.files import check_writable
    from inoc_evals.judging.costs import costs_of
    from inoc_evals.readers.inputs import read_input

    if not rubrics and (out or folder or settings):
        raise InputError("--out, --set and --judges go with --rubric; without one logs are rated in place")
    raters = raters_of(names, panel, folder)
    told = costs_of(**costs, judges=raters.judges)
    if not rubrics:
        paths = [Path(text) for text in logs]
        if plan:
            plan_logs(paths, raters, told, as_json=as_json)
            return
        raters.check(None, None, paths)
        if not rate(paths, raters, told, as_json=as_json):
            sys.exit(1)
        return
    inputs = [read_input(text) for text in logs]
    chosen = applied_by(raters, rubrics, folder, settings)
    target = out or Path("rated.jsonl")
    if plan:
        plan_rows(inputs, chosen, raters, target, told, as_json=as_json)
        return
    raters.check(rubrics[0], folder, [given.path for given in inputs])
    check_writable(target)
    if not rate_rows(inputs, chosen, raters, target, told, as_json=as_json):
        sys.exit(1)


@judges.command("drift")
@click.argument("rubrics", nargs=-1, metavar="[RUBRIC]...")
@_judge
@_folder
@_ratings
@json_option
def drift_(rubrics: tuple[str, ...], names: tuple[str, ...], folder: Path | None, ratings: int, as_json: bool) -> None:
    """Is each judge still the one that it was? The gold examples of RUBRICS (else of all that were asked before) are
    put to it anew, and its answers compared with those stored under its name; exit code 1 if it is another judge."""
    from inoc_evals.commands.drift import drift
    from inoc_evals.plan.preflight import check_judging

    check_judging(names, rubrics[0] if rubrics else None, folder)
    if not drift(rubrics, names, folder, ratings, as_json=as_json):
        sys.exit(1)


judges.add_command(label_)
judges.add_command(labels_)
judges.add_command(select_)
judges.add_command(worth_)
judges.add_command(sheet_)
judges.add_command(teach_)
