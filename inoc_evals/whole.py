"""Files that are written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes the place of `path` at the end.

    A reader, or a run after a crash, sees the old file or the new one, never a part. Raises OSError where the folder
    cannot be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Always the same name, so that what a killed process left is written over.
    draft = path.with_name(f".{path.name}.new")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
