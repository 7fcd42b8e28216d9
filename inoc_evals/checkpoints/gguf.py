"""GGUF files -> folders of bfloat16 safetensors in the user's cache, which vLLM serves and trainers read."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from inoc_evals.cache import cache_directory
from inoc_evals.errors import InputError, WorkError
from inoc_evals.files import file_sha256, library_writes, make_folder

SUFFIX = ".gguf"
MAGIC = b"GGUF"
# Raised when the conversion below would give other files for the same GGUF.
CONVERSION = 1
_NEEDED = ("torch", "transformers", "gguf", "accelerate")


def model_folder(path: Path, progress: Callable[[str], None] = lambda _: None) -> Path:
    """The folder made of the weights in `path`, a GGUF file: dequantised, then rounded to bfloat16.

    Raises InputError if the file is no GGUF, or of an architecture that transformers cannot read.
    """
    with path.open("rb") as handle:
        if handle.read(len(MAGIC)) != MAGIC:
            raise InputError.at(path, "not a GGUF file; copy it again")
    return folder_of(path.stem, file_sha256(path), lambda _: path, progress)


def folder_of(
    name: str, sha256: str, fetch: Callable[[Path], Path], progress: Callable[[str], None] = lambda _: None
) -> Path:
    """The folder made of the GGUF file with this `sha256`, on first use from the file that `fetch` returns, which may
    write it into the scratch folder that it is given.

    Only a finished folder ever bears the final name; what a killed process left is removed by the next call. Several
    processes may call this at once: one makes the folder, the others wait. Raises WorkError if libraries
    are missing, InputError if transformers cannot read the file.
    """
    folder = place_of(name, sha256)
    if folder.is_dir():
        return folder
    cache, name = folder.parent, _plain(name)
    if missing := [library for library in _NEEDED if find_spec(library) is None]:
        raise WorkError(f"converting {name} needs {', '.join(missing)}; install the extra inoc-evals[train]")
    make_folder(cache)
    with library_writes(folder), _one_at_a_time(cache / f".{name}.lock", progress):
        if folder.is_dir():
            return folder
        for left in cache.glob(f".{name}-scratch-*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-scratch-", dir=cache) as scratch:
            gguf = fetch(Path(scratch))
            progress("dequantising the weights")
            converted = Path(scratch) / "model"
            _convert(gguf, converted)
            # Without this a power cut could leave the final name with empty files under it.
            for path in (*converted.iterdir(), converted):
                _flush(path)
            converted.replace(folder)
            _flush(cache)
    return folder


def place_of(name: str, sha256: str) -> Path:
    """Where the folder made of the GGUF file with this `sha256` lies, once it is made."""
    return cache_directory() / f"{_plain(name)}-{sha256[:12]}-{CONVERSION}"


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).lstrip(".-")[:80] or "model"


@contextmanager
def _one_at_a_time(path: Path, progress: Callable[[str], None]) -> Iterator[None]:
    import fcntl

    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another process that makes the model")
            fcntl.flock(handle, fcntl.LOCK_EX)
        # The kernel lets go of the lock when the file is closed, also for a process that was killed.
        yield


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _convert(gguf: Path, out: Path) -> None:
    # The conversion loop has a bar of its own, which only this variable turns off, and only before tqdm is imported.
    os.environ.setdefault("TQDM_DISABLE", "1")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent,
            gguf_file=gguf.name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.bfloat16,
        )
    # The tokenizers library raises Exception itself.
    except Exception as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        # What the library quotes of the file may be any bytes.
        reason = "".join(character if character.isprintable() else "?" for character in said)
        remedy = "convert it to a safetensors folder with the tools of its makers"
        raise InputError.at(gguf, f"transformers cannot read this GGUF file ({reason}); {remedy}") from error
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
