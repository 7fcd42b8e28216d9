"""Files that are written whole or not at all, the sentence for one that cannot be, and what tells contents apart."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from inoc_evals.errors import WorkError

# Nobody else's file is called so; the random part is made anew for every draft.
PREFIX = ".inoc-evals-draft-"
_DRAFT = re.compile(rf"{re.escape(PREFIX)}[0-9a-f]{{32}}(\.\w+)?")
_PRIVATE = 0o600
_PAGE = 4096
_REMEDIES = {
    errno.ENOSPC: "free some space there, or name another place",
    errno.EDQUOT: "your quota there is used up; free some space, or name another place",
    errno.EFBIG: "files may not grow so large here (see `ulimit -f`); raise the limit, or name another place",
    errno.EROFS: "name a place in which you may write",
    errno.EACCES: "name a place in which you may write, or change its permissions",
    errno.EPERM: "name a place in which you may write, or change its permissions",
    errno.ENOTDIR: "something on the way to it is a file; name another place",
    errno.EEXIST: "something on the way to it is a file; name another place",
    errno.EISDIR: "this is a folder; name a file",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.ELOOP: "the link leads to itself; name another place",
    errno.ENOENT: "the folder has gone; create it, or name another place",
    errno.EMFILE: "too many files are open; raise the limit (`ulimit -n`)",
}

# How safetensors (the system's number) and torch, whose errors are not OSError, tell that a file cannot be written.
_NUMBER = re.compile(r"\(os error (\d+)\)")
_TORCH = re.compile(r"PytorchStreamWriter failed|file write failed|unexpected pos")


def whole_text(text: str) -> str:
    """The text with U+FFFD for every lone half of a character pair, which no file or address can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class _Draft(NamedTuple):
    path: Path
    descriptor: int


@contextmanager
def whole(path: Path, *, private: bool = False) -> Iterator[Path]:
    """A file beside `path` to write to; it takes the place of `path` at the end, with the old file's permissions.

    A reader, or a run after a crash, sees the old file or the new one, never a part. A link is kept, and the file that
    it leads to is replaced, except for a `private` file: that is readable by its owner only (mode 0600), whatever was
    there before, and takes the place of the link itself. Raises WorkError with `path` and what to do about it where the
    system refuses, and for a `path` that is a folder, device or pipe.
    """
    try:
        target, mode = _target(path, private)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = _create(target, _PRIVATE if private or mode is not None else 0o666)
    except (OSError, ValueError) as error:
        raise unwritable(path, error) from error
    try:
        try:
            yield draft.path
            if mode is not None and not private:
                draft.path.chmod(mode)
            # Some file systems say only now that the disk is full.
            _flush(draft.path)
            draft.path.replace(target)
        except OSError as error:
            raise unwritable(path, error) if _is_about(error, draft.path) else error from None
    finally:
        draft.path.unlink(missing_ok=True)
        os.close(draft.descriptor)


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Write `text` as UTF-8 through `whole`. Raises WorkError as that does."""
    with whole(path, private=private) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")


def check_writable(path: Path, *, private: bool = False) -> None:
    """Raise WorkError where `whole` could not write `path`, before work is spent. Folders on the way are created."""
    try:
        target, _ = _target(path, private)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = _create(target, _PRIVATE)
        try:
            # A full disk has room for a name.
            draft.path.write_bytes(bytes(_PAGE))
            _flush(draft.path)
        finally:
            draft.path.unlink(missing_ok=True)
            os.close(draft.descriptor)
    except (OSError, ValueError) as error:
        raise unwritable(path, error) from error


def make_folder(path: Path) -> Path:
    """Create the folder `path` where it is missing, and return it. Raises WorkError where that cannot be done."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise unwritable(path, error) from error
    return path


def same_file(first: Path, second: Path) -> bool:
    """Are both there and one file, by whatever names or links?"""
    try:
        return first.samefile(second)
    except (OSError, ValueError):
        return False


def unwritable(path: Path | str, error: OSError | ValueError, what: str = "written") -> WorkError:
    """The sentence for a file or folder that cannot be written: where, why, and what to do."""
    if not isinstance(error, OSError):  # a NUL character in the name
        return WorkError(f"{str(path)!r} cannot be {what} (no file can have this name); choose another one")
    reason = error.strerror or " ".join(str(error).split()) or type(error).__name__
    return WorkError(f"{path} cannot be {what} ({reason}); {_REMEDIES.get(error.errno or 0, 'name another place')}")


@contextmanager
def library_writes(path: Path) -> Iterator[None]:
    """A WorkError about `path` in place of what the libraries raise where their files cannot be written."""
    try:
        yield
    except Exception as error:
        if (cause := _cause(error)) is None:
            raise
        raise unwritable(path, cause) from error


def _cause(error: BaseException | None) -> OSError | None:
    """The system's refusal to write that is behind an error of torch, safetensors or transformers."""
    while error is not None:
        # Those without a number are the libraries' own, such as for a model that is not there.
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS):
            return error
        if found := _NUMBER.search(str(error)):
            return OSError(int(found[1]), os.strerror(int(found[1])))
        if isinstance(error, RuntimeError) and _TORCH.search(str(error)):
            return OSError(errno.ENOSPC, "a file could not be written, the disk may be full")
        error = error.__cause__ or error.__context__
    return None


def _target(path: Path, private: bool) -> tuple[Path, int | None]:
    """The file that is to be replaced, and its permissions where it is there. Raises OSError for what is no ordinary
    file."""
    target = path if private else Path(os.path.realpath(path))
    try:
        found = target.lstat().st_mode
    except FileNotFoundError:
        return target, None
    if stat.S_ISDIR(found):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if stat.S_ISLNK(found):
        if not private:
            # What follows links has come to no end.
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(target))
    elif not stat.S_ISREG(found):
        raise OSError(errno.EINVAL, "a device or pipe cannot be replaced", str(target))
    return target, stat.S_IMODE(found)


def _create(target: Path, mode: int) -> _Draft:
    """A new draft in the folder of `target`, which is held as long as its descriptor is open. The user's mask takes its
    part of `mode`."""
    _sweep(target.parent)
    # Writers choose a format by the end of the name.
    suffix = target.suffix if re.fullmatch(r"\.\w{1,16}", target.suffix, re.ASCII) else ""
    while True:
        path = target.parent / f"{PREFIX}{secrets.token_hex(16)}{suffix}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        # Not every file system has locks; without them drafts of killed processes stay.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Another process may have taken it for a dead one's between its making and its locking.
        if path.exists() and path.stat().st_ino == os.fstat(descriptor).st_ino:
            return _Draft(path, descriptor)
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Remove drafts of killed processes: the system has let go of their locks."""
    for path in folder.glob(f"{PREFIX}*"):
        if not _DRAFT.fullmatch(path.name):
            continue
        # Another user's draft, or one that another process has just removed.
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                if stat.S_ISREG(os.fstat(descriptor).st_mode):
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
            finally:
                os.close(descriptor)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_about(error: OSError, draft: Path) -> bool:
    """Did writing the draft fail, and not something else that the writer did?"""
    return error.filename is None or str(error.filename) == str(draft)


def file_sha256(path: Path) -> str:
    """SHA-256 (64 hex digits) of a file, read in pieces."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
