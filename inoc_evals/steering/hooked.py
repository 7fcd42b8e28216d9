"""A folder of a model that is steered by a hook: the model's own files, and one more that says what is added where.

Whoever loads it with transformers alone has the model as it was; `as_hooked` adds the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.errors import InputError
from inoc_evals.steering.hooks import steered

if TYPE_CHECKING:
    from inoc_evals.steering.direction import Floats

# No weights of a model are called so: a server that does not know it fails on it, or finds it in no index.
HOOK = "steering-hook.safetensors"
_VECTOR, _LAYER = "inoc_evals.steering", "layer"


def write_hook(folder: Path, layer: int, vector: Floats) -> None:
    """Say in `folder` that `vector` (width,) is added to all that `layer` (from 0) gives."""
    from safetensors.numpy import save_file

    save_file({_VECTOR: vector}, folder / HOOK, metadata={_LAYER: str(layer)})


def is_hooked(base: str | Path) -> bool:
    """Is this the folder of a model that is steered by a hook?"""
    return (Path(base) / HOOK).is_file()


@contextmanager
def as_hooked(model: Any, folder: str | Path) -> Iterator[None]:
    """While the block runs, `model`, which transformers loaded from `folder`, is steered as the folder says, if it says
    so at all. Raises InputError as `steered` does, and for a hook that says no layer."""
    if not is_hooked(folder):
        yield
        return
    from safetensors import safe_open

    path = Path(folder) / HOOK
    with safe_open(path, framework="np") as file:
        vector, layer = file.get_tensor(_VECTOR), (file.metadata() or {}).get(_LAYER, "")
    if not layer.isdecimal():
        raise InputError.at(path, "it does not say which layer is steered; remove the folder, and it is made again")
    with steered(model, int(layer), vector):
        yield
