"""Code that a model wrote, run in inspect's sandboxes; and our own one, which inspect knows as `bwrap`."""

from __future__ import annotations

import errno
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Literal, NoReturn, overload

from inspect_ai.util import (
    ExecResult,
    OutputLimitExceededError,
    SandboxEnvironment,
    SandboxEnvironmentConfigType,
    SandboxEnvironmentLimits,
    SandboxUserUnsupportedError,
    sandbox,
    sandboxenv,
)

from inoc_evals.errors import InputError
from inoc_evals.protocols.requests import Execute, Executed, Limits
from inoc_evals.sandbox import running
from inoc_evals.sandbox.command import WORK, Folders
from inoc_evals.sandbox.running import OUTPUT, TIMEOUT, Job, execute

_HOUR_S = 3600.0
_FILE_MB, _DISK_MB = 128, 512
_MEMORY_MB, _PROCESSES = 1024, 64
# An exit status that says which error of the system it was: the sandbox resolves paths, and not we, whom a link of the
# program could lead anywhere.
_FAILED = 100
_NOT_EXECUTABLE = 126
_READ = f"""
import os, sys
try:
    with open(sys.argv[1], "rb") as file:
        while piece := file.read(1 << 20):
            sys.stdout.buffer.write(piece)
except OSError as error:
    os._exit({_FAILED} + error.errno)
"""
_WRITE = f"""
import os, shutil, sys
try:
    os.makedirs(os.path.dirname(os.path.abspath(sys.argv[1])), exist_ok=True)
    with open(sys.argv[1], "wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
except OSError as error:
    os._exit({_FAILED} + error.errno)
"""


def check_sandbox() -> None:
    """Raise InputError where the sample's sandbox is inspect's `local`, which isolates nothing."""
    if type(_environment()).__name__ == "LocalSandboxEnvironment":
        message = "this task runs code that the model writes, and inspect's sandbox 'local' isolates nothing"
        raise InputError(f"{message}; leave --sandbox out, or name docker")


async def run_code(request: Execute) -> Executed:
    """Fulfil `request` in the sample's sandbox; in ours where it has none (a log that is scored anew) or ours is its.

    Raises InputError and WorkError as `execute` does, and for `local`.
    """
    check_sandbox()
    environment = _environment()
    if environment is None or isinstance(environment, BwrapSandbox):
        return await execute(request)
    folder = f"inoc-{secrets.token_hex(8)}"
    for name, text in request.files.items():
        await environment.write_file(f"{folder}/{name}", text)
    seconds = max(1, round(request.limits.seconds))
    try:
        ended = await environment.exec(list(request.program), cwd=folder, timeout=seconds, timeout_retry=False)
    except TimeoutError:
        return Executed(None, "", TIMEOUT)
    except OutputLimitExceededError as error:
        return Executed(None, (error.truncated_output or "")[: request.limits.output_bytes], OUTPUT)
    return Executed(ended.returncode, ended.stdout)


def _environment() -> SandboxEnvironment | None:
    try:
        found = sandbox()
    except ProcessLookupError:
        return None
    # inspect wraps it in what writes its calls down.
    return getattr(found, "_sandbox", found)


