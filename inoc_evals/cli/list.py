"""The commands `inoc-evals list` and `inoc-evals instruments ...`. They only read options and call."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from inoc_evals.document import json_option


@click.command("list")
@click.argument("what", type=click.Choice(["tasks", "judges", "conditions", "instruments"]), default="tasks")
@json_option
def list_(what: Literal["tasks", "judges", "conditions", "instruments"], as_json: bool) -> None:
    """Names, versions and what each is for. What is broken is listed with its error, and the exit code is 2."""
    from inoc_evals.commands.listing import list_definitions, list_instruments

    if what == "instruments":
        list_instruments(as_json=as_json)
    else:
        list_definitions(what, as_json=as_json)


@click.group()
def instruments() -> None:
    """Published questions and training rows that are not ours; fetched at a pinned revision and checked by sha256."""


@instruments.command("add")
@click.argument("name")
@click.option("--file", type=click.Path(path_type=Path), default=None, help="a copy that you have; nothing is fetched")
@click.option("--allow-other", is_flag=True, help="take --file even if it is another revision")
@click.option("--sha256", default=None, help="of a file for which none is pinned here")
def add_(name: str, file: Path | None, allow_other: bool, sha256: str | None) -> None:
    """Fetch instrument NAME into the cache.

    The names are those of `inoc-evals list instruments`.
    """
    from inoc_evals.commands.instruments import add

    add(name, file, allow_other, sha256)
