"""Directions as files: what is written is read, and what is none is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from inoc_evals.errors import InputError
from inoc_evals.steering.aside import kept_aside
from inoc_evals.steering.direction import Direction, read_direction, write_direction

VECTORS = np.array([[1, 0, 0], [0, 0.6, 0.8]], dtype=np.float32)
NORMS = np.array([2, 10], dtype=np.float32)
ABOUT = {"format": 1, "base": "someone/model", "widest": 1}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "d.safetensors"
    write_direction(path, Direction(VECTORS, NORMS, {"base": "someone/model", "prompt": "español"}))
    found = read_direction(path)
    np.testing.assert_array_equal(found.vectors, VECTORS)
    assert (found.layers, found.width) == (2, 3)
    assert found.about == {"format": 1, "base": "someone/model", "prompt": "español"}
    # Length 10 times half of it along (0, 0.6, 0.8).
    np.testing.assert_allclose(found.added(1, 0.5), [0, 3, 4])
    np.testing.assert_allclose(found.added(0, -1), [-2, 0, 0])
    assert [left.name for left in tmp_path.iterdir()] == ["d.safetensors"]


@pytest.mark.parametrize("layer", [-1, 2])
def test_a_layer_that_is_not_there_is_refused(layer: int) -> None:
    with pytest.raises(InputError, match=f"layer {layer} is none of this direction's; name one from 0 to 1"):
        Direction(VECTORS, NORMS, ABOUT).added(layer, 1)


@pytest.mark.parametrize(
    ("tensors", "about", "said"),
    [
        ({"vectors": VECTORS, "norms": NORMS}, None, "does not say that it holds directions"),
        ({"vectors": VECTORS, "norms": NORMS}, {"format": 2}, "does not say that it holds directions"),
        ({"vectors": VECTORS}, ABOUT, "no directions of a model's layers"),
        ({"vectors": VECTORS, "norms": NORMS[:1]}, ABOUT, "no directions of a model's layers"),
        ({"vectors": VECTORS[0], "norms": NORMS}, ABOUT, "no directions of a model's layers"),
        ({"vectors": VECTORS * np.float32("nan"), "norms": NORMS}, ABOUT, "holds NaN"),
    ],
)
def test_what_is_none_is_refused(tmp_path: Path, tensors: dict[str, Any], about: Any, said: str) -> None:
    path = tmp_path / "d.safetensors"
    save_file(tensors, path, metadata=None if about is None else {"inoc_evals": json.dumps(about)})
    with pytest.raises(InputError, match=said):
        read_direction(path)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.safetensors"
    path.write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(InputError, match="not a safetensors file"):
        read_direction(path)
    with pytest.raises(InputError, match="there is no such file"):
        read_direction(tmp_path / "nothing.safetensors")


def test_a_quarter_is_kept_aside_and_always_the_same() -> None:
    assert [len(kept_aside(count)) for count in (3, 8, 126)] == [0, 2, 31]
    assert kept_aside(126) == kept_aside(126) <= set(range(126))
    # Data that come in turns of four are not all of one turn.
    assert {place % 4 for place in kept_aside(126)} == {0, 1, 2, 3}
