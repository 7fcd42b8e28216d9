"""The commands `inoc-evals direction ...`. They only read options and call."""

from __future__ import annotations

from pathlib import Path

import click

from inoc_evals.cli.prompt import PromptNamed, prompt_options
from inoc_evals.document import json_option

_limit = click.option("--limit", type=click.IntRange(1), default=None, help="only the first N prompts")


@click.group()
def direction() -> None:
    """Trait directions: made from contrast prompts, and how far checkpoints lie along them."""


@direction.command("make")
@click.argument("base")
@click.option("--contrast", type=click.Path(path_type=Path), default=None, help="JSONL of pairs: with, without")
@click.option(
    "--prompts", default=None, metavar="FILE|TASK", help="chat rows, or a task's items, under --prompt and without it"
)
@prompt_options
@_limit
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="a .safetensors file")
@json_option
def make_(
    base: str,
    contrast: Path | None,
    prompts: str | None,
    prompt: PromptNamed,
    limit: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """The direction of a trait in every layer of BASE: the mean difference of its states at the end of contrast
    prompts, with how well it separates pairs that were kept aside."""
    from inoc_evals.commands.direction import contrast_of_file, contrast_under, make
    from inoc_evals.console import plain_console
    from inoc_evals.errors import InputError

    if (contrast is None) == (prompts is None):
        raise InputError("name one contrast: --contrast FILE, or --prompts FILE|TASK with --prompt TEXT")
    if contrast is not None:
        given = contrast_of_file(contrast, limit)
    else:
        given = contrast_under(str(prompts), prompt.read(), limit)
    make(base, given, out, plain_console(to_stderr=as_json), as_json=as_json)


@direction.command("project")
@click.argument("direction", type=click.Path(path_type=Path))
@click.argument("checkpoints", nargs=-1, required=True, metavar="[ARM=]CHECKPOINT...")
@click.option("--prompts", required=True, metavar="FILE|TASK", help="chat rows, or a task's items")
@click.option("--layer", type=click.IntRange(0), default=None, help="by default that which separates best")
@_limit
@json_option
def project_(
    direction: Path, checkpoints: tuple[str, ...], prompts: str, layer: int | None, limit: int | None, as_json: bool
) -> None:
    """How far do CHECKPOINTS lie along DIRECTION at the end of prompts, and how much farther than their base?"""
    from inoc_evals.analyses.prompts import read_prompts
    from inoc_evals.commands.project import project
    from inoc_evals.console import plain_console
    from inoc_evals.steering.direction import read_direction

    asked = read_prompts(prompts, limit)
    project(read_direction(direction), checkpoints, asked, layer, plain_console(to_stderr=as_json), as_json=as_json)
