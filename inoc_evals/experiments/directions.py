"""The trait directions that an experiment makes of its own data, from the base of the scale that is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from inoc_evals.analyses.direction_making import Contrast
from inoc_evals.analyses.directions import check_pairs
from inoc_evals.analyses.prompts import Asked, contrast_of_prompt, pairs_sha256
from inoc_evals.analyses.response_losses import Prompt
from inoc_evals.checkpoints.identity import identity_digest
from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.definitions.arms import Variation, beside, steered_from
from inoc_evals.errors import InputError
from inoc_evals.experiments.data import part_rows
from inoc_evals.experiments.design import Design
from inoc_evals.experiments.loaded import Loaded
from inoc_evals.experiments.rows import Row
from inoc_evals.inoculation.draw import taken

# Raised when the same contrast and base would give another file.
VERSION = 1
# As of rows: a smaller direction is made of some of the same.
_TAKE_SEED = 0

# Makes a direction of a contrast and writes it to the path.
Make = Callable[[Contrast, Path], None]


def contrast_of(loaded: Loaded, name: str, scale: str, given: Mapping[str, Sequence[Row]]) -> Contrast:
    """The requests of the direction's parts under its prompt, and as they are; `given` are the parts' rows as they come
    from their places.

    Raises InputError with the place in the file where there are too few, or one has nothing that asks.
    """
    told = loaded.experiment.directions[name]
    try:
        parts = loaded.experiment.direction_data(name, scale)
        rows = [row for part in parts for row in part_rows(loaded, part, given[part])]
        rows = taken(rows, told.take, _TAKE_SEED)
        check_pairs(len(rows))
        asked = [Asked(row.id, _request(row)) for row in rows]
        pairs = contrast_of_prompt(asked, Prompt(told.prompt, told.placement))
    except InputError as error:
        raise loaded.document.error(str(error), "directions", name) from None
    return Contrast(pairs, {"prompts": list(parts), "prompt": told.prompt, "placement": told.placement})


def direction_files(
    design: Design, base: Checkpoint, parts: Mapping[str, Sequence[Row]], folder: Path, make: Make
) -> dict[str, Path]:
    """The file of each direction that the design's arms use, in `folder`, called after all that decides what it is; one
    that is not there is made. Raises what `contrast_of` and `make` do."""
    files = {}
    for name in design.directions:
        contrast = contrast_of(design.loaded, name, design.scale, parts)
        identity = {"version": VERSION, "base": base.content_hash, "contrast": pairs_sha256(contrast.pairs)}
        digest = identity_digest(identity)
        files[name] = folder / f"{name}-{digest}.safetensors"
        if not files[name].exists():
            make(contrast, files[name])
    return files


def direction_path(loaded: Loaded, named: str, made: Mapping[str, Path]) -> Path:
    """The file of a direction as an arm names it: one that was made, or one beside the experiment's file."""
    return made[named] if named in made else Path(beside(loaded.document.path, named))


def steered_by(loaded: Loaded, arm: str, made: Mapping[str, Path]) -> Variation:
    """What an arm varies at evaluation, with the file of its direction."""
    return steered_from(loaded.experiment.arms[arm].variation, lambda named: str(direction_path(loaded, named, made)))


def _request(row: Row) -> tuple[dict[str, str], ...]:
    if len(row.messages) < 2:
        raise InputError(f"row {row.id!r} has nothing before its answer, so that nothing asks; leave it out")
    return row.messages[:-1]
