"""The command `inoc-evals doctor`. It only reads options and calls."""

from __future__ import annotations

import sys

import click

from inoc_evals.document import json_option


@click.command("doctor")
@click.argument("checkpoints", nargs=-1, metavar="[[ARM=]CHECKPOINT]...")
@click.option(
    "--checkpoint",
    "served",
    multiple=True,
    metavar="[ARM=]CHECKPOINT",
    help="serve it, and compare the probabilities of next tokens with transformers and PEFT",
)
@json_option
def doctor_(checkpoints: tuple[str, ...], served: tuple[str, ...], as_json: bool) -> None:
    """What is installed, what would run, what is missing and how to get it; and what CHECKPOINTS are taken for."""
    from inoc_evals.commands.doctor_screen import show

    if not show(checkpoints, served, as_json=as_json):
        sys.exit(1)
