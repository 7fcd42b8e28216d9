"""Commands of `inoc-evals judges` about judges of one's own: their data sheets, and teaching them. They only read
options and call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from inoc_evals.document import json_option


@click.command("sheet")
@click.option("--judge", "names", multiple=True, required=True, help="PROVIDER/MODEL, URL#MODEL, vllm/CHECKPOINT")
@click.option("--rubrics", default="", metavar="A,B", help="these only; by default all, or all of --judges")
@click.option(
    "--judges", "folder", type=click.Path(path_type=Path), default=None, help="a folder with rubrics of your own"
)
@click.option(
    "--ratings",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="answers drawn from a judge without logprobs",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="a Markdown file; else it is printed"
)
@json_option
def sheet_(
    names: tuple[str, ...], rubrics: str, folder: Path | None, ratings: int, out: Path | None, as_json: bool
) -> None:
    """What the gold of each rubric says about a judge, as a data sheet. What was rated is kept: an interrupted run goes
    on."""
    from inoc_evals.commands.judge_sheet import chosen_rubrics, sheet
    from inoc_evals.plan.preflight import check_judging

    chosen = chosen_rubrics(rubrics, folder)
    check_judging(names, folder=folder)
    sheet(names, chosen, ratings, out, as_json=as_json)


@click.command("teach")
@click.argument("labels", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option("--base", required=True, metavar="CHECKPOINT", help="the model to teach: smollm2, a folder or a hub id")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="the folder of the judge")
@click.option("--keep-aside", default="30%", show_default=True, metavar="SHARE", help="of the labels, to try it on")
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="of what is kept aside, and training"
)
@click.option("--epochs", type=click.FloatRange(0, min_open=True), default=None, help="3 by default")
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True), default=None, help="as of `train`")
@click.option("--rank", type=click.IntRange(1), default=None, help="of the adapter, as of `train`")
@click.option("--batch-size", type=click.IntRange(1), default=None, help="as of `train`")
@click.option("--set", "settings", multiple=True, metavar="RUBRIC.PARAMETER=VALUE", help="as it was when drawn")
@click.option(
    "--judges", "folder", type=click.Path(path_type=Path), default=None, help="a folder with rubrics of your own"
)
@json_option
def teach_(
    labels: Path,
    base: str,
    out: Path,
    keep_aside: str,
    folder: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Teach a judge by the labels in FOLDER: a LoRA adapter of CHECKPOINT, tried beside it on labels kept aside."""
    from inoc_evals.commands.judge_teach import Wanted, read_share, teach
    from inoc_evals.labelling.folder import read_labels

    settings = options.pop("settings")
    wanted = Wanted(base, out, read_share(keep_aside), options, folder, settings)
    teach(read_labels(labels), wanted, as_json=as_json)
