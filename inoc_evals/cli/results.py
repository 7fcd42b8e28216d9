"""The commands that read results: `inoc-evals report` and `compare`. They only read options and call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from inoc_evals.document import json_option

_paths = click.argument("paths", nargs=-1, required=True, metavar="[ARM=]PATH...")
_reference = click.option("--reference", default=None, metavar="ARM", help="compare with this arm, not the first one")
_skip_damaged = click.option("--skip-damaged", is_flag=True, help="leave out, and name, what is damaged or unfinished")
_rule = click.option("--rule", default=None, help="what makes published ratings an outcome: tan, betley, or your own")
_unwanted = click.option(
    "--unwanted", multiple=True, metavar="VALUE", help="with --wanted: which arm keeps it away, and at what price"
)
_wanted = click.option("--wanted", multiple=True, metavar="VALUE", help="what an arm should keep; several")
_labels = click.option(
    "--labels",
    type=click.Path(path_type=Path, file_okay=False),
    multiple=True,
    metavar="FOLDER",
    help="of `judges label`: what the judge says is corrected by people's labels; several",
)


def _choices(command: Callable[..., None]) -> Callable[..., None]:
    """What both are told about how results are read and compared."""
    for option in reversed((_reference, _skip_damaged, _rule, _unwanted, _wanted, _labels)):
        command = option(command)
    return command


@click.command("report")
@_paths
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="by default the first PATH if it is a folder of `score`, else report/",
)
@_choices
@json_option
def report_(paths: tuple[str, ...], out: Path | None, as_json: bool, **given: Any) -> None:
    """Table, figure, report.html and data files from what PATHS hold, whoever wrote it.

    A PATH is a folder of `score` (several are the shards of one run), inspect logs of any task, lm-eval's samples of
    our tasks, or published results. Several paths of one ARM are its checkpoints.
    """
    from inoc_evals.commands.report import Choices, report
    from inoc_evals.console import plain_console
    from inoc_evals.readers.inputs import read_input

    console, choices = plain_console(to_stderr=as_json), Choices(**given)
    report([read_input(text) for text in paths], choices, out, console, as_json=as_json)


@click.command("compare")
@_paths
@_choices
@json_option
def compare_(paths: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Differences between the arms in PATHS, paired by question, for every headline value that two of them have.

    PATHS are those of `report`; the first arm is the reference.
    """
    from inoc_evals.commands.compare import compare
    from inoc_evals.commands.report import Choices
    from inoc_evals.console import plain_console
    from inoc_evals.readers.inputs import read_input

    inputs = [read_input(text) for text in paths]
    compare(inputs, Choices(**given), plain_console(to_stderr=as_json), as_json=as_json)
