"""Where the commands write that look at weights or training rows, beside results if the user likes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., object])


def out_option(name: str) -> Callable[[_Command], _Command]:
    """The option `--out` of a command whose folder is called `name` where the user says nothing."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(name),
        show_default=True,
        help="a folder of `score` too, whose report then shows it",
    )
