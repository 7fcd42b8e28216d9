"""The key of a running server in a file that nobody else can read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from inoc_evals.files import whole


@contextmanager
def key_in_file(key: str, path: Path) -> Iterator[None]:
    """`path` holds the key for as long as needed: a new file of its own (mode 0600), in place of what was there, link
    or file. It is removed at the end, unless another one, such as a second server's, has taken its place.

    Raises WorkError where it cannot be written.
    """
    with whole(path, private=True) as draft:
        draft.write_text(key, encoding="utf-8")
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            if not path.is_symlink() and path.read_text(encoding="utf-8", errors="replace") == key:
                path.unlink()
