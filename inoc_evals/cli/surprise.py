"""The command `inoc-evals surprise`. It only reads options and calls."""

from __future__ import annotations

from pathlib import Path

import click

from inoc_evals.cli.beside import out_option
from inoc_evals.cli.prompt import PromptNamed, prompt_options
from inoc_evals.document import json_option


@click.command("surprise")
@click.argument("checkpoints", nargs=-1, required=True, metavar="[ARM=]CHECKPOINT...")
@click.argument("data", type=click.Path(path_type=Path))
@prompt_options
@click.option("--limit", type=click.IntRange(1), default=None, help="only the first N rows")
@out_option("surprise")
@json_option
def surprise_(
    checkpoints: tuple[str, ...],
    data: Path,
    prompt: PromptNamed,
    limit: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """How surprising are the answers in DATA (chat rows, not inoculated) to CHECKPOINTS, with the prompt and without?

    The loss of every token, before and during training: the folder of a training that kept checkpoints stands for all
    of these, and the model that they began from is read too.
    """
    from inoc_evals.commands.surprise import asked, run
    from inoc_evals.console import plain_console

    given = asked(data, prompt.read(), limit)
    run(checkpoints, given, out, plain_console(to_stderr=as_json), as_json=as_json)
