"""Programs in a sandbox of this machine, run and stopped."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from inoc_evals.errors import WorkError
from inoc_evals.protocols.requests import Execute, Executed, Limits
from inoc_evals.sandbox.command import Folders, sandboxed, user_number
from inoc_evals.sandbox.finding import call_filter_here, sandbox_machine

TIMEOUT, OUTPUT, DISK = "timeout", "output", "disk"
_ERROR_BYTES = 65_536
_LOOK_S = 0.1  # between looks at what a program has written
_MOST_FILES = 10_000
_OUT_OF_TIME = 128 + signal.SIGXCPU
_PATIENCE_S = 5.0  # for the pipes of a sandbox that was ended
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True)
class Ended:
    """How a program ended, as `Executed` says it, with its two outputs; the causes are also "disk"."""

    exit: int | None
    output: bytes
    errors: bytes
    cause: str | None


@dataclass(frozen=True)
class Job:
    """`program` with what it is `given` on its standard input, in sight of `folders`, as `user` where root makes the
    sandbox. Where it may write, to at most `disk_mb` megabytes in all."""

    program: Sequence[str]
    folders: Folders
    user: int
    limits: Limits
    given: bytes = b""
    disk_mb: int = 64


@dataclass
class _Collected:
    output: bytearray = field(default_factory=bytearray)
    errors: bytearray = field(default_factory=bytearray)


async def execute(request: Execute) -> Executed:
    """Fulfil `request` in a sandbox of this machine. Raises InputError where it has none, and WorkError where one
    cannot be made."""
    with made_folder(request.files) as (work, user):
        ended = await run(Job(request.program, Folders(work), user, request.limits))
    return Executed(ended.exit, ended.output.decode("utf-8", "replace"), ended.cause)


@contextmanager
def made_folder(files: Mapping[str, str]) -> Iterator[tuple[Path, int]]:
    """A folder that holds `files`, and the user that it belongs to where root makes sandboxes. It is removed at the
    end."""
    user = draw_user()
    with tempfile.TemporaryDirectory(prefix="inoc-sandbox-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_bytes(text.encode("utf-8", "surrogatepass"))
        own(user, *folder.iterdir(), folder)
        # bwrap, which has given up root's rights by then, enters it.
        folder.chmod(0o711)
        yield folder, user


def draw_user() -> int:
    """A user that nobody is, for one sandbox."""
    return user_number(Path("/proc/self/uid_map").read_text(encoding="ascii"), secrets.randbits(32))


def own(user: int, *paths: Path) -> None:
    """Let `paths` belong to `user`, where that is not us already."""
    if sandbox_machine().root:
        for path in paths:
            os.chown(path, user, user)


async def run(job: Job) -> Ended:
    """Run `job`, with as many others as there are processors. All its processes are gone when this returns.

    Raises InputError where this machine has no sandbox, and WorkError where one cannot be made.
    """
    async with _slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(os.cpu_count() or 1)):
        with ExitStack() as stack:
            status, status_end = os.pipe()
            stack.callback(os.close, status)
            try:
                process = await _start(job, status_end)
            finally:
                os.close(status_end)
            cause, collected = await _until_its_end(process, job)
            said = _exit_status(status)
    if cause is None and said is None:
        first = collected.errors.decode("utf-8", "replace").strip().partition("\n")[0]
        raise WorkError(f"the sandbox could not be made ({first or 'bwrap says nothing'}); see `inoc-evals doctor`")
    if cause is None and said == _OUT_OF_TIME:
        cause = TIMEOUT
    return Ended(None if cause else said, bytes(collected.output), bytes(collected.errors), cause)


async def _start(job: Job, status_end: int) -> Process:
    with ExitStack() as stack:
        rules = os.memfd_create("filter")
        stack.callback(os.close, rules)
        os.write(rules, call_filter_here())
        os.lseek(rules, 0, os.SEEK_SET)
        command = sandboxed(sandbox_machine(), job.folders, job.program, job.limits, (job.user, rules, status_end))
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            pass_fds=(rules, status_end),
            # The program may read that of bwrap, whose user it shares where it is not made by root.
            env={},
            # Ctrl-C is for us, who then end it.
            start_new_session=True,
        )


async def _until_its_end(process: Process, job: Job) -> tuple[str | None, _Collected]:
    """The cause why it was ended, None where it ended by itself, and its outputs."""
    collected = _Collected()
    stop: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    ended = asyncio.create_task(process.wait())
    talk = [
        asyncio.create_task(_read(process.stdout, collected.output, job.limits.output_bytes, stop)),
        asyncio.create_task(_read(process.stderr, collected.errors, _ERROR_BYTES, None)),
        asyncio.create_task(_write(process.stdin, job.given)),
    ]
    watching = asyncio.create_task(_watch(job.folders, job.disk_mb << 20, stop)) if job.folders.scratch else None
    try:
        both: set[asyncio.Future[Any]] = {ended, stop}
        await asyncio.wait(both, timeout=job.limits.seconds, return_when=asyncio.FIRST_COMPLETED)
        cause = None if ended.done() else stop.result() if stop.done() else TIMEOUT
    finally:
        if watching:
            watching.cancel()
        if process.returncode is None:
            # The first process of the sandbox dies with bwrap, and all others with that one. Before it has bound itself
            # to bwrap it is of one group with it.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        await asyncio.wait({ended, *talk}, timeout=_PATIENCE_S)
        for each in talk:
            each.cancel()
    # What ended in time may have left more output than is kept, read only now.
    return cause or (stop.result() if stop.done() else None), collected


async def _read(
    stream: asyncio.StreamReader | None, into: bytearray, most: int, stop: asyncio.Future[str] | None
) -> None:
    """Read all; what is more than `most` bytes is dropped, and told to `stop`."""
    while stream is not None and (data := await stream.read(65_536)):
        into += data[: most - len(into)]
        if stop is not None and not stop.done() and len(data) and len(into) >= most:
            stop.set_result(OUTPUT)


async def _write(stream: asyncio.StreamWriter | None, given: bytes) -> None:
    if stream is not None:
        with suppress(BrokenPipeError, ConnectionResetError):
            stream.write(given)
            await stream.drain()
        stream.close()


async def _watch(folders: Folders, most: int, stop: asyncio.Future[str]) -> None:
    while not stop.done():
        await asyncio.sleep(_LOOK_S)
        places = [folders.work, *([folders.scratch] if folders.scratch else [])]
        if await asyncio.to_thread(_holds_more, places, most) and not stop.done():
            stop.set_result(DISK)


def _holds_more(places: Sequence[Path], most: int) -> bool:
    """Do the folders hold more bytes than that, or too many files? No link is followed."""
    size, files = 0, 0
    for place in places:
        for folder, _, names in os.walk(place):
            files += 1
            for name in names:
                with suppress(OSError):
                    size += os.lstat(os.path.join(folder, name)).st_blocks * 512  # noqa: PTH118 - quick
                files += 1
                if size > most or files > _MOST_FILES:
                    return True
    return False


def _exit_status(status: int) -> int | None:
    """What bwrap said of its program's end; None where it never began.

    The last word counts, which bwrap has when all in the sandbox is over: a program that shares its user can write
    here too.
    """
    said = b""
    while piece := os.read(status, 4096):
        said += piece
    for line in reversed(said.splitlines()):
        with suppress(ValueError):
            if isinstance(code := json.loads(line).get("exit-code"), int):
                return code
    return None
