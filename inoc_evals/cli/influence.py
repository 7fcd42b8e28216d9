"""The command `inoc-evals influence`. It only reads options and calls."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from inoc_evals.cli.beside import out_option
from inoc_evals.definitions.words import shown
from inoc_evals.document import json_option
from inoc_evals.errors import InputError


def _share(_context: click.Context, _option: click.Parameter, given: str | None) -> float | None:
    """A share of the rows, as 0.05 or 5%."""
    if given is None:
        return None
    try:
        share = float(given.removesuffix("%")) / (100 if given.endswith("%") else 1)
    except ValueError:
        share = math.nan
    if not 0 < share < 1:
        raise InputError(f"--drop {shown(given)[1:-1]} is no share of the rows; write one such as 0.05 or 5%")
    return share


@click.command("influence")
@click.argument("checkpoints", nargs=-1, required=True, metavar="[ARM=]CHECKPOINT...")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--task", default=None, help="one of ours, see `list`; its value is the trait")
@click.option("--value", default=None, help="by default the task's first headline value")
@click.option(
    "--responses",
    type=click.Path(path_type=Path),
    default=None,
    help="scored ones, of whatever `report` reads; else CHECKPOINTS and their base are scored first",
)
@click.option("--arms", default="", metavar="A,B", help="the responses of these arms only")
@click.option(
    "--contrast",
    type=click.Path(path_type=Path),
    default=None,
    help='JSONL of chat rows, each with "shows": true|false',
)
@click.option("--method", type=click.Choice(["cosine", "dot", "ekfac"]), default="cosine", show_default=True)
@click.option(
    "--drop", default=None, callback=_share, metavar="SHARE", help="write the rows without so many top ones [5%]"
)
@click.option("--retrain", is_flag=True, help="train without them, and without as many random ones; print both changes")
@click.option("--seeds", type=click.IntRange(1, 1000), default=3, show_default=True, help="trainings of each")
@click.option("--judge", "judges", multiple=True, help="as of `score`; several: a panel")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="an argument of the task")
@out_option("influence")
@json_option
def influence(
    arms: str, drop: float | None, settings: tuple[str, ...], as_json: bool, task: str | None, **given: Any
) -> None:
    """Which rows of DATA (chat rows, as they were trained on) carry a trait of CHECKPOINTS, the seeds of one arm?

    The rows in the order in which a step of training on each would push the trait, by gradient similarity or EK-FAC;
    and the test of the order, by training without its first rows.
    """
    from inoc_evals.commands.influence import Wanted, run
    from inoc_evals.console import plain_console
    from inoc_evals.definitions.faults import Faults
    from inoc_evals.plan.request import read_settings

    faults = Faults()
    arguments = {}
    if task is not None:
        written = [f"{task}.{text}" for text in settings]
        arguments = read_settings(written, [task], {}, faults).get(task, {})
    elif settings:
        faults.add("--set is an argument of the task, and there is none; name it with --task")
    faults.refuse()
    wanted = Wanted(
        **given,
        task=task,
        arms=tuple(name for part in arms.split(",") if (name := part.strip())),
        share=0.05 if drop is None else drop,
        dropped=drop is not None,
        arguments=arguments,
    )
    run(wanted, plain_console(to_stderr=as_json), as_json=as_json)
