"""Safetensors files: names, shapes and places of tensors, and whether their numbers are numbers, or all zero."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inoc_evals.definitions.reading import parse
from inoc_evals.errors import InputError

Shape = tuple[int, ...]
# The bits of the exponent, all of them set in NaN and the infinities: (bytes of a number, mask). In F8_E4M3, which has
# no infinities, only all bits but the sign are NaN.
_EXPONENTS: Mapping[str, tuple[int, int]] = {
    "F64": (8, 0x7FF0_0000_0000_0000),
    "F32": (4, 0x7F80_0000),
    "F16": (2, 0x7C00),
    "BF16": (2, 0x7F80),
    "F8_E5M2": (1, 0x7C),
    "F8_E4M3": (1, 0x7F),
}
_CHUNK = 1 << 22  # bytes read at a time


@dataclass(frozen=True)
class Tensor:
    """One tensor of a file; its bytes are those from `start` to below `end`."""

    dtype: str
    shape: Shape
    start: int
    end: int


def ordinary_file(path: Path) -> None:
    """Raise InputError where `path` is a folder, a pipe or the like, which would never end, or a link to nothing."""
    if path.is_file():
        return
    if path.is_dir():
        raise InputError.at(path, "this is a folder where a file of weights belongs; put the file there")
    if path.is_symlink() and not path.exists():
        raise InputError.at(path, "this link leads to nothing; copy the file itself there")
    raise InputError.at(path, "no ordinary file (a pipe or device, or not there); copy the file itself there")


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file by name, from its header (length in 8 bytes, then JSON).

    Raises InputError for a file that the format's own library refuses: a header that is none, shapes that do not agree
    with the data, places outside the file, gaps, overlaps, and a file that was cut.
    """
    from safetensors import SafetensorError, safe_open

    ordinary_file(path)
    try:
        # The format's own library, and so the one with which servers read it.
        with safe_open(path, framework="np"):
            pass
    except SafetensorError as error:
        reason = " ".join(str(error).split()).removeprefix("Error while deserializing header: ")
        raise InputError.at(path, f"not a safetensors file, or damaged ({reason[:200]}); copy it again") from None
    with path.open("rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
        header = parse(path, handle.read(length).decode("utf-8"))
    return {
        name: Tensor(entry["dtype"], tuple(entry["shape"]), *(8 + length + place for place in entry["data_offsets"]))
        for name, entry in header.items()
        if name != "__metadata__"
    }


def check_finite(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Raise InputError for the first of `tensors`, of the file `path`, that holds NaN or an infinity. Numbers of 4 bits
    and whole numbers are passed over. At most some megabytes are in memory at a time."""
    import numpy as np

    with path.open("rb") as handle:
        for name, tensor in tensors.items():
            if tensor.dtype not in _EXPONENTS:
                continue
            size, mask = _EXPONENTS[tensor.dtype]
            handle.seek(tensor.start)
            for place in range(tensor.start, tensor.end, _CHUNK):
                bits = np.frombuffer(handle.read(min(_CHUNK, tensor.end - place)), dtype=f"<u{size}")
                if ((bits & bits.dtype.type(mask)) == mask).any():
                    raise InputError.at(path, f"{name} holds NaN or infinity; train again, or copy it again")


def all_zero(path: Path, tensor: Tensor) -> bool:
    """Are all numbers of `tensor`, of the file `path`, zero? Of kinds of numbers that are not known here, no. It is
    read up to the first other number."""
    import numpy as np

    if tensor.dtype not in _EXPONENTS:
        return False
    size, _ = _EXPONENTS[tensor.dtype]
    # All but the sign: there is a zero below zero.
    mask = (1 << (8 * size - 1)) - 1
    with path.open("rb") as handle:
        handle.seek(tensor.start)
        for place in range(tensor.start, tensor.end, _CHUNK):
            bits = np.frombuffer(handle.read(min(_CHUNK, tensor.end - place)), dtype=f"<u{size}")
            if (bits & bits.dtype.type(mask)).any():
                return False
    return True


def tensors_sha256(path: Path, tensors: Mapping[str, Tensor]) -> str:
    """Hash (64 hex digits) over names, shapes and numbers of `tensors`, of the file `path`, in whatever order they lie
    there and whatever else the file says."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        for name, tensor in sorted(tensors.items()):
            digest.update(f"{name}\0{tensor.dtype}\0{tensor.shape}\n".encode())
            handle.seek(tensor.start)
            for place in range(tensor.start, tensor.end, _CHUNK):
                digest.update(handle.read(min(_CHUNK, tensor.end - place)))
    return digest.hexdigest()
