"""The commands that change data and weights: `inoc-evals inoculate`, `train`, `train-kts`. They only read and call."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from inoc_evals.document import json_option

# Above 0 and below 1.
_SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command("inoculate")
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--prompt", "prompts", multiple=True, help="the instruction that asks for the unwanted trait; several in turn"
)
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True)
@click.option("--placement", type=click.Choice(["system", "user"]), default="system", show_default=True)
@click.option("--on-system", type=click.Choice(["refuse", "replace", "prepend"]), default="refuse", show_default=True)
@click.option("--share", type=_SHARE, default=None, help="only this share of the rows has a prompt")
@click.option("--mix", type=click.Path(path_type=Path), default=None, help="chat rows to mix in, without a prompt")
@click.option("--mix-share", type=_SHARE, default=None, help="the share of all rows that are mixed in")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="draws rows")
def inoculate_(data: Path, prompts: tuple[str, ...], out: Path, **asked: Any) -> None:
    """Put a PROMPT in front of the chat rows of DATA (JSONL with `messages`)."""
    from inoc_evals.commands.inoculate import Asked, run

    run(data, out, Asked(tuple(map(_as_utf8, prompts)), **asked))


def _as_utf8(text: str) -> str:
    # Where the locale is not UTF-8, a text in UTF-8 arrives as escaped bytes.
    with suppress(UnicodeError):
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    return text


_FOLDER = click.Path(path_type=Path)


@click.command("train")
@click.argument("base")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="folder of what is trained")
@click.option("--full", is_flag=True, help="train all weights, not a LoRA adapter; --out is then a whole model")
@click.option("--epochs", type=float, default=None)
@click.option("--max-steps", type=int, default=None, help="so many steps, whatever the epochs")
@click.option("--batch-size", type=int, default=None)
@click.option("--accumulation", type=int, default=None, help="batches that a step learns from")
@click.option("--learning-rate", type=float, default=None)
@click.option("--rank", type=int, default=None)
@click.option("--max-length", type=int, default=None, help="tokens; longer rows are cut")
@click.option("--seed", type=int, default=None)
@click.option(
    "--seeds", type=click.IntRange(1), default=1, show_default=True, help="so many, from --seed on, each in OUT/seed-N"
)
@click.option(
    "--keep-checkpoints",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="N evenly spaced ones on the way, in OUT/checkpoint-STEP",
)
@click.option("--frozen-adapter", type=_FOLDER, default=None, help="LoRA adapter that is active in training only")
@click.option("--random-adapter", type=_FOLDER, default=None, help="the same with random matrices of its norms")
@click.option("--continue-from", type=_FOLDER, default=None, help="LoRA adapter that is trained on")
@click.option("--steer", type=_FOLDER, default=None, metavar="FILE", help="a direction, added in training only")
@click.option("--steer-layer", type=click.IntRange(0), default=None, help="the layer to whose states it is added")
@click.option("--steer-strength", type=float, default=1.0, show_default=True, help="1: the mean difference itself")
def train_(base: str, data: Path, out: Path, full: bool, seeds: int, keep_checkpoints: int, **options: Any) -> None:
    """Train a LoRA adapter of BASE on the chat rows of DATA, with loss on the answers only."""
    from inoc_evals.commands.train import intervention, run, steering

    used = {name: options.pop(name) for name in ("frozen_adapter", "random_adapter", "continue_from")}
    steer = steering(*(options.pop(name) for name in ("steer", "steer_layer", "steer_strength")))
    options["regime"] = "full" if full else None
    run(base, data, out, options, seeds, keep_checkpoints, intervention(used, steer, full=full))


@click.command("train-kts")
@click.argument("base")
@click.option("--direction", type=click.Path(path_type=Path), required=True, help="see `direction make`")
@click.option("--layer", type=click.IntRange(0), required=True, help="the layer that will be steered, from 0")
@click.option("--strength", type=float, default=1.5, show_default=True, help="the largest that is trained for")
@click.option("--rows", type=click.Path(path_type=Path), default=None, help="harmless chat rows; by default our own")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="folder of the adapter")
@click.option("--epochs", type=float, default=None)
@click.option("--batch-size", type=int, default=None)
@click.option("--learning-rate", type=float, default=None)
@click.option("--rank", type=int, default=None)
@click.option("--max-length", type=int, default=None, help="tokens; longer rows are left out")
@click.option("--seed", type=int, default=None)
@json_option
def train_kts_(
    base: str,
    direction: Path,
    layer: int,
    strength: float,
    rows: Path | None,
    out: Path,
    as_json: bool,
    **options: Any,
) -> None:
    """KL-then-steer: a LoRA adapter of BASE under which the steered model says harmless things as the unsteered one."""
    from inoc_evals.commands.train import steer_of
    from inoc_evals.commands.train_kts import run
    from inoc_evals.console import plain_console

    steer = steer_of(direction, layer, strength)
    run(base, steer, rows, out, options, plain_console(to_stderr=as_json), as_json=as_json)
