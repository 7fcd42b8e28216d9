"""Where a training works and where its adapter goes: nothing that is not ours is removed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inoc_evals.errors import InputError, WorkError
from inoc_evals.files import unwritable

RECORD = "training.json"
# What PEFT and we leave in the folder of an adapter.
_ADAPTER = frozenset({"adapter_config.json", "adapter_model.safetensors", "README.md", RECORD})
_PREFIX = ".inoc-evals-training-"


def check_out(out: Path) -> None:
    """Raise InputError where `out` is there and is anything but the folder of an adapter that we have trained."""
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise InputError.at(out, "this is a file; name a folder for the adapter")
    names = {path.name for path in out.iterdir()}
    if foreign := sorted(names - _ADAPTER):
        raise InputError.at(out, f"this folder holds something else ({foreign[0]}); name a new one")
    if names and RECORD not in names:
        raise InputError.at(
            out, "this folder holds something else, an adapter that was not trained here; name a new one"
        )


@contextmanager
def workshop(out: Path) -> Iterator[Path]:
    """The folder beside `out` in which its training works. It stays when the work does not come to its end.

    Raises WorkError where it cannot be made, and where another process works in it.
    """
    target = Path(os.path.realpath(out))
    # Always the same one for the same `out`, and nobody else's.
    part = target.parent / f"{_PREFIX}{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}"
    try:
        part.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise unwritable(out, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkError(f"another process trains into {out}; wait for it, or name another folder") from None
        yield part
        shutil.rmtree(part, ignore_errors=True)
    finally:
        os.close(descriptor)


def empty(part: Path) -> None:
    """Remove everything in `part`, a folder that `workshop` has given."""
    for path in part.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def put_in_place(adapter: Path, out: Path) -> None:
    """Let the folder `adapter` be `out`; an earlier adapter there goes when the new one stands."""
    target = Path(os.path.realpath(out))
    old = adapter.with_name("old")
    if target.exists():
        target.replace(old)
    try:
        adapter.replace(target)
    except OSError:
        if old.exists():
            old.replace(target)
        raise
