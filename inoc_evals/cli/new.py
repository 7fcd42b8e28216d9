"""The commands of `inoc-evals new`. They only read options and call."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def new() -> None:
    """A valid, commented beginning of a task, a rubric or an experiment of your own."""


_out = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="the folder that holds tasks/, judges/ and experiments/; by default the one in INOC_EVALS_PATH, else this one",
)


@new.command("task")
@click.argument("name")
@_out
def task_(name: str, out: Path | None) -> None:
    """Write the folder of a task called NAME, with every detector and protocol that there is in its comments."""
    from inoc_evals.commands.new.run import new_task

    click.echo(new_task(name, out), nl=False)


@new.command("rubric")
@click.argument("name")
@_out
def rubric_(name: str, out: Path | None) -> None:
    """Write the file of a rubric called NAME, with every kind of answer that there is in its comments."""
    from inoc_evals.commands.new.run import new_rubric

    click.echo(new_rubric(name, out), nl=False)


@new.command("experiment")
@click.argument("name")
@_out
def experiment_(name: str, out: Path | None) -> None:
    """Write the folder of an experiment called NAME, with all that it may say in its comments; it plans at once."""
    from inoc_evals.commands.new.run import new_experiment

    click.echo(new_experiment(name, out), nl=False)
