"""The commands of `inoc-evals judges`. They only read options and call."""

from __future__ import annotations

import sys
from pathlib import Path

import click


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
@click.option("--json", "as_json", is_flag=True, help="machine-readable")
def check_(rubric: str, names: tuple[str, ...], folder: Path | None, ratings: int, as_json: bool) -> None:
    """Rate the gold examples of RUBRIC, compare with the ranges that a good judge gives, and say whether the judge can
    be trusted with this rubric; exit code 1 if not."""
    from inoc_evals.judging.console import check
    from inoc_evals.plan.preflight import check_judging

    check_judging(names, rubric, folder)
    if not check(rubric, names, folder, ratings, as_json):
        sys.exit(1)


@judges.command("try")
@click.argument("rubric")
@_judge
@_folder
@_ratings
@click.option("--answer", required=True, help="the response to rate")
@click.option("--question", default=None)
@click.option("--system", default=None, help="the system prompt that the response was given under")
def try_(
    rubric: str,
    names: tuple[str, ...],
    folder: Path | None,
    ratings: int,
    answer: str,
    question: str | None,
    system: str | None,
) -> None:
    """Rate one response by RUBRIC; show the prompt and all that the judge would say."""
    from inoc_evals.judging.console import try_one
    from inoc_evals.plan.preflight import check_judging

    check_judging(names, rubric, folder)
    try_one(rubric, names, folder, ratings, answer, question, system)


@judges.command("compare")
@click.argument("rubric")
@_judge
@_folder
@_ratings
@click.option("--responses", type=click.Path(path_type=Path), default=None, help="JSONL; else the gold examples")
def compare_(rubric: str, names: tuple[str, ...], folder: Path | None, ratings: int, responses: Path | None) -> None:
    """Two judges side by side on the same responses."""
    from inoc_evals.judging.console import compare_two
    from inoc_evals.plan.preflight import check_judging

    check_judging(names, rubric, folder, [responses] if responses else ())
    compare_two(rubric, names, folder, ratings, responses)


@judges.command("rate")
@click.argument("logs", nargs=-1, required=True, type=click.Path(path_type=Path))
@_judge
def rate_(logs: tuple[Path, ...], names: tuple[str, ...]) -> None:
    """Rate the responses in LOGS, in place; what is rated already is not asked again.

    LOGS are inspect's logs, samples files of lm-eval, or folders of either. Exit code 1 if nothing could be rated.
    """
    from inoc_evals.commands.rate import rate
    from inoc_evals.plan.preflight import check_judging

    check_judging(names, files=logs)
    if not rate(logs, names):
        sys.exit(1)
