"""What `inoc-evals direction make` does: a direction for every layer of a model, and what it is worth."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.analyses.directions import Made, Separation, check_pairs, make_direction, widest
from inoc_evals.analyses.language_model import LanguageModel
from inoc_evals.analyses.last_states import POSITION, last_states
from inoc_evals.analyses.prompts import Pair, contrast_of_prompt, pairs_sha256, read_contrast, read_prompts
from inoc_evals.analyses.response_losses import Prompt
from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.commands.progress import progress_shown
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.extras import require
from inoc_evals.files import check_writable
from inoc_evals.plain import plain
from inoc_evals.report.summary import Column, Table
from inoc_evals.report.terminal import rich_table
from inoc_evals.steering.direction import Direction, write_direction

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Contrast:
    """Pairs of prompts, and what is noted of where they come from."""

    pairs: tuple[Pair, ...]
    noted: Mapping[str, Any]


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
    model = LanguageModel(checkpoint.base)
    prompts = [side for pair in contrast.pairs for side in (pair.given, pair.plain)]
    with progress_shown(console, "prompts") as (_, show):
        states = last_states(model, None, prompts, show)
    made = make_direction(states[::2], states[1::2])
    about = _about(checkpoint, model, contrast, made)
    write_direction(out, Direction(made.vectors, made.norms, plain(about)))
    if as_json:
        print_document({"file": out, **about})
        return
    told = f"{made.used} pairs made the direction, {made.aside} were kept aside"
    console.print(f"{told}; right: the share of their states on their own side, with its 95% interval", soft_wrap=True)
    console.print(_table(made.separations))
    best = widest(made.separations)
    console.print(f"farthest apart in standard deviations: layer {best}; written to {out}", soft_wrap=True)


def _about(checkpoint: Checkpoint, model: LanguageModel, contrast: Contrast, made: Made) -> dict[str, Any]:
    return {
        "base": checkpoint.trained_on if checkpoint.kind == "hub" else checkpoint.reference,
        "base_sha256": checkpoint.content_hash,
        "template_sha256": hashlib.sha256(str(model.tokenizer.chat_template).encode()).hexdigest(),
        "contrast": contrast.noted,
        "contrast_sha256": pairs_sha256(contrast.pairs),
        "pairs": {"used": made.used, "aside": made.aside},
        "position": POSITION,
        "layers": len(made.norms),
        "width": made.vectors.shape[1],
        "dtype": "float32",
        "separation": [asdict(one) for one in made.separations],
        "widest": widest(made.separations),
        "libraries": {name: version(name) for name in ("torch", "transformers", "inoc-evals")},
        "made": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


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
