"""`inoc-evals judges select` and `judges worth`. They only read options and call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

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
    return command


def _read(names: tuple[str, ...], wordings: str, given: dict[str, Any], *beside: str) -> Read:
    from inoc_evals.commands.labelled import read, refuse_twice
    from inoc_evals.plan.preflight import check_judging

    refuse_twice(names)
    found = read(given.pop("folder"), given.pop("rubrics"), given.pop("settings"), given.pop("threshold"), wordings)
    check_judging(list(dict.fromkeys([*names, *beside])))
    return found


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
    as_json: bool,
    **given: Any,
) -> None:
    """Which judges, wordings and numbers of draws to use together, by the labels in FOLDER: the set of up to K that
    makes labels likeliest that did not choose it, and whether it is better than the best single one."""
    from inoc_evals.commands.select_judges import select_judges

    read = _read(names, wordings, given)
    select_judges(read, names, sorted(set(draws)) or [5], most, out, as_json=as_json)


@click.command("worth")
@_labels
@click.option("--judge", "names", multiple=True, required=True, help="PROVIDER/MODEL, URL#MODEL, vllm/CHECKPOINT")
@click.option("--reference", required=True, help="the judge in whose draws the others are valued; as --judge")
@click.option("--draws", type=click.IntRange(2, 100), default=10, show_default=True, help="answers drawn a response")
@json_option
def worth_(names: tuple[str, ...], reference: str, draws: int, as_json: bool, **given: Any) -> None:
    """How many draws of a reference judge another judge is worth, by the labels in FOLDER."""
    from inoc_evals.commands.worth_judges import worth_judges

    read = _read(names, "first", given, reference)
    worth_judges(read, names, reference, draws, as_json=as_json)
