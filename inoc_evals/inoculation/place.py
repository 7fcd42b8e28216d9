"""Where a training works and where what it gives goes: nothing that is not ours is removed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inoc_evals.errors import InputError, WorkError
from inoc_evals.files import unwritable

RECORD = "training.json"
# What PEFT, transformers and we leave in the folder of an adapter or a model, the sheet of a judge among it.
_OURS = re.compile(
    r"adapter_config\.json|adapter_model(-\d+-of-\d+)?\.safetensors|README\.md|config\.json|generation_config\.json"
    r"|model(-\d+-of-\d+)?\.safetensors|(adapter_)?model\.safetensors\.index\.json|tokenizer(_config)?\.json"
    r"|tokenizer\.model|special_tokens_map\.json|added_tokens\.json|vocab\.(json|txt)|merges\.txt|chat_template\.jinja|judge\.(json|md)"
)
_CHECKPOINT = re.compile(r"checkpoint-\d+")
_PREFIX = ".inoc-evals-training-"


def check_out(out: Path) -> None:
    """Raise InputError where `out` is there and is anything but a folder of what we have trained."""
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise InputError.at(out, "this is a file; name a folder for what is trained")
    names = {path.name for path in out.iterdir()}
    if foreign := sorted(name for name in names if not _is_ours(out / name)):
        raise InputError.at(out, f"this folder holds something else ({foreign[0]}); name a new one")
    if names and RECORD not in names:
        raise InputError.at(out, "this folder holds something else, what was not trained here; name a new one")


def _is_ours(path: Path) -> bool:
    if not _CHECKPOINT.fullmatch(path.name):
        return path.name == RECORD or _OURS.fullmatch(path.name) is not None
    names = {inner.name for inner in path.iterdir()} if path.is_dir() and not path.is_symlink() else set()
    return RECORD in names and all(name == RECORD or _OURS.fullmatch(name) for name in names)


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


def put_in_place(trained: Path, out: Path) -> None:
    """Let the folder `trained` be `out`; an earlier one there goes when the new one stands."""
    target = Path(os.path.realpath(out))
    old = trained.with_name("old")
    if target.exists():
        target.replace(old)
    try:
        trained.replace(target)
    except OSError:
        if old.exists():
            old.replace(target)
        raise
