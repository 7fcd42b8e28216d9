"""A trait's direction made from a model and a contrast, and what is noted of where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from inoc_evals.analyses.directions import Made, make_direction, widest
from inoc_evals.analyses.language_model import LanguageModel
from inoc_evals.analyses.last_states import POSITION, Progress, last_states
from inoc_evals.analyses.prompts import Pair, pairs_sha256
from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.plain import plain
from inoc_evals.steering.direction import Direction


@dataclass(frozen=True)
class Contrast:
    """Pairs of prompts, and what is noted of where they come from."""

    pairs: tuple[Pair, ...]
    noted: Mapping[str, Any]


@dataclass(frozen=True)
class Base:
    """The full model whose states are read: where it is loaded from, a folder or hub id, what it is called, and its
    content hash."""

    loaded_from: str
    name: str
    sha256: str

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Base:
        """The base of a checkpoint that is a full model."""
        name = checkpoint.trained_on if checkpoint.kind == "hub" else checkpoint.reference
        return cls(checkpoint.base, name, checkpoint.content_hash)


def direction_of(base: Base, contrast: Contrast, progress: Progress = lambda *_: None) -> tuple[Made, Direction]:
    """What the contrast makes of the base's states, and the direction as a file holds it. Raises InputError as
    `last_states` and `make_direction` do."""
    model = LanguageModel(base.loaded_from)
    prompts = [side for pair in contrast.pairs for side in (pair.given, pair.plain)]
    states = last_states(model, None, prompts, progress)
    made = make_direction(states[::2], states[1::2])
    about = {
        "base": base.name,
        "base_sha256": base.sha256,
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
    return made, Direction(made.vectors, made.norms, plain(about))
