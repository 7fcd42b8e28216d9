"""Trait directions as files: for every layer of a model the mean difference of its states, with where it comes from.

Safetensors, no pickle: `vectors` (layers, width) of length 1, `norms` (layers,), and one text of metadata in JSON.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.definitions.reading import parse
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError
from inoc_evals.files import file_sha256, library_writes, whole
from inoc_evals.tensors import check_finite, read_tensors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FORMAT = 1
_KEY = "inoc_evals"
_VECTORS, _NORMS = "vectors", "norms"
_REMEDY = "make it with `inoc-evals direction make`"


@dataclass(frozen=True)
class Direction:
    """`vectors` (layers, width) have length 1; `norms` (layers,) tell how long the mean differences were. Layers count
    from 0, and a state of a layer is what it gives to the next. `about` says what it was made from: the base and its
    content hash, the contrast and its hash, the chat template's hash, the position, libraries, the day."""

    vectors: Floats
    norms: Floats
    about: Mapping[str, Any]

    @property
    def layers(self) -> int:
        """How many layers the model has."""
        return len(self.norms)

    @property
    def width(self) -> int:
        """How many numbers a state has."""
        return int(self.vectors.shape[1])

    def check_layer(self, layer: int) -> None:
        """Raise InputError where the model has no such layer."""
        if not 0 <= layer < self.layers:
            raise InputError(f"layer {layer} is none of this direction's; name one from 0 to {self.layers - 1}")

    def check_base(self, path: Path, reference: str, content_hash: str) -> None:
        """Raise InputError where the direction, from the file `path`, was made from other weights than those of the
        model `reference`."""
        if self.about.get("base_sha256") != content_hash:
            made_from = shown(str(self.about.get("base")))
            message = f"the direction was made from {made_from}, and not from the weights of {shown(reference)}"
            raise InputError.at(path, f"{message}; make one from these")

    def added(self, layer: int, strength: float) -> Floats:
        """What is added to every state of the layer, (width,): at strength 1 the mean difference itself. Raises
        InputError for another layer."""
        self.check_layer(layer)
        vector: Floats = self.vectors[layer] * (self.norms[layer] * strength)
        return vector


def write_direction(path: Path, direction: Direction) -> None:
    """Write it whole or not at all. Raises WorkError where `path` cannot be written."""
    from safetensors.numpy import save_file

    about = json.dumps({"format": FORMAT, **direction.about}, ensure_ascii=False)
    tensors = {_VECTORS: direction.vectors, _NORMS: direction.norms}
    with library_writes(path), whole(path) as draft:
        save_file(tensors, draft, metadata={_KEY: about})


def read_direction(path: Path) -> Direction:
    """The direction in a file. Raises InputError for what is none, is damaged, or holds no numbers."""
    # Not Path.is_file, which raises for a name that is too long.
    if not os.path.isfile(path):  # noqa: PTH113
        raise InputError.at(path, "there is no such file; name a direction that `inoc-evals direction make` wrote")
    return _read(path.absolute(), path.stat().st_mtime_ns)


def direction_sha256(path: Path) -> str:
    """The hash (64 hex digits) of the direction in a file. Raises InputError for what is none."""
    read_direction(path)
    return file_sha256(path)


# Many arms name one file.
@lru_cache(maxsize=64)
def _read(path: Path, _: int) -> Direction:
    from safetensors.numpy import load_file

    tensors = read_tensors(path)
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    vectors, norms = shapes.get(_VECTORS, ()), shapes.get(_NORMS, ())
    about = _about(path)
    if len(vectors) != 2 or norms != vectors[:1] or {tensor.dtype for tensor in tensors.values()} != {"F32"}:
        raise InputError.at(path, f"no directions of a model's layers; {_REMEDY}")
    check_finite(path, tensors)
    loaded = load_file(path)
    return Direction(loaded[_VECTORS], loaded[_NORMS], about)


def _about(path: Path) -> Mapping[str, Any]:
    from safetensors import safe_open

    with safe_open(path, framework="np") as file:
        text = (file.metadata() or {}).get(_KEY)
    about = parse(path, text) if text is not None else None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise InputError.at(path, f"this file does not say that it holds directions; {_REMEDY}")
    return about
