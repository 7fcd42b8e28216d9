"""What `inoc-evals direction make` does: a direction for every layer of a model, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.analyses.direction_making import Base, Contrast, direction_of
from inoc_evals.analyses.directions import Separation, check_pairs, widest
from inoc_evals.analyses.prompts import contrast_of_prompt, read_contrast, read_prompts
from inoc_evals.analyses.response_losses import Prompt
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.commands.progress import progress_shown
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.extras import require
from inoc_evals.files import check_writable
from inoc_evals.report.summary import Column, Table
from inoc_evals.report.terminal import rich_table
from inoc_evals.steering.direction import write_direction

if TYPE_CHECKING:
    from rich.console import Console


def contrast_of_file(path: Path, limit: int | None) -> Contrast:
    """The first `limit` pairs of a JSONL file, or all. Raises InputError for anything else."""
    return Contrast(read_contrast(path)[:limit], {"file": path.name})


def contrast_under(source: str, prompt: Prompt, limit: int | None) -> Contrast:
    """The first `limit` prompts of a file of chat rows or a task, or all, under the prompt and as they are. Raises
    InputError for anything else."""
    noted = {"prompts": Path(source).name, "prompt": prompt.text, "placement": prompt.placement}
    return Contrast(contrast_of_prompt(read_prompts(source, limit), prompt), noted)


def make(base: str, contrast: Contrast, out: Path, console: Console, *, as_json: bool) -> None:
    """Make the direction and write it to `out`. Raises InputError before anything is computed."""
    require("train", "reading states")
    if out.suffix != ".safetensors":
        raise InputError(f"--out {out} does not end in .safetensors; name such a file")
    check_pairs(len(contrast.pairs))
    check_writable(out)
    checkpoint = resolve(base, progress=console.print)
    if checkpoint.adapter is not None:
        raise InputError(f"{base!r} is a LoRA adapter; name the full model whose layers the direction is for")
    with progress_shown(console, "prompts") as (_, show):
        made, direction = direction_of(Base.of(checkpoint), contrast, show)
    write_direction(out, direction)
    if as_json:
        print_document({"file": out, **direction.about})
        return
    told = f"{made.used} pairs made the direction, {made.aside} were kept aside"
    console.print(f"{told}; right: the share of their states on their own side, with its 95% interval", soft_wrap=True)
    console.print(_table(made.separations))
    best = widest(made.separations)
    console.print(f"farthest apart in standard deviations: layer {best}; written to {out}", soft_wrap=True)


def _table(separations: Sequence[Separation]) -> Any:
    names = ("layer", "length", "of a state", "right", "95% interval", "gap (SD)")
    rows = [
        (
            str(one.layer),
            f"{one.norm:.3g}",
            f"{one.share:.0%}",
            f"{one.right:.2f}",
            f"{one.low:.2f} to {one.high:.2f}",
            "-" if one.gap is None else f"{one.gap:.1f}",
        )
        for one in separations
    ]
    return rich_table(Table(tuple(Column(name, number > 0) for number, name in enumerate(names)), tuple(rows)), ())