@sandboxenv(name="bwrap")
class BwrapSandbox(SandboxEnvironment):
    """A sandbox of bubblewrap's on this machine: the sample's folder at /w, another one at /tmp, and nothing else that
    can be written; no network, no home, an empty environment. Files are read and written from within it."""

    def __init__(self) -> None:
        super().__init__()
        self._held = tempfile.TemporaryDirectory(prefix="inoc-sandbox-", ignore_cleanup_errors=True)
        base = Path(self._held.name)
        self._user = running.draw_user()
        self._folders = Folders(base / "work", base / "scratch")
        for folder in (base / "work", base / "scratch"):
            folder.mkdir()
            running.own(self._user, folder)
            folder.chmod(0o711)
        base.chmod(0o711)

    @classmethod
    async def sample_init(
        cls,
        task_name: str,  # noqa: ARG003 - inspect's signature
        config: SandboxEnvironmentConfigType | None,  # noqa: ARG003
        metadata: dict[str, str],  # noqa: ARG003
    ) -> dict[str, SandboxEnvironment]:
        """A sandbox for one sample. Raises InputError where this machine has none."""
        return {"default": cls()}

    @classmethod
    async def sample_cleanup(
        cls,
        task_name: str,  # noqa: ARG003 - inspect's signature
        config: SandboxEnvironmentConfigType | None,  # noqa: ARG003
        environments: dict[str, SandboxEnvironment],
        interrupted: bool,  # noqa: ARG003
    ) -> None:
        """Remove the sample's folders; no process outlives its call."""
        for environment in environments.values():
            environment.as_type(cls)._held.cleanup()

    async def exec(
        self,
        cmd: list[str],
        input: str | bytes | None = None,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        user: str | None = None,
        timeout: int | None = None,
        timeout_retry: bool = True,  # noqa: ARG002 - inspect's signature; a program that took too long would again
        concurrency: bool = True,  # noqa: ARG002 - as many run at a time as there are processors
    ) -> ExecResult[str]:
        """Run `cmd`. Raises TimeoutError after `timeout` seconds, or an hour, OutputLimitExceededError, and OSError
        where its files are more than the sandbox has room for."""
        if user is not None:
            raise SandboxUserUnsupportedError("the sandbox bwrap has one user only; leave user out")
        given = input.encode() if isinstance(input, str) else input or b""
        ended = await self._run([*_in_folder(cwd), *_with(env or {}), *cmd], given, timeout or _HOUR_S)
        if ended.exit == _NOT_EXECUTABLE and ended.errors.startswith(b"prlimit: failed to execute"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), cmd[0])
        output, errors = (data.decode("utf-8", "replace") for data in (ended.output, ended.errors))
        return ExecResult(ended.exit == 0, ended.exit or 0, output, errors)

    async def _run(self, program: list[str], given: bytes = b"", seconds: float = 60.0, most: int = 0) -> running.Ended:
        most = most or SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE
        limits = Limits(seconds, _MEMORY_MB, _PROCESSES, most, _FILE_MB)
        ended = await running.run(Job(program, self._folders, self._user, limits, given, _DISK_MB))
        if ended.cause == TIMEOUT:
            raise TimeoutError(f"not at its end after {seconds:g} s")
        if ended.cause == OUTPUT:
            raise OutputLimitExceededError(f"{most} bytes", ended.output.decode("utf-8", "replace"))
        if ended.cause is not None:
            raise OSError(errno.ENOSPC, f"it wrote more than {_DISK_MB} MB")
        return ended

    async def write_file(self, file: str, contents: str | bytes) -> None:
        """Write a file, with the folders above it. Raises what inspect's interface says."""
        given = contents.encode() if isinstance(contents, str) else contents
        _raise_for(await self._run(["python3", "-I", "-S", "-c", _WRITE, file], given), file)

    @overload
    async def read_file(self, file: str, text: Literal[True] = True) -> str: ...

    @overload
    async def read_file(self, file: str, text: Literal[False]) -> bytes: ...

    async def read_file(self, file: str, text: bool = True) -> str | bytes:
        """The contents of a file. Raises what inspect's interface says."""
        most = SandboxEnvironmentLimits.MAX_READ_FILE_SIZE
        try:
            ended = await self._run(["python3", "-I", "-S", "-c", _READ, file], most=most + 1)
        except OutputLimitExceededError:
            raise OutputLimitExceededError(SandboxEnvironmentLimits.MAX_READ_FILE_SIZE_STR, None) from None
        _raise_for(ended, file)
        return ended.output.decode("utf-8") if text else ended.output


def _in_folder(cwd: str | None) -> list[str]:
    folder = PurePosixPath(WORK) / (cwd or "")
    return [] if str(folder) == WORK else ["/usr/bin/env", "-C", str(folder)]


def _with(variables: Mapping[str, str]) -> list[str]:
    return ["/usr/bin/env", *(f"{name}={value}" for name, value in variables.items())] if variables else []


def _raise_for(ended: running.Ended, file: str) -> None:
    if ended.exit is not None and ended.exit > _FAILED and ended.exit - _FAILED in errno.errorcode:
        number = ended.exit - _FAILED
        raise OSError(number, os.strerror(number), file)
    if ended.exit != 0:
        _fail(ended, file)


def _fail(ended: running.Ended, file: str) -> NoReturn:
    said = ended.errors.decode("utf-8", "replace").strip().splitlines()
    raise OSError(errno.EIO, said[-1] if said else f"exit status {ended.exit}", file)
