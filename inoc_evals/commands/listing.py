"""What `inoc-evals list` does."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

import click

from inoc_evals.console import list_line
from inoc_evals.definitions.catalog import (
    Listed,
    look_at_presets,
    look_at_rubrics,
    look_at_tasks,
    path_faults,
    tagged_tasks,
)
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.instruments.published import instrument_state
from inoc_evals.instruments.published import list_instruments as known_instruments
from inoc_evals.measures.registry import broken_measures

Definitions = Literal["tasks", "judges", "conditions"]
_TOLD = {"name", "version", "title", "description", "source", "tags", "answer", "sees"}


def list_definitions(what: Definitions, *, as_json: bool) -> None:
    """Print all of a kind, one a line. Raises InputError at last where some are broken, or measures of tasks are."""
    listed: Listed[Any]
    listed = look_at_tasks() if what == "tasks" else look_at_rubrics() if what == "judges" else look_at_presets()
    if as_json:
        broken = [{"name": name, "error": error} for name, error in listed.broken.items()]
        print_document([*(definition.model_dump(include=_TOLD) for definition in listed.good), *broken])
    else:
        _print(listed)
        if what == "tasks":
            _print_tags()
    faults = [*path_faults(), *(broken_measures() if what == "tasks" else ()), *listed.broken.values()]
    if faults:
        raise InputError.of(faults)


def _print(listed: Listed[Any]) -> None:
    for definition in listed.good:
        click.echo(list_line([(definition.name, 22), (definition.version, 5)], definition.description))
    for name, error in listed.broken.items():
        click.echo(list_line([(name, 22), ("-", 5)], f"broken: {error}"))


def _print_tags() -> None:
    if tags := tagged_tasks():
        # Further in, so that no tag is taken for a task.
        click.echo("  tags, each for all tasks that have it:")
        for tag, names in tags.items():
            click.echo(list_line([(f"    {tag}", 28)], ", ".join(names)))


def list_instruments(*, as_json: bool) -> None:
    """Print all published instruments that are known, with what is there of each."""
    rows = [{**asdict(instrument), "state": instrument_state(instrument.name)} for instrument in known_instruments()]
    if as_json:
        print_document(rows)
    else:
        for row in rows:
            click.echo(list_line([(row["name"], 20), (row["state"], 15)], f"{row['title']} ({row['licence']})"))
