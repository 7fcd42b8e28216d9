"""One process at a time in a folder of results: the kernel's lock on a file in it, which ends with the process."""

from __future__ import annotations

import errno
import json
import os
import shlex
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from shutil import which

from inoc_evals.blanking import blanked
from inoc_evals.errors import InputError
from inoc_evals.files import unwritable, write_whole
from inoc_evals.results.settings import LOGS

LOCK = ".lock"
HOLDER = ".lock.json"
_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP}
_MAY_NOT_WRITE = {errno.EACCES, errno.EPERM, errno.EROFS}
# Between the lock and the note of who holds it lies a moment.
_PATIENCE_S = 2.0


@contextmanager
def claimed(
    folder: Path, say: Callable[[str], None] = lambda _: None, *, reading: bool = False, patience_s: float = 0.0
) -> Iterator[None]:
    """Hold `folder`, which is made where it is missing, for this process; a folder that was made for nothing goes.

    Raises InputError, naming the other process, where one holds it for longer than `patience_s`. Where the file system
    has no locks, `say` is told and the block runs. With `reading` a folder that may not be written to is not held.
    """
    from filelock import FileLock, Timeout

    made = not folder.exists()
    lock = FileLock(folder / LOCK, fallback_to_soft=False, thread_local=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=patience_s, poll_interval=0.1)
    except Timeout:
        raise InputError.at(folder, _taken(folder)) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS and not (reading and error.errno in _MAY_NOT_WRITE):
            raise unwritable(folder / LOCK, error) from error
        if error.errno in _NO_LOCKS:
            say(f"the file system of {folder} has no locks: see to it yourself that no other process works there")
    try:
        if lock.is_locked:
            _sign(folder)
        yield
    finally:
        if lock.is_locked:
            (folder / HOLDER).unlink(missing_ok=True)
            if made and {path.name for path in folder.iterdir()} <= {LOCK}:
                (folder / LOCK).unlink(missing_ok=True)
                # Another process may have come in by now.
                with suppress(OSError):
                    folder.rmdir()
            lock.release()


@contextmanager
def all_claimed(folders: Iterable[Path], say: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Hold several folders to read them; one that is named twice is held once. Raises InputError as `claimed` does."""
    with ExitStack() as stack:
        for folder in dict.fromkeys(folder.resolve() for folder in folders):
            stack.enter_context(claimed(folder, say, reading=True))
        yield


def results_folder(log: Path) -> Path:
    """The folder to hold while the log file `log` is changed: that of its run, or the one in which it lies."""
    above = log.resolve().parents
    return above[2] if len(above) > 2 and above[1].name == LOGS else above[0]


def command_line() -> str:
    """This process's command as it can be typed again, without what looks like a key."""
    name = Path(sys.argv[0]).name
    program = name if which(name) == sys.argv[0] else sys.argv[0]
    return shlex.join(blanked([program, *sys.argv[1:]]))


def _sign(folder: Path) -> None:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "started": started, "command": command_line()}
    write_whole(folder / HOLDER, json.dumps(holder) + "\n")


def _taken(folder: Path) -> str:
    remedy = "wait for its end, stop it, or name another folder"
    deadline = time.monotonic() + _PATIENCE_S
    while (holder := _holder(folder)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if holder is None:
        return f"another process works in this folder; {remedy}"
    return f"another process works in this folder ({holder}); {remedy}"


def _holder(folder: Path) -> str | None:
    """Who holds the folder, or None while nobody has said so; a note may be left of a process that was killed."""
    try:
        noted = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
        pid, host, started, command = int(noted["pid"]), noted["host"], noted["started"], noted["command"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if host == socket.gethostname() and not _runs(pid):
        return None
    return f"pid {pid} on {host}, since {started}: {command}"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
