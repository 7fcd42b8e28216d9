"""The commands `judges label` and `judges labels`. They only read options and call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from inoc_evals.document import json_option


@click.command("label")
@click.argument("paths", nargs=-1, required=True, metavar="[ARM=]PATH...")
@click.option("--rubric", required=True, help="what people are asked")
@click.option("-n", "count", type=click.IntRange(1), default=100, show_default=True, help="how many to draw")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="draws responses")
@click.option("--key", default=None, help="the value that the rubric rates, where its name does not tell it")
@click.option("--set", "settings", multiple=True, metavar="RUBRIC.PARAMETER=VALUE", help="a parameter of the rubric")
@click.option(
    "--judges", "folder", type=click.Path(path_type=Path), default=None, help="a folder with rubrics of your own"
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="the folder of labels; by default labels/RUBRIC in the results of one run",
)
@json_option
def label_(
    paths: tuple[str, ...],
    count: int,
    seed: int,
    out: Path | None,
    as_json: bool,
    **wish: Any,
) -> None:
    """Draw responses for people to label, where they tell most, and write sheets that are blind to arm and judge.

    PATHS are whatever `report` reads, and nothing of them is changed. The sheets come as CSV, as JSONL and for Label
    Studio; `judges labels` reads them back.
    """
    from inoc_evals.commands.label import Wish, label
    from inoc_evals.readers.inputs import read_input

    label([read_input(text) for text in paths], Wish(**wish), count, seed, out, as_json=as_json)


@click.command("labels")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--read", "sheets", type=click.Path(path_type=Path), multiple=True, help="a sheet that came back")
@click.option("--rater", default=None, help="who filled it in; exports of Label Studio say so themselves")
@click.option("--replace", is_flag=True, help="the rater has changed their mind: later labels count")
@click.option("--adjudicate", is_flag=True, help="write sheets of what raters differ on, for somebody to settle")
@json_option
def labels_(
    folder: Path, sheets: tuple[Path, ...], rater: str | None, replace: bool, adjudicate: bool, as_json: bool
) -> None:
    """Read sheets back into FOLDER, which `judges label` made, and say how far raters agree and what is left."""
    from inoc_evals.commands.label import labels

    labels(folder, sheets, rater, replace=replace, adjudicate=adjudicate, as_json=as_json)
