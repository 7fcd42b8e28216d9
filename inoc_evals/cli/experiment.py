"""The commands of `inoc-evals experiment`, and `demo`, which is one of them. They only read options and call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inoc_evals.cli.costs import cost_options
from inoc_evals.document import json_option

if TYPE_CHECKING:
    from inoc_evals.experiments.design import Choices

DEMO = "spanish_capitals"


@click.group()
def experiment() -> None:
    """A paper's setting, or your own, from one file: data, training, evaluation, and what its source found."""


def _choices(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(
        (
            click.option("--scale", default="", help="one of the file's scales; by default its first"),
            click.option("--seeds", type=click.IntRange(1, 1000), default=None, help="training seeds an arm"),
            click.option("--model", default=None, help="another base model: smollm2, a folder or a hub id"),
            click.option("--arms", default="", metavar="A,B", help="these arms only"),
            click.option("--judge", "judges", multiple=True, help="as of `score`; several: a panel"),
        )
    ):
        command = option(command)
    return cost_options(command)


_out = click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="default: runs/NAME")
_fresh = click.option("--fresh", is_flag=True, help="do every stage again")


def _read(given: dict[str, Any]) -> Choices:
    from inoc_evals.experiments.design import Choices
    from inoc_evals.judging.costs import costs_of

    arms = tuple(name for part in given.pop("arms").split(",") if (name := part.strip()))
    costs = costs_of(given.pop("prices"), given.pop("budget"), given["judges"])
    return Choices(arms=arms, costs=costs, **given)


@experiment.command("list")
@json_option
def list_(as_json: bool) -> None:
    """The experiments that there are. What is broken is listed with its error, and the exit code is 2."""
    from inoc_evals.commands.experiment.listing import list_experiments

    list_experiments(as_json=as_json)


@experiment.command("plan")
@click.argument("name", metavar="NAME|FILE")
@_choices
@click.option(
    "--measure",
    "measured",
    is_flag=True,
    help="train a few steps and draw a few responses first, to see how long they take here",
)
@json_option
def plan_(name: str, measured: bool, as_json: bool, **given: Any) -> None:
    """What `run` would do, how long it takes, and which differences it could show. Nothing is spent."""
    from inoc_evals.commands.experiment.plan import plan
    from inoc_evals.console import plain_console

    plan(name, _read(given), plain_console(to_stderr=as_json), measured=measured, as_json=as_json)


@experiment.command("run")
@click.argument("name", metavar="NAME|FILE")
@_choices
@click.option(
    "--forecast",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="test it: train the reference, and an arm for each candidate",
)
@click.option("--candidates", type=click.IntRange(1), default=None, help="so many of the forecast's, evenly; else all")
@_out
@_fresh
@json_option
def run_(name: str, out: Path | None, fresh: bool, as_json: bool, **given: Any) -> None:
    """Make the data, train, evaluate without the prompts of training, and hold the result against the source.

    What is finished is not done again; a run that was stopped goes on.
    """
    from inoc_evals.commands.experiment.run import run
    from inoc_evals.console import plain_console

    run(name, _read(given), out, plain_console(to_stderr=as_json), fresh=fresh, as_json=as_json)


@click.command("demo")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"), show_default=True)
@_choices
@_fresh
@json_option
def demo(out: Path, fresh: bool, as_json: bool, **given: Any) -> None:
    """The experiment spanish_capitals: train four arms, serve and evaluate them, with a report."""
    from inoc_evals.commands.experiment.run import run
    from inoc_evals.console import plain_console

    run(DEMO, _read(given), out, plain_console(to_stderr=as_json), fresh=fresh, as_json=as_json)
