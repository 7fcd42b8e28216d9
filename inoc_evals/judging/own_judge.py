"""What weights must have to be a judge on a server of ours, and how much of a response such a judge reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inoc_evals.checkpoints.template_default import has_template
from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError

# What a judge reads and says at most, in tokens, if its model reads so much.
WINDOW = 4096
# Where the configurations of models say how many tokens these read.
_LENGTHS = ("max_position_embeddings", "n_positions", "max_sequence_length", "max_seq_len", "seq_length")


def check_can_judge(base: str, named: str) -> None:
    """Raise InputError where the model in `base`, a folder or a hub id, has no chat template, by which alone a judge
    can be asked. Of a model that is not here nothing is said. `named` is how the user called it."""
    if Path(base).is_dir() and not has_template(Path(base)):
        raise without_template(named)


def without_template(named: str) -> InputError:
    """The error for a model that cannot be asked as judges are."""
    return InputError(f"{named} has no chat template, so that no judge can be asked; name an instructed model")


def window(base: str) -> int:
    """How many tokens a judge on `base`, a folder or a hub id, reads and says at most. Raises InputError for a
    configuration that cannot be read."""
    path = Path(base) / "config.json"
    if not path.is_file():
        return WINDOW
    config = read_object(path, "the configuration of a model")
    text: Any = config.get("text_config")
    said = [part.get(key) for part in (config, text) if isinstance(part, dict) for key in _LENGTHS]
    return min([WINDOW, *(length for length in said if type(length) is int and length > 0)])
