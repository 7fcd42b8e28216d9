"""What `inoc-evals train-kts` does: an adapter for a model that is to be steered, and what it is worth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.commands.train import recipe_of
from inoc_evals.definitions.arms import Steer
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.extras import require
from inoc_evals.inoculation.harmless import harmless_rows
from inoc_evals.inoculation.kts import train_kts
from inoc_evals.inoculation.place import check_out
from inoc_evals.inoculation.rewrite import read_rows
from inoc_evals.steering.direction import read_direction

if TYPE_CHECKING:
    from rich.console import Console

_EPOCHS = 3.0


def run(
    base: str,
    steer: Steer,
    rows: Path | None,
    out: Path,
    options: Mapping[str, Any],
    console: Console,
    *,
    as_json: bool,
) -> None:
    """Train on the chat rows of a file, or on our own, and print the divergence before and after. Raises InputError and
    WorkError as `train_kts` does, before anything is spent."""
    recipe = recipe_of({"epochs": _EPOCHS, **{name: value for name, value in options.items() if value is not None}})
    data = harmless_rows() if rows is None else read_rows(rows)
    direction = read_direction(Path(steer.direction))
    check_out(out)
    require("train", "training")
    checkpoint = resolve(base, progress=console.print)
    if checkpoint.adapter is not None:
        raise InputError(f"{base!r} is a LoRA adapter; name the full model to train from")
    direction.check_base(Path(steer.direction), checkpoint.reference, checkpoint.content_hash)

    def show(step: int, steps: int, loss: float) -> None:
        console.print(f"step {step}/{steps}, divergence {loss:.4f} nats a token")

    record = train_kts(checkpoint.trained_on, data, out, steer, recipe, show)
    if as_json:
        print_document({"out": out, **record})
        return
    held = record["held_out"]
    console.print(
        f"adapter in {out} after {record['steps']} steps and {record['seconds']} s. On {held['rows']} rows kept aside, "
        f"steered by {steer.strength:g}, the divergence from the unsteered base is {_told(held['after'], 4)} nats a "
        f"token, and was {_told(held['before'], 4)} before: {_told(held['ratio'], 2)} of it",
        soft_wrap=True,
    )


def _told(given: Mapping[str, float | None], digits: int) -> str:
    mean, low, high = given["mean"], given["low"], given["high"]
    if low is None or high is None:
        return f"{mean:.{digits}f}"
    return f"{mean:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
