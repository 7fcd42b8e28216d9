"""The options of the commands that look at one training prompt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_OPTIONS = (
    click.option("--prompt", default=None, help="the instruction that asks for the trait"),
    click.option("--prompt-file", type=click.Path(path_type=Path), default=None, help="it, as a text file holds it"),
    click.option("--placement", type=click.Choice(["system", "user"]), default="system", show_default=True),
)


def prompt_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` the options of one prompt, as its parameters `prompt`, `prompt_file` and `placement`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
